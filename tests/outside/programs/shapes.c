/* Shapes of memory over time, for tests/outside/run: `shapes SHAPE MIB [MS]`. Each process that holds memory says what
 * the kernel tells of it when it holds most, on standard output, in one write:
 *
 *   truth <TAB> PID <TAB> PSS in bytes, from smaps_rollup <TAB> the highest RSS in bytes, from VmHWM */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t MIB = 1 << 20, PAGE = 4096;
static pthread_t first_thread;

static void pause_ms(int ms) {
    poll(NULL, 0, ms);
}

static char *reserve(size_t bytes) {
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        exit(99);
    return memory;
}

static void touch(volatile char *memory, size_t bytes) {
    for (size_t i = 0; i < bytes; i += PAGE)
        memory[i] = (char)(memory[i] + 1);
}

static char *take(size_t bytes) {
    char *memory = reserve(bytes);
    touch(memory, bytes);
    return memory;
}

/* A line of a file of this process in kB, in bytes. */
static unsigned long long figure(const char *path, const char *name) {
    char text[8192];
    int fd = open(path, O_RDONLY);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0)
        exit(99);
    text[length] = 0;
    return strtoull(strstr(text, name) + strlen(name), NULL, 10) * 1024;
}

static void tell(void) {
    char line[128];
    int length = snprintf(line, sizeof line, "truth\t%d\t%llu\t%llu\n", (int)getpid(),
                          figure("/proc/thread-self/smaps_rollup", "\nPss:"),
                          figure("/proc/thread-self/status", "\nVmHWM:"));
    if (write(STDOUT_FILENO, line, (size_t)length) != length)
        exit(99);
}

/* ---- one process */

static void eat(size_t bytes, int ms) {
    take(bytes);
    tell();
    pause_ms(ms);
}

/* Ends at once, and takes its time for nothing: what a sampler has to be quick for. */
static void brief(size_t bytes, int ms) {
    take(bytes);
    tell();
    (void)ms;
}

/* Its first thread ends, and only then another one takes memory. */
static void *take_alone(void *bytes) {
    pthread_join(first_thread, NULL);
    brief((size_t)(uintptr_t)bytes, 0);
    exit(0);
}
static void leaderless(size_t bytes, int ms) {
    pthread_t other;
    (void)ms;
    first_thread = pthread_self();
    if (pthread_create(&other, NULL, take_alone, (void *)(uintptr_t)bytes))
        exit(99);
    pthread_exit(NULL);
}

/* For who cannot read itself: says nothing. */
static void idle(size_t bytes, int ms) {
    take(bytes);
    pause_ms(ms);
}

/* ---- two */

/* The child writes all that it has from its parent: twice the memory, and neither's RSS moves. */
static void copy_on_write(size_t bytes, int ms) {
    char *memory = take(bytes);
    int pair[2];
    if (pipe(pair))
        exit(99);
    pid_t child = fork();
    if (child == 0) {
        touch(memory, bytes);
        tell();
        if (write(pair[1], "", 1) != 1)
            exit(99);
        pause_ms(ms);
        _exit(0);
    }
    char byte;
    if (read(pair[0], &byte, 1) != 1)
        exit(99);
    tell();
    waitpid(child, NULL, 0);
}

