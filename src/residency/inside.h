/* residency/inside: the live blocks of a tracked program × the pages of the kernel. Why its resident memory is not its
 * heap.
 *
 *              page 1                page 2                page 3                page 4 (not in RAM)
 *   ├──┬───────────┬──────┼──────────────┬──────┼─────────────────────┼─────────────────────┤
 *   │h │ block A   │ free │ free         │h B…  │ free                │ block C, never written
 *   └──┴───────────┴──────┴──────────────┴──────┴─────────────────────┴─────────────────────┘
 *    overhead        pinned by A            pinned by B   trimmable        untouched: C's
 *
 *   heap      requested = resident + untouched + swapped                          of blocks
 *   resident  of the heap's mappings = blocks' + overhead + trimmable + pinned + kept
 *
 * Overhead: headers and rounding. Retained: freed and still resident, which is trimmable (malloc_trim would give it
 * back), pinned (a live block is on the page), or kept (the allocator's own, and what malloc_trim leaves alone: tops of
 * arenas beside brk's, pages with headers of free chunks). What malloc_trim does is glibc's: malloc/malloc.c, mtrim and
 * systrim. In mappings of other allocators nothing is trimmable: what is not a block's is kept. */
#pragma once
#include "heap/ledger_blocks.h"
#include "residency/account.h"

typedef struct tide_inside_site { /* of heap.sites */
    uint64_t requested_bytes, requested_blocks;
    uint64_t resident_bytes, untouched_bytes, swapped_bytes;
    uint64_t pinned_bytes; /* free memory on the pages of its blocks */
} tide_inside_site;

typedef struct tide_inside_sum { /* of an arena, or of all */
    uint64_t size_bytes, resident_bytes;
    uint64_t requested_bytes, requested_blocks;
    uint64_t blocks_resident_bytes, untouched_bytes, swapped_bytes;
    uint64_t overhead_bytes, trimmable_bytes, pinned_bytes, kept_bytes;
} tide_inside_sum;

typedef struct tide_inside_arena {
    tide_category category;
    uint64_t start, end;
    tide_inside_sum sum;
} tide_inside_arena;

typedef struct tide_run { /* of pages in RAM, one after another */
    uint64_t start, end;
} tide_run;

typedef struct tide_inside {
    TIDE_VEC(tide_inside_site) sites;   /* one for each of heap.sites, and one for stacks not named yet */
    TIDE_VEC(tide_inside_arena) arenas; /* mappings that have blocks of the heap, or are the allocator's */
    TIDE_VEC(tide_run) runs;            /* of all that may have blocks; by address */
    tide_inside_sum heap;               /* all of them */
    tide_inside_sum mapped;             /* what the program mapped itself; no overhead and nothing retained */
    uint64_t
        untracked_bytes; /* resident, anonymous, and neither: of libc, of the loader, from before the tracker */
} tide_inside;

/* Fills `*ret`, zeroed; freed with tide_inside_free. 0 or a negative errno: pagemap may not be read. `account` and
 * `blocks` as of about the same time. Cost: 25 ns for each page of the heap, 10 ns for each block. */
int tide_inside_read(tide_inside *ret, const tide_account *account, const tide_blocks *blocks,
                     size_t sites_count);
void tide_inside_free(tide_inside *inside);
