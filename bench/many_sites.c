/* many_sites ALLOCATIONS: so many allocations from 1,000 call sites, with 10,000 blocks live.
 *
 * A site is a way of three calls, each made by one of ten lines: descend ─► descend ─► descend ─► malloc. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIVE_BLOCKS = 10000, SITES = 1000, LEVELS = 3 };

static void *descend(unsigned site, int level, size_t bytes);

/* One call from a line of its own; the barrier keeps it from being merged with the others, or made a jump. */
#define WAY(digit)                                      \
    case digit:                                         \
        block = descend(site / 10, level - 1, bytes);   \
        __asm__ volatile("# way " #digit ::: "memory"); \
        break

static __attribute__((noinline)) void *descend(unsigned site, int level, size_t bytes) {
    void *block = NULL;
    if (level == 0)
        return malloc(bytes);
    switch (site % 10) {
        WAY(0);
        WAY(1);
        WAY(2);
        WAY(3);
        WAY(4);
        WAY(5);
        WAY(6);
        WAY(7);
        WAY(8);
        WAY(9);
    default:
        break;
    }
    return block;
}

int main(int argc, char **argv) {
    static void *blocks[LIVE_BLOCKS];
    long allocations = argc == 2 ? atol(argv[1]) : 0;
    if (allocations < 1) {
        fprintf(stderr, "usage: %s ALLOCATIONS\n", argv[0]);
        return 2;
    }
    uint32_t random = 1;
    for (long i = 0; i < allocations; i++) {
        random =
            random * 1664525u + 1013904223u; /* Numerical Recipes' quick generator; the high bits are good */
        void **block = &blocks[(random >> 8) % LIVE_BLOCKS];
        free(*block);
        *block = descend((unsigned)(i % SITES), LEVELS, 16 + (random >> 24));
        if (*block == NULL)
            return 1;
    }
    for (int i = 0; i < LIVE_BLOCKS; i++)
        free(blocks[i]);
    printf("done %ld\n", allocations);
    return 0;
}