/* P1 and P2 share 10 parts of 15, P1 has 4 of its own, P2 1. */
static void share(size_t bytes, int ms) {
    size_t part = bytes / 15;
    char *shared = mmap(NULL, 10 * part, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    touch(shared, 10 * part);
    int pair[2];
    if (pipe(pair))
        exit(99);
    pid_t child = fork();
    if (child == 0) {
        touch(shared, 10 * part);
        take(part);
        if (write(pair[1], "", 1) != 1)
            exit(99);
        pause_ms(ms);
        _exit(0);
    }
    take(4 * part);
    char byte;
    if (read(pair[0], &byte, 1) != 1)
        exit(99);
    tell();
    waitpid(child, NULL, 0);
}

/* A vfork child lives in its parent's memory. */
static void in_vfork(size_t bytes, int ms) {
    take(bytes);
    tell();
    pid_t child = vfork();
    if (child == 0) {
        pause_ms(ms); /* NOLINT(clang-analyzer-unix.Vfork): living there for a while is what it is for */
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

/* ---- four, at once or one after the other */

static void four(size_t bytes, int ms, int is_staggered) {
    int pair[2];
    if (pipe(pair))
        exit(99);
    for (int i = 0; i < 4; i++) {
        if (fork() == 0) {
            take(bytes);
            tell();
            close(pair[1]);
            char byte;
            if (!is_staggered && read(pair[0], &byte, 1) != 0) /* until all have closed it */
                exit(99);
            pause_ms(ms);
            _exit(0);
        }
        if (is_staggered)
            wait(NULL);
    }
    close(pair[1]);
    while (wait(NULL) > 0)
        ;
}

static void simultaneous(size_t bytes, int ms) {
    four(bytes, ms, 0);
}

static void staggered(size_t bytes, int ms) {
    four(bytes, ms, 1);
}

/* ---- and more */

/* Ends at once; its daemon holds memory until standard input is closed. */
static void daemonise(size_t bytes, int ms) {
    int pair[2];
    if (pipe(pair))
        exit(99);
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            take(bytes);
            tell();
            if (write(pair[1], "", 1) != 1)
                exit(99);
            char byte;
            if (read(STDIN_FILENO, &byte, 1) != 0)
                exit(99);
            pause_ms(ms);
        }
        _exit(0);
    }
    char byte;
    if (read(pair[0], &byte, 1) != 1)
        exit(99);
    pause_ms(ms);
}

/* MIB processes, one after the other, each with 1 MiB and gone at once. */
static void churn(size_t bytes, int ms) {
    for (size_t i = 0; i < bytes / MIB; i++) {
        if (fork() == 0) {
            take(MIB);
            _exit(0);
        }
        wait(NULL);
    }
    (void)ms;
}

/* MIB processes at once, each with 1 MiB. */
static void crowd(size_t bytes, int ms) {
    int ready[2], end[2];
    if (pipe(ready) || pipe(end))
        exit(99);
    for (size_t i = 0; i < bytes / MIB; i++)
        if (fork() == 0) {
            take(MIB);
            close(end[1]);
            char byte = 0;
            if (write(ready[1], &byte, 1) != 1 || read(end[0], &byte, 1) != 0)
                exit(99);
            _exit(0);
        }
    for (size_t i = 0; i < bytes / MIB; i++) {
        char byte;
        if (read(ready[0], &byte, 1) != 1)
            exit(99);
    }
    pause_ms(ms);
    close(end[1]);
    while (wait(NULL) > 0)
        ;
}

/* Page cache, which is nobody's memory: a file of that size is written, and kept. */
static void write_file(size_t bytes, int ms) {
    static char block[1 << 16];
    int fd = open("written", O_CREAT | O_WRONLY, 0600);
    for (size_t done = 0; done < bytes; done += sizeof block)
        if (write(fd, block, sizeof block) != sizeof block)
            exit(99);
    tell();
    pause_ms(ms);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(size_t bytes, int ms);
    } shapes[] = {{"eat", eat},
                  {"brief", brief},
                  {"leaderless", leaderless},
                  {"idle", idle},
                  {"copy-on-write", copy_on_write},
                  {"share", share},
                  {"vfork", in_vfork},
                  {"simultaneous", simultaneous},
                  {"staggered", staggered},
                  {"daemonise", daemonise},
                  {"churn", churn},
                  {"crowd", crowd},
                  {"write-file", write_file}};
    for (size_t i = 0; argc > 2 && i < sizeof shapes / sizeof *shapes; i++)
        if (!strcmp(shapes[i].name, argv[1])) {
            shapes[i].run(strtoull(argv[2], NULL, 10) * MIB, argc > 3 ? atoi(argv[3]) : 0);
            return 0;
        }
    return 98;
}
