/* recording/pages: residency over time: what of the heap was in RAM, and who touched it first. In a recording made with
 * `record --pages`.
 *
 *   time    requested ─┬─ resident of blocks        per site: resident, untouched, pinned
 *                      ├─ untouched
 *                      └─ swapped                   touch: main ─ fill      4,096 pages of blocks of main ─ reserve
 *           retained ──┬─ trimmable                        (who wrote)                    (who allocated)
 *                      ├─ pinned
 *                      └─ kept                      the words are those of residency/inside.h */
#pragma once
#include "base/vec.h"
#include <stdint.h>

typedef struct tide_pages { /* one moment; nothing but uint64_t, the order is the file format */
    uint64_t time_ns;
    uint64_t requested_bytes, resident_bytes, untouched_bytes, swapped_bytes; /* of the heap's blocks */
    uint64_t overhead_bytes, trimmable_bytes, pinned_bytes, kept_bytes;       /* resident, beside them */
    uint64_t mapped_bytes, mapped_resident_bytes;                             /* by the program itself */
    uint64_t untracked_bytes; /* resident, anonymous, neither */
    /* what ceased to be resident, from the start on: by munmap · brk, downwards · madvise or mremap of memory that is
     * free, as malloc_trim does it · of memory that is in use */
    uint64_t unmapped_bytes, lowered_bytes, trimmed_bytes, advised_bytes;
    uint64_t touched_bytes; /* page faults, from the start on */
    uint64_t unowned_bytes; /* of these, in no block that was live when it was looked */
    uint64_t lost_faults;   /* the rings were full: not among touched */
} tide_pages;

typedef struct tide_site_pages { /* of heap.sites; the same holds */
    uint64_t resident_bytes, untouched_bytes, pinned_bytes;
    uint64_t touched_bytes; /* page faults in its blocks, from the start on */
} tide_site_pages;

typedef struct tide_touch {
    uint32_t node; /* of heap.nodes: the stack that touched */
    uint32_t site; /* whose block it was; TIDE_NONE: nobody's */
    uint64_t faults_count;
} tide_touch;

enum {
    TIDE_PAGES_FIELDS = sizeof(tide_pages) / sizeof(uint64_t),
    TIDE_SITE_PAGES_FIELDS = sizeof(tide_site_pages) / sizeof(uint64_t),
};

typedef struct tide_residency {      /* of a recording; empty without --pages */
    TIDE_VEC(tide_pages) moments;    /* by time */
    TIDE_VEC(tide_site_pages) sites; /* at the last moment; may be shorter than heap.sites */
    TIDE_VEC(tide_site_pages)
    sites_at_peak; /* when most of the heap's mappings was resident; of equals the latest */
    uint64_t peak_time_ns, peak_bytes; /* that moment */
    TIDE_VEC(tide_touch) touches;      /* in the order in which they were first seen */
    /* while it is read: a site saves what it was at the peak when it changes for the first time after it */
    uint32_t peak_epoch;
    TIDE_VEC(uint32_t) site_epochs;
} tide_residency;

void tide_residency_free(tide_residency *residency);
/* Resident of the heap's mappings at a moment. */
static inline uint64_t tide_pages_resident_bytes(const tide_pages *pages) {
    return pages->resident_bytes + pages->overhead_bytes + pages->trimmable_bytes + pages->pinned_bytes +
           pages->kept_bytes;
}
/* All is read: the last moment is whole, and sites_at_peak is filled in. */
void tide_residency_finish(tide_residency *residency);
