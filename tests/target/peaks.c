/* The heap's peak: which blocks it is made of, with one step for each way that it can come about.
 *
 * Usage: peaks before-and-after | last | spikes | equal | reallocated | idle-thread */
#include "truth.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

PLACE static void *always(size_t bytes) {
    return keep(malloc(bytes));
}
PLACE static void *too_early(size_t bytes) {
    return keep(malloc(bytes));
}
PLACE static void *at_peak(size_t bytes) {
    return keep(malloc(bytes));
}
PLACE static void *too_late(size_t bytes) {
    return keep(malloc(bytes));
}

static void peak(const char *function, size_t bytes, size_t blocks) {
    tell("peak\t%s\t%zu\t%zu\n", function, bytes, blocks);
}

static void before_and_after(void) {
    always(1001);
    free(too_early(5000));
    void *blocks[3];
    for (unsigned i = 0; i < 3; i++)
        blocks[i] = at_peak(3000 + i);
    for (unsigned i = 0; i < 3; i++)
        free(blocks[i]);
    too_late(6000);
    peak("always", 1001, 1);
    peak("at_peak", 9003, 3);
}

static void last(void) { /* the last allocation of all is the peak, and is given back after it */
    always(501);
    free(too_early(9000));
    free(at_peak(9001));
    peak("always", 501, 1);
    peak("at_peak", 9001, 1);
}

static void spikes(void) {
    always(77);
    for (size_t height = 1000; height <= 20000; height += 1000)
        free(too_early(height));
    void *low = at_peak(20000), *high = at_peak(1);
    free(high);
    free(low);
    for (size_t height = 20000; height; height -= 1000)
        free(too_late(height));
    peak("always", 77, 1);
    peak("at_peak", 20001, 2);
}

static void equal(void) { /* of equal peaks the latest counts */
    free(too_early(8000));
    void *half = at_peak(4000);
    free(at_peak(4000));
    free(half);
    too_late(7999);
    peak("at_peak", 8000, 2);
}

static void reallocated(void) { /* by growing a block that was made before */
    void *block = at_peak(10);
    free(too_early(70000));
    block = keep(realloc(block, 70011));
    keep(realloc(block, 20));
    peak("at_peak", 70011, 1);
}

static sem_t has_freed, may_end;
static void *frees_and_waits(void *block) {
    free(keep(malloc(33)));
    free(block);
    sem_post(&has_freed);
    sem_wait(&may_end);
    return NULL;
}

static void idle_thread(void) { /* what a thread frees before it waits is gone when another makes the peak */
    sem_init(&has_freed, 0, 0);
    sem_init(&may_end, 0, 0);
    pthread_t thread;
    void *block = too_early(70000);
    if (pthread_create(&thread, NULL, frees_and_waits, block))
        abort();
    sem_wait(&has_freed);
    void *blocks[] = {at_peak(80000), at_peak(80001)};
    for (unsigned i = 0; i < 2; i++)
        free(blocks[i]);
    too_late(90000);
    sem_post(&may_end);
    pthread_join(thread, NULL);
    peak("at_peak", 160001, 2);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } steps[] = {{"before-and-after", before_and_after},
                 {"last", last},
                 {"spikes", spikes},
                 {"equal", equal},
                 {"reallocated", reallocated},
                 {"idle-thread", idle_thread}};
    for (size_t i = 0; argc == 2 && i < sizeof steps / sizeof *steps; i++)
        if (strcmp(argv[1], steps[i].name) == 0)
            return steps[i].run(), 0;
    return 2;
}
