/* report/history: how much each site held over time, at some of the moments that a recording has.
 *
 *   moments  1 2 3 4 5 6 7 8 9 …      points  1   3   5   7   …       each `stride`-th; when there are too many, every
 *                                                                     second one goes, and the stride doubles */
#pragma once
#include "recording/recording.h"

enum { TIDE_HISTORY_MAX = 64 }; /* points: memory is 8 bytes for each and each site */

typedef struct tide_history_point {
    uint64_t time_ns;
    uint64_t heap_bytes;           /* of all sites, but those that map memory */
    TIDE_VEC(uint64_t) live_bytes; /* of the sites that there were by then */
} tide_history_point;

typedef struct tide_history { /* all zero at first */
    TIDE_VEC(tide_history_point) points;
    size_t stride, moment_count;
} tide_history;

/* A tide_moment_seen; `arg` is the tide_history. Cost: O(sites) for each point. */
void tide_history_see(void *history, const tide_heap *heap, const tide_change *changes, size_t change_count);
void tide_history_free(tide_history *history);
