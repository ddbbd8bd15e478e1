/* Eight threads that allocate, resize and free blocks of each other as fast as they can, so that each address is given
 * to one thread while another has only just freed it. Or in turns, long enough for each to become the sole writer of
 * the ledger (track/sole.h), with the next one already at work at the end of a turn.
 * Usage: storm live|freed|turns */
#include "tally.h"
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

enum { THREADS = 8, SLOTS = 256, ROUNDS = 60000, SIZE_MAX_BYTES = 256 };
enum { TURNS = 4, TURN_ROUNDS = 30000, OVERLAP_ROUNDS = 100 };

static size_t *slots[SLOTS]; /* each block begins with its size */
static tally made;

PLACE static size_t *storm_make(size_t bytes) {
    size_t *block = malloc(bytes);
    REQUIRE(block);
    *block = bytes;
    tally_made(&made, bytes);
    return block;
}

PLACE static void storm_free(size_t *block) {
    if (!block)
        return;
    tally_freed(&made, *block);
    free(block);
}

PLACE static size_t *storm_resize(size_t *block, size_t bytes) {
    tally_freed(&made, *block);
    block = realloc(block, bytes);
    REQUIRE(block);
    *block = bytes;
    tally_made(&made, bytes);
    return block;
}

static uint64_t next(uint64_t *state) { /* xorshift64 */
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static void step(uint64_t *state) {
    uint64_t dice = next(state);
    size_t bytes = sizeof(size_t) + (dice >> 8) % SIZE_MAX_BYTES;
    size_t **slot = &slots[(dice >> 32) % SLOTS], *block = __atomic_exchange_n(slot, NULL, __ATOMIC_ACQ_REL);
    if (!block)
        block = storm_make(bytes);
    else if (dice % 2)
        block = storm_resize(block, bytes);
    else {
        storm_free(block);
        return;
    }
    storm_free(__atomic_exchange_n(slot, block, __ATOMIC_ACQ_REL));
}

static void *run(void *argument) {
    uint64_t state = (uintptr_t)argument * 0x9E3779B97F4A7C15u + 1;
    for (int i = 0; i < ROUNDS; i++)
        step(&state);
    return NULL;
}

static sem_t turn[THREADS];

static void *run_in_turn(void *argument) {
    uintptr_t me = (uintptr_t)argument - 1;
    uint64_t state = (me + 1) * 0x9E3779B97F4A7C15u + 1;
    for (int i = 0; i < TURNS; i++) {
        sem_wait(&turn[me]);
        for (int k = 0; k < TURN_ROUNDS; k++) {
            if (k == TURN_ROUNDS - OVERLAP_ROUNDS)
                sem_post(&turn[(me + 1) % THREADS]);
            step(&state);
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t threads[THREADS];
    bool in_turn = argc > 1 && !strcmp(argv[1], "turns");
    for (int i = 0; i < THREADS; i++)
        sem_init(&turn[i], 0, i == 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        REQUIRE(!pthread_create(&threads[i], NULL, in_turn ? run_in_turn : run, (void *)(i + 1)));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    if (argc > 1 && !strcmp(argv[1], "freed"))
        for (int i = 0; i < SLOTS; i++)
            storm_free(slots[i]);
    REQUIRE(argc > 1 && (strcmp(argv[1], "freed") || made.total_bytes == made.freed_bytes));
    tally_print("storm_make", &made);
    return 0;
}
