/* residency/chunks: the heap as glibc's malloc sees it: its chunks, read from outside, by their headers
 * (malloc/malloc.c).
 *
 *   heap  │size 656│1│ used …  │size 48│1│ used │size 4000│1│ free … │size 32│0│ used │size 120000│1│ top      │
 *                  └ the chunk before is used                          └ the chunk before is free
 *
 * Nothing runs in the process, and nothing is changed; it goes on meanwhile, so a walk may meet a header that is just
 * being written, and ends there (is_whole). What the program has freed, and malloc keeps for the same thread (tcache)
 * or for the same size (fastbins), is used to its neighbours, and is counted so. */
#pragma once
#include "residency/account.h"

enum { TIDE_CHUNK_CLASSES = 48 }; /* class k: 2^(k-1) <= size < 2^k */

typedef struct tide_chunks { /* of a heap, or of all */
    uint64_t size_bytes;
    uint64_t used_bytes, used_count;
    uint64_t free_bytes, free_count;                                           /* between used ones */
    uint64_t top_bytes;                                                        /* free, at the end */
    uint64_t largest_free_bytes;                                               /* of free ones and top */
    uint64_t class_count[TIDE_CHUNK_CLASSES], class_bytes[TIDE_CHUNK_CLASSES]; /* of free ones */
} tide_chunks;

typedef struct tide_chunk_heap {
    tide_category category; /* brk's heap, or one of an arena */
    uint64_t start, end;
    uint64_t arena; /* address of its malloc_state; 0: the main arena's */
    bool is_whole;  /* all of it could be walked */
    tide_chunks chunks;
} tide_chunk_heap;

typedef struct tide_chunk_heaps {
    TIDE_VEC(tide_chunk_heap) list;
    tide_chunks sum;                   /* of all but large blocks */
    uint64_t large_bytes, large_count; /* blocks with a mapping of their own */
} tide_chunk_heaps;

/* Fills `*ret`, zeroed; freed with tide_chunk_heaps_free. `account`: an outline is enough. 0 or a negative errno: its
 * memory may not be read (that needs to be allowed to attach to it). Cost: 10 ns a chunk, 0.3 s for each GiB of small
 * ones. */
int tide_chunks_read(tide_chunk_heaps *ret, const tide_account *account);
void tide_chunk_heaps_free(tide_chunk_heaps *heaps);
