/* A program that makes children in every way, while it allocates itself.
 * Usage: forks storm CHILDREN | together CHILDREN | raw | vfork | daemon | family */
#include "tally.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { THREADS = 4, EVENTS_EACH = 200, CHILD_BYTES = 1000, CHILD_BLOCKS = 10 };
static tally made;

PLACE static void *fork_make(size_t bytes) {
    void *block = malloc(bytes);
    REQUIRE(block);
    tally_made(&made, bytes);
    return block;
}

PLACE static void fork_free(void *block, size_t bytes) {
    tally_freed(&made, bytes);
    free(block);
}

static void reap(pid_t pid) {
    int status;
    REQUIRE(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---- forks while other threads are in the middle of an allocation: each fork sets them to work */
static sem_t work[THREADS];
static bool is_last;

static void *allocate_when_told(void *argument) {
    uintptr_t number = (uintptr_t)argument;
    void *kept = NULL;
    for (size_t bytes = 100; sem_wait(&work[number]) == 0 && !is_last;)
        for (int i = 0; i < EVENTS_EACH; i++) {
            if (kept)
                fork_free(kept, bytes);
            bytes = number * 100 + (size_t)i;
            kept = fork_make(bytes);
        }
    return kept;
}

static void tell_threads(void) {
    for (int i = 0; i < THREADS; i++)
        sem_post(&work[i]);
}

PLACE static void *child_make(void *argument) {
    for (int i = 0; i < CHILD_BLOCKS; i++) {
        void *volatile block = malloc(CHILD_BYTES);
        REQUIRE(block);
    }
    return argument;
}

static _Noreturn void be_child(void) {
    pthread_t thread;
    REQUIRE(!pthread_create(&thread, NULL, child_make, NULL));
    pthread_join(thread, NULL);
    child_make(NULL);
    _exit(0);
}

static void run_storm(int children) {
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        sem_init(&work[i], 0, 0);
        REQUIRE(!pthread_create(&threads[i], NULL, allocate_when_told, (void *)i));
    }
    for (int i = 0; i < children; i++) {
        fork_make(77);
        tell_threads();
        pid_t pid = fork();
        if (pid == 0)
            be_child();
        REQUIRE(pid > 0);
        reap(pid);
    }
    is_last = true;
    tell_threads();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    tally_print("fork_make", &made);
}

/* ---- children of which the first allocations come from two threads at the same time */
static pthread_barrier_t both;

static void *make_together(void *argument) {
    pthread_barrier_wait(&both);
    return child_make(argument);
}

static _Noreturn void be_child_together(void) {
    pthread_t threads[2];
    REQUIRE(!pthread_barrier_init(&both, NULL, 2));
    for (int i = 0; i < 2; i++)
        REQUIRE(!pthread_create(&threads[i], NULL, make_together, NULL));
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    _exit(0);
}

/* libc has stacks and thread tables at hand for these from before the fork, and allocates nothing to make them. */
static void run_together(int children) {
    pthread_t threads[2];
    for (uintptr_t i = 0; i < 2; i++) {
        sem_init(&work[i], 0, 0);
        REQUIRE(!pthread_create(&threads[i], NULL, allocate_when_told, (void *)i));
    }
    fork_make(77);
    for (int i = 0; i < children; i++) {
        pid_t pid = fork();
        if (pid == 0)
            be_child_together();
        REQUIRE(pid > 0);
        reap(pid);
    }
    is_last = true;
    for (int i = 0; i < 2; i++) {
        sem_post(&work[i]);
        pthread_join(threads[i], NULL);
    }
    tally_print("fork_make", &made);
}

/* ---- forks that libc knows nothing of: no handlers of pthread_atfork, no new pid in its caches */
PLACE static void raw_child_make(void) {
    for (int i = 0; i < 20000; i++) {
        void *block = malloc((size_t)i % 3000);
        if (i % 3)
            free(block);
        else
            REQUIRE(realloc(block, 5000));
    }
}

static void run_raw(void) {
    void *from_before = fork_make(100);
    for (int i = 0; i < 20; i++) {
        long pid = i % 2 ? syscall(SYS_fork) : syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        if (pid == 0) {
            free(from_before);
            raw_child_make();
            _exit(0);
        }
        REQUIRE(pid > 0);
        fork_make(123);
        reap((pid_t)pid);
    }
    fork_free(from_before, 100);
    tally_print("fork_make", &made);
}

/* ---- children that share memory until they exec, or leave */
static void run_vfork(void) {
    char name[] = "/bin/true";
    char *const argv[] = {name, NULL};
    for (int i = 0; i < 50; i++) {
        fork_make(10);
        pid_t pid = vfork();
        if (pid == 0) {
            if (i % 2)
                _exit(0);
            execve(name, argv, environ);
            _exit(1);
        }
        reap(pid);
        fork_make(20);
        REQUIRE(!posix_spawn(&pid, name, NULL, NULL, argv, environ));
        reap(pid);
    }
    pid_t pid;
    char missing[] = "/no/such/program";
    REQUIRE(posix_spawn(&pid, missing, NULL, NULL, argv, environ));
    REQUIRE(execv(missing, argv) < 0);
    fork_make(30);
    tally_print("fork_make", &made);
}

/* ---- a daemon: the process that was started ends, its grandchild goes on */
static void run_daemon(void) {
    fork_make(11);
    if (fork())
        _exit(0);
    setsid();
    if (fork())
        _exit(0);
    child_make(NULL);
    fork_make(12);
    tally_print("fork_make", &made);
}

/* ---- a family for --follow: a child that forks a child, each with allocations of its own and of each other */
PLACE static void generation_make(int generation) {
    for (int i = 0; i <= generation; i++)
        fork_make((size_t)1000 + (size_t)generation);
}

static void run_family(void) {
    for (int generation = 0; generation < 3; generation++) {
        made = (tally){0};
        generation_make(generation);
        dprintf(STDOUT_FILENO, "%d %d\n", generation, (int)getpid());
        pid_t pid = generation < 2 ? fork() : -1;
        if (pid == 0)
            continue;
        if (pid > 0)
            reap(pid);
        return;
    }
}

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    if (!strcmp(argv[1], "storm") && argc > 2)
        run_storm(atoi(argv[2]));
    else if (!strcmp(argv[1], "together") && argc > 2)
        run_together(atoi(argv[2]));
    else if (!strcmp(argv[1], "raw"))
        run_raw();
    else if (!strcmp(argv[1], "vfork"))
        run_vfork();
    else if (!strcmp(argv[1], "daemon"))
        run_daemon();
    else if (!strcmp(argv[1], "family"))
        run_family();
    else
        return 2;
    return 0;
}
