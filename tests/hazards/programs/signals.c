/* Signal handlers that allocate and free, in the middle of allocations, with an allocator that may be used like that
 * (safe_malloc.c). Some of their blocks are freed by the code they interrupt, and the other way round.
 * Usage: signals timer|on_stack|threads|jumps TIMES */
#include "tally.h"
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>

enum { SLOTS = 64, BYTES = 48 };
static tally made;
static uint32_t handled_count;
static void *slots[SLOTS];
static sigjmp_buf back;
static bool jumps;

PLACE static void *signal_make(void) {
    tally_made(&made, BYTES);
    void *block = malloc(BYTES);
    REQUIRE(block);
    return block;
}

PLACE static void signal_free(void *block) {
    if (!block)
        return;
    tally_freed(&made, BYTES);
    free(block);
}

/* Put a new block where another one was, and free that. */
static void exchange(uint32_t number) {
    signal_free(__atomic_exchange_n(&slots[number % SLOTS], signal_make(), __ATOMIC_ACQ_REL));
}

static void on_signal(int number) {
    (void)number;
    for (uint32_t i = 0; i < 3; i++)
        exchange(handled_count * 7 + i);
    signal_free(signal_make());
    void *volatile empty = signal_make();
    empty = realloc(empty, BYTES);
    tally_freed(&made, BYTES);
    tally_made(&made, BYTES);
    signal_free(empty);
    __atomic_fetch_add(&handled_count, 1, __ATOMIC_RELAXED);
    if (jumps)
        siglongjmp(back, 1);
}

static void handle(int number, int flags) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | flags};
    REQUIRE(!sigaction(number, &action, NULL));
}

/* Once: a machine on which handlers take longer than that is not to be kept busy with nothing else. */
static void start_timer(void) {
    const struct itimerval soon = {.it_value = {0, 25}};
    REQUIRE(!setitimer(ITIMER_REAL, &soon, NULL));
}

static uint32_t handled(void) {
    return __atomic_load_n(&handled_count, __ATOMIC_RELAXED);
}

/* New call stacks all the time, so that a handler also interrupts the naming of stacks. */
PLACE static void allocate_below(uint32_t path) {
    if (path & 1)
        exchange(path);
    if (path > 1)
        allocate_below(path >> 1);
    __asm__ volatile("");
}

static void allocate_until(uint32_t times, bool by_timer) {
    for (uint32_t i = 0, started = UINT32_MAX; handled() < times; i++) {
        if (by_timer && started != handled()) {
            started = handled();
            start_timer();
        }
        exchange(i);
        allocate_below(i % 4096);
    }
}

typedef struct order {
    uint32_t times;
    pthread_t target;
} order;

/* It allocates nothing: what a handler inside the tracker does is recorded a little later, which another thread that is
 * given the same addresses would notice. */
static void *send_signals(void *argument) {
    const order *given = argument;
    for (uint32_t sent = 1; handled() < given->times; sent++) {
        pthread_kill(given->target, SIGUSR1);
        while (handled() < sent && handled() < given->times)
            sched_yield();
    }
    return NULL;
}

static void run_threads(uint32_t times) {
    order given = {.times = times, .target = pthread_self()};
    pthread_t thread;
    handle(SIGUSR1, 0);
    REQUIRE(!pthread_create(&thread, NULL, send_signals, &given));
    allocate_until(times, false);
    pthread_join(thread, NULL);
}

/* Handlers that allocate, and do not return. */
static void run_jumps(uint32_t times) {
    handle(SIGALRM, 0);
    jumps = true;
    while (handled() < times)
        if (sigsetjmp(back, 1) == 0)
            raise(SIGALRM);
    jumps = false;
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    uint32_t times = (uint32_t)atoi(argv[2]);
    if (!strcmp(argv[1], "threads")) {
        run_threads(times);
    } else if (!strcmp(argv[1], "jumps")) {
        run_jumps(times);
    } else {
        static char stack[64 << 10];
        stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
        bool on_stack = !strcmp(argv[1], "on_stack");
        REQUIRE(!on_stack || !sigaltstack(&other, NULL));
        handle(SIGALRM, on_stack ? SA_ONSTACK : 0);
        allocate_until(times, true);
    }
    tally_print("signal_make", &made);
    return 0;
}
