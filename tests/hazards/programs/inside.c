/* What a program sees of itself: with and without Tidemark it must be the same.
 * Usage: inside look | closes | moves FOLDER | nobody | locks | dumps | few | plain */
#include "tally.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static tally made;

PLACE static void *inside_make(size_t bytes) {
    void *block = malloc(bytes);
    if (block)
        tally_made(&made, bytes);
    return block;
}

PLACE static void inside_free(void *block, size_t bytes) {
    tally_freed(&made, bytes);
    free(block);
}

/* New call stacks too, and enough blocks for the tables to grow. */
PLACE static void allocate(int levels) {
    for (size_t i = 0; i < 2000; i++) {
        void *block = inside_make(20 + i);
        REQUIRE(block);
        if (i % 2)
            inside_free(block, 20 + i);
    }
    if (levels)
        allocate(levels - 1);
    __asm__ volatile("");
}

/* ---- all that can be seen, one line each */
static void look_at_descriptors(void) {
    char path[64], target[256];
    for (int fd = 0; fd < 1024; fd++) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, target, sizeof target - 1);
        if (length < 0)
            continue;
        target[length] = 0;
        printf("fd %d %s %d\n", fd, strstr(target, "pipe:") ? "pipe" : target, fcntl(fd, F_GETFD));
    }
}

static void look_at_signals(void) {
    sigset_t blocked;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int i = 1; i < 65; i++) {
        struct sigaction action;
        if (sigaction(i, NULL, &action))
            continue;
        printf("signal %d %d %d %x\n", i, sigismember(&blocked, i), action.sa_handler == SIG_IGN,
               action.sa_flags);
    }
    stack_t stack;
    sigaltstack(NULL, &stack);
    printf("signal stack %d\n", stack.ss_flags);
}

static void look_at_limits(void) {
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit limit;
        getrlimit((__rlimit_resource_t)i, &limit);
        printf("limit %d %lld %lld\n", i, (long long)limit.rlim_cur, (long long)limit.rlim_max);
    }
    char name[17] = "";
    prctl(PR_GET_NAME, name);
    printf("name %s dumpable %d no_new_privs %d umask %o\n", name, prctl(PR_GET_DUMPABLE),
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), umask(022));
}

static int look(char **envp) {
    printf("errno %d\n", errno);
    for (char **entry = envp; *entry; entry++)
        printf("envp %s\n", *entry);
    for (char **entry = environ; *entry; entry++)
        printf("environ %s\n", *entry);
    const char *preload = getenv("LD_PRELOAD");
    printf("LD_PRELOAD %s\n", preload ? preload : "is not set");
    look_at_descriptors();
    look_at_signals();
    look_at_limits();
    fflush(stdout);
    return system("env -0 | tr '\\0' '\\n' | grep -v ^_=") != 0;
}

/* ---- */
static void close_everything(void) {
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
    allocate(3);
    closefrom(3);
    allocate(3);
}

static void move_away(const char *folder) {
    allocate(2);
    REQUIRE(!chdir("/"));
    allocate(3);
    if (geteuid() == 0)
        REQUIRE(!chroot(folder));
    REQUIRE(!chdir("/"));
    allocate(4);
}

static void become_nobody(void) {
    allocate(2);
    REQUIRE(!setgroups(0, NULL) && !setgid(65534) && !setuid(65534));
    allocate(4);
    pid_t pid = fork();
    if (pid == 0) {
        allocate(1);
        _exit(0);
    }
    int status;
    REQUIRE(waitpid(pid, &status, 0) == pid && !status);
}

static void lock_memory(void) {
    allocate(1);
    if (mlockall(MCL_CURRENT | MCL_FUTURE)) {
        dprintf(STDERR_FILENO, "mlockall: %s\n", strerror(errno));
        _exit(77);
    }
    allocate(10);
    munlockall();
}

static void run_with_few_descriptors(void) {
    const struct rlimit few = {4, 4};
    REQUIRE(!setrlimit(RLIMIT_NOFILE, &few));
    allocate(3);
    REQUIRE(open("/dev/null", O_RDONLY) == 3 && open("/dev/null", O_RDONLY) < 0);
    allocate(3);
}

static void dump_core(void) {
    allocate(3);
    const struct rlimit any = {RLIM_INFINITY, RLIM_INFINITY};
    REQUIRE(!setrlimit(RLIMIT_CORE, &any));
    tally_print("inside_make", &made);
    abort();
}

int main(int argc, char **argv, char **envp) {
    const char *how = argc > 1 ? argv[1] : "";
    if (!strcmp(how, "look"))
        return look(envp);
    if (!strcmp(how, "closes"))
        close_everything();
    else if (!strcmp(how, "moves") && argc > 2)
        move_away(argv[2]);
    else if (!strcmp(how, "nobody"))
        become_nobody();
    else if (!strcmp(how, "locks"))
        lock_memory();
    else if (!strcmp(how, "few"))
        run_with_few_descriptors();
    else if (!strcmp(how, "dumps"))
        dump_core();
    else if (!strcmp(how, "plain"))
        allocate(5);
    else
        return 2;
    tally_print("inside_make", &made);
    return 0;
}
