/* ledger/words: the few words that target and tool share beside the tables themselves. No code, no libc. */
#pragma once

/* Every allocator entry point that can be told from another. Order is the file format: append only.
 *         name in reports */
#define TIDE_KINDS(X)                        \
    X(TIDE_MALLOC, "malloc")                 \
    X(TIDE_CALLOC, "calloc")                 \
    X(TIDE_REALLOC, "realloc")               \
    X(TIDE_REALLOCARRAY, "reallocarray")     \
    X(TIDE_MEMALIGN, "memalign")             \
    X(TIDE_POSIX_MEMALIGN, "posix_memalign") \
    X(TIDE_ALIGNED_ALLOC, "aligned_alloc")   \
    X(TIDE_VALLOC, "valloc")                 \
    X(TIDE_PVALLOC, "pvalloc")               \
    X(TIDE_NEW, "operator new")              \
    X(TIDE_NEW_ARRAY, "operator new[]")      \
    X(TIDE_MMAP, "mmap")

enum tide_kind {
#define X(symbol, name) symbol,
    TIDE_KINDS(X)
#undef X
        TIDE_KIND_COUNT
};

enum {
    TIDE_KIND_BITS = 8,
    TIDE_KIND_EVENT = 32 /* a site that counts ad-hoc events, not blocks: from here on */
};

/* Size classes of the histogram: class 0 is size 0, class k is 2^(k-1) <= size < 2^k; the last takes the rest. */
enum { TIDE_SIZE_CLASSES = 48 };
