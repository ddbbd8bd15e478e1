/* Processes that hold still, for tests/outside/get: `poses POSE [MIB]` takes up a pose, says who is who, and keeps it
 * until standard input is closed. The kernel's figures of these processes are the truth.
 *
 *   pid <TAB> ROLE <TAB> PID        one for each process
 *   ready */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t MIB = 1 << 20, PAGE = 4096;

static void touch(volatile char *memory, size_t bytes) {
    for (size_t i = 0; i < bytes; i += PAGE)
        memory[i] = 1;
}

static char *take(size_t bytes) {
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || madvise(memory, bytes, MADV_NOHUGEPAGE))
        exit(99);
    touch(memory, bytes);
    return memory;
}

static void tell(const char *role, pid_t pid) {
    char line[64];
    int length = snprintf(line, sizeof line, "pid\t%s\t%d\n", role, (int)pid);
    if (write(STDOUT_FILENO, line, (size_t)length) != length)
        exit(99);
}

/* Everybody waits here: for the end of standard input, which all have. */
static int hold_still(void) {
    char byte;
    ssize_t got;
    while ((got = read(STDIN_FILENO, &byte, 1)) > 0 || (got < 0 && errno == EINTR))
        ;
    return 0;
}

static void say_ready(void) {
    if (write(STDOUT_FILENO, "ready\n", 6) != 6)
        exit(99);
}

/* A child that takes `bytes` of its own and then holds still. */
static pid_t start_child(const char *role, size_t bytes) {
    int pair[2];
    if (pipe(pair))
        exit(99);
    pid_t pid = fork();
    if (pid == 0) {
        if (bytes)
            take(bytes);
        close(pair[0]);
        close(pair[1]);
        _exit(hold_still());
    }
    close(pair[1]);
    char byte;
    if (read(pair[0], &byte, 1) != 0) /* until the child has closed it, too */
        exit(99);
    close(pair[0]);
    tell(role, pid);
    return pid;
}

static void steady(size_t bytes) {
    if (bytes)
        take(bytes);
    tell("self", getpid());
}

/* 100 MiB of both, 40 and 10 of their own. */
static void share(size_t bytes) {
    take(bytes);
    tell("parent", getpid());
    start_child("child", bytes / 10);
    take(bytes / 10 * 4);
}

/* The parent has copied all of its memory; its child has the originals, and no faults. */
static void copied(size_t bytes) {
    char *memory = take(bytes);
    tell("parent", getpid());
    start_child("child", 0);
    touch(memory, bytes);
}

/* Three processes share 20,000 mappings of one page each. */
static void mappings(size_t bytes) {
    char *memory = take(20000 * PAGE);
    for (size_t i = 0; i < 20000; i += 2)
        if (mprotect(memory + i * PAGE, PAGE, PROT_READ))
            exit(99);
    tell("parent", getpid());
    start_child("child", bytes);
    start_child("child", bytes);
}

static int share_memory(void *unused) {
    (void)unused;
    return hold_still();
}

/* A child with an address space of its own, and one with its parent's. */
static void clone_vm(size_t bytes) {
    take(bytes);
    tell("parent", getpid());
    pid_t pid = clone(share_memory, take(MIB) + MIB, CLONE_VM | SIGCHLD, NULL);
    if (pid < 0)
        exit(99);
    tell("sharer", pid);
    start_child("child", 0);
}

/* As vfork does: the parent waits, and its child lives in its memory. Another child has its own. */
static int share_memory_and_tell(void *unused) {
    (void)unused;
    tell("sharer", getpid());
    say_ready();
    return hold_still();
}
static void in_vfork(size_t bytes) {
    take(bytes);
    tell("parent", getpid());
    start_child("child", MIB);
    if (clone(share_memory_and_tell, take(MIB) + MIB, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL) < 0)
        exit(99);
    exit(0);
}

static void zombie(size_t bytes) {
    take(bytes);
    tell("parent", getpid());
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    siginfo_t info;
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
        exit(99);
    tell("zombie", pid);
}

/* Its first thread has ended: the kernel calls it a zombie, though others have its memory. */
static void *other_thread(void *first) {
    pthread_join(*(pthread_t *)first, NULL);
    say_ready();
    _exit(hold_still());
}
static void leaderless(size_t bytes) {
    static pthread_t first, other;
    first = pthread_self();
    take(bytes);
    tell("self", getpid());
    if (pthread_create(&other, NULL, other_thread, &first))
        exit(99);
    pthread_exit(NULL);
}

/* A name that looks like the rest of its line in /proc/PID/stat. */
static void name(size_t bytes) {
    take(bytes);
    prctl(PR_SET_NAME, "a) R 1 (b\n\"\\");
    tell("self", getpid());
}

/* Five that stay, among three that start processes and wait for them, as fast as they can. */
static void churn(size_t bytes) {
    tell("parent", getpid());
    for (int i = 0; i < 5; i++) {
        if (i < 3 && fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;) {
                if (fork() == 0)
                    _exit(0);
                wait(NULL);
            }
        }
        start_child("stays", bytes);
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*take_up)(size_t bytes);
    } poses[] = {{"steady", steady},     {"share", share},   {"copied", copied},  {"mappings", mappings},
                 {"clone-vm", clone_vm}, {"zombie", zombie}, {"vfork", in_vfork}, {"leaderless", leaderless},
                 {"name", name},         {"churn", churn}};
    for (size_t i = 0; argc > 1 && i < sizeof poses / sizeof *poses; i++)
        if (!strcmp(poses[i].name, argv[1])) {
            poses[i].take_up(argc > 2 ? strtoull(argv[2], NULL, 10) * MIB : 0);
            say_ready();
            return hold_still();
        }
    return 98;
}
