/* A program that allocates, says what it did, and ends in one way or another, with nothing in between.
 * Usage: ends killed|abort|crash|_exit|_Exit|quick_exit|exec|thread_exit|return|waits [MARKER] */
#include "tally.h"
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

static tally made;

PLACE static void *end_make(size_t bytes) {
    void *block = malloc(bytes);
    REQUIRE(block);
    tally_made(&made, bytes);
    return block;
}

/* The last events are an allocation, a free of another block, and a temporary: whatever the tracker has put off until
 * the next event must be there. */
static void allocate(void) {
    for (size_t i = 0; i < 1000; i++)
        end_make(100 + i);
    void *first = end_make(5000);
    void *kept = end_make(6000);
    REQUIRE(kept);
    tally_freed(&made, 5000);
    free(first);
    tally_freed(&made, 7000);
    free(end_make(7000));
    end_make(8000);
}

static _Noreturn void wait_for_the_end(void) {
    for (;;)
        pause();
}

static void *exit_from_thread(void *argument) {
    end_make(9000);
    tally_print("end_make", &made);
    exit(6);
    return argument;
}

static void at_quick_exit_handler(void) {
    end_make(4321);
    tally_print("end_make", &made);
}

/* Goes on after its recorder is gone: more allocations, a child, another thread. */
static int work_on(void) {
    char line[16];
    dprintf(STDOUT_FILENO, "ready\n");
    if (read(STDIN_FILENO, line, sizeof line) < 1)
        return 98;
    for (int i = 0; i < 200000; i++)
        free(end_make((size_t)i % 4000));
    pthread_t thread;
    REQUIRE(!pthread_create(&thread, NULL, (void *(*)(void *))end_make, (void *)100));
    pthread_join(thread, NULL);
    int status = system("echo child; exit 3");
    dprintf(STDOUT_FILENO, "done %d\n", status >> 8);
    return 7;
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "";
    allocate();
    if (!strcmp(how, "waits"))
        return work_on();
    if (!strcmp(how, "thread_exit")) {
        pthread_t thread;
        REQUIRE(!pthread_create(&thread, NULL, exit_from_thread, NULL));
        wait_for_the_end();
    }
    if (!strcmp(how, "quick_exit")) {
        at_quick_exit(at_quick_exit_handler);
        quick_exit(5);
    }
    tally_print("end_make", &made);
    if (!strcmp(how, "killed")) {
        dprintf(STDOUT_FILENO, "pid %d\n", (int)getpid());
        wait_for_the_end();
    }
    if (!strcmp(how, "abort"))
        abort();
    if (!strcmp(how, "crash"))
        raise(SIGSEGV);
    if (!strcmp(how, "_exit"))
        _exit(3);
    if (!strcmp(how, "_Exit"))
        _Exit(4);
    if (!strcmp(how, "exec"))
        execl("/bin/sh", "sh", "-c", "exit 8", (char *)NULL);
    return 2;
}
