/* What the programs of this folder say about themselves: each keeps a tally of what a function of its own allocates,
 * and prints it at the end; ../harness.py compares it with a recording of the same run.
 *
 *   truth FUNCTION total-bytes total-blocks end-bytes end-blocks
 *
 * As in a recording, a realloc is one more block, of its new size, of the function that made the first one. */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A function that is on the stack under its own name; the build leaves out no frame at its end. */
#ifdef __clang__
#define PLACE __attribute__((noinline, optnone))
#else
#define PLACE __attribute__((noipa))
#endif

typedef struct tally {
    uint64_t total_bytes, total_blocks, freed_bytes, freed_blocks;
} tally;

static inline void tally_made(tally *sum, size_t bytes) {
    __atomic_fetch_add(&sum->total_bytes, bytes, __ATOMIC_RELAXED);
    __atomic_fetch_add(&sum->total_blocks, 1, __ATOMIC_RELAXED);
}

static inline void tally_freed(tally *sum, size_t bytes) {
    __atomic_fetch_add(&sum->freed_bytes, bytes, __ATOMIC_RELAXED);
    __atomic_fetch_add(&sum->freed_blocks, 1, __ATOMIC_RELAXED);
}

/* Unbuffered, so that a copy in a forked child is not printed twice. */
static inline void tally_print(const char *function, const tally *sum) {
    dprintf(STDOUT_FILENO, "truth %s %llu %llu %llu %llu\n", function, (unsigned long long)sum->total_bytes,
            (unsigned long long)sum->total_blocks, (unsigned long long)(sum->total_bytes - sum->freed_bytes),
            (unsigned long long)(sum->total_blocks - sum->freed_blocks));
}

/* The program's own check failed: what it says would not be the truth. */
#define REQUIRE(condition)                                                                 \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            dprintf(STDERR_FILENO, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            _exit(99);                                                                     \
        }                                                                                  \
    } while (0)
