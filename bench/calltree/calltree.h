/* calltree: a program that does little but malloc and free, from deep stacks without frame pointers.
 *
 * generate.py writes some hundred functions in LEVELS layers, two in three of them in the executable, the rest
 * in libcalltree.so. A walk goes depth first from the root layer to the leaves, like a compiler or a parser:
 *
 *     visit_tree ─► exe_0_3 ─► lib_1_0 ─► exe_2_5 ─► qsort_r ─► compare ─► … ─► exe_12_1 ─► replace_block
 *                                            └──────► exe_3_2 ─► …
 *
 * so that consecutive allocations share all but the last few frames. Which way a function goes depends only on
 * its node number: a root always leads to the same tree, and the number of roots bounds that of different stacks. Every
 * allocation replaces a random one of the thread's live blocks: one pair is one free and one malloc.
 * docs/benchmarks.md has what was counted: depth, frames changed, different stacks. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    LEVELS = 13,
    EXE_FUNCTIONS_PER_LEVEL = 6,
    LIB_FUNCTIONS_PER_LEVEL = 3,
    ROOTS = 512,         /* unless another number is given */
    LIVE_BLOCKS = 20000, /* per thread */
    SMALLEST_BLOCK_BYTES = 16,
    LARGEST_BLOCK_BYTES = 271,
};

/* One thread's work. */
struct walk {
    uint64_t random;           /* state of next_random */
    long pairs_left;           /* to do in this thread */
    uint64_t sum;              /* of everything computed, so that nothing can be left out */
    uint64_t sort_node;        /* node number for the comparison functions */
    void *blocks[LIVE_BLOCKS]; /* live or NULL */
};

typedef uint64_t visit_node(struct walk *walk, uint64_t node);
extern visit_node *const exe_functions[LEVELS * EXE_FUNCTIONS_PER_LEVEL];
extern visit_node *const lib_functions[LEVELS * LIB_FUNCTIONS_PER_LEVEL];

/* Source: G. Marsaglia, "Xorshift RNGs", 2003. */
static inline uint64_t next_random(struct walk *walk) {
    uint64_t x = walk->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return walk->random = x;
}

/* A well-mixed number for one node of the tree, seen by one function. */
static inline uint64_t mix_node(uint64_t node, uint64_t function_salt) {
    uint64_t x = (node + function_salt) * 0x9E3779B97F4A7C15u;
    x ^= x >> 29;
    x *= 0xBF58476D1CE4E5B9u;
    return x ^ x >> 32;
}

static inline __attribute__((always_inline)) void replace_block(struct walk *walk) {
    uint64_t random = next_random(walk);
    void **block = &walk->blocks[(random >> 32) % LIVE_BLOCKS];
    free(*block);
    *block = malloc(SMALLEST_BLOCK_BYTES + random % (LARGEST_BLOCK_BYTES - SMALLEST_BLOCK_BYTES + 1));
    if (*block == NULL)
        abort();
    *(volatile char *)*block = (char)random;
    walk->pairs_left--;
}
