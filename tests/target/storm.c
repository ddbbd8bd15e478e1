/* Threads that make, resize and free each other's blocks, with as few addresses as possible, so that one thread's
 * address is another's at once. The program keeps its own books: sums of what each call did.
 *
 * Usage: storm THREADS OPERATIONS */
#include "truth.h"
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SLOTS = 64 };

/* Its size stands in a block itself; slots are swapped, so that a block has one owner at a time. */
static _Atomic(size_t *) slots[SLOTS];
static _Atomic size_t total_bytes, total_blocks;
static size_t operations;

static unsigned random_of(unsigned *state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

PLACE static void *storm(void *arg) {
    unsigned state = (unsigned)(size_t)arg * 2654435761u;
    size_t bytes_here = 0, blocks_here = 0;
    for (size_t i = 0; i < operations; i++) {
        unsigned choice = random_of(&state) % 8, slot = random_of(&state) % SLOTS;
        size_t bytes = sizeof(size_t) + random_of(&state) % 72;
        size_t *block = atomic_exchange(&slots[slot], NULL);
        if (choice < 2) {
            free(block);
            block = NULL;
        } else if (choice < 4) {
            free(block);
            block = choice == 2 ? malloc(bytes) : calloc(1, bytes);
        } else {
            block = realloc(block, bytes);
        }
        if (block) {
            *block = bytes;
            bytes_here += bytes;
            blocks_here++;
            free(atomic_exchange(&slots[slot], block));
        }
    }
    total_bytes += bytes_here;
    total_blocks += blocks_here;
    return NULL;
}

int main(int argc, char **argv) {
    enum { THREADS_MAX = 64 };
    pthread_t threads[THREADS_MAX];
    if (argc != 3)
        return 2;
    size_t count = strtoul(argv[1], NULL, 10), end_bytes = 0, end_blocks = 0;
    operations = strtoul(argv[2], NULL, 10);
    mallopt(M_ARENA_MAX, 1);
    for (size_t i = 0; i < count && i < THREADS_MAX; i++)
        if (pthread_create(&threads[i], NULL, storm, (void *)(i + 1)))
            abort();
    for (size_t i = 0; i < count && i < THREADS_MAX; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < SLOTS; i++)
        if (slots[i]) {
            end_bytes += *slots[i];
            end_blocks++;
        }
    truth("storm", "-", total_bytes, total_blocks, end_bytes, end_blocks);
    return 0;
}
