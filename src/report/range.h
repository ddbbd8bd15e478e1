/* report/range: a stretch of the run as a heap of its own: what was allocated in it, and what of that lives at its end.
 *
 *   moments of the file   ───┬───────┬───────┬───────┬──►     of each site
 *                           from            to                allocated  at `to` less at `from`
 *   live bytes of a site     30      10      50               live       at `to` less the least in between: 40
 *
 * Recordings know sites, not blocks. Of the blocks that lived at `from`, at most the least that the site held since can
 * be left at `to`; all others there are new. So `live` is never too much. It is too little when a site never held less
 * and still replaced old blocks by new ones; at most it is what was allocated, or all that lives. */
#pragma once
#include "recording/recording.h"

typedef struct tide_range_site {
    tide_counts start, end; /* lifetime_ns as in tide_moment_seen */
    uint64_t least_bytes, least_blocks;
} tide_range_site;

typedef struct tide_range {
    uint64_t from_ns, to_ns; /* asked for; afterwards the moments around them that the file has */
    uint64_t live_bytes_max; /* of the heap; equal to what the sites have when that is exact */
    uint64_t start_ns;       /* of the last moment up to `from_ns`; 0: the program's start */
    bool is_begun, is_ended;
    TIDE_VEC(tide_range_site) sites;
} tide_range;

/* To be called for each moment, as tide_moment_seen is. `arg` is the tide_range, with from_ns and to_ns set and all
 * else zero. */
void tide_range_see(void *arg, const tide_heap *heap, const tide_change *changes, size_t change_count);
/* When all is read: make the counts and totals of `recording` those of the range, its peak the end of the
 * range; time_ns stays. A site's lifetime is what its blocks, older ones too, lived within the range. -ERANGE: it
 * begins after the recording's end. */
int tide_range_cut(tide_range *range, tide_recording *recording, tide_err *err);
void tide_range_free(tide_range *range);
