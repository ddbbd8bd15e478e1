/* report/steps: what happened at each site between one time and the next, thinned to what fits into a page.
 *
 *   moments   t1 {site 0, 3}   t2 {1}   t3 {0}   t4 {2}   …       thousands of them, each with the sites that changed
 *   steps     t2 {site 0, 1, 3}         t4 {0, 2}         …       at most TIDE_STEPS_MAX
 *
 * When there are too many, each two neighbours become one: its time is the later one's, and so are the figures. So what
 * a step says is exact at its time, and the last step is the last moment. Not thread-safe. */
#pragma once
#include "recording/recording.h"

enum { TIDE_STEPS_MAX = 256, TIDE_STEPS_ROWS_MAX = 400000 };

typedef struct tide_step_row { /* of a site, from the program's start up to the step's time */
    uint32_t site;
    uint64_t total_bytes, total_blocks;
    uint64_t live_bytes, live_blocks;
} tide_step_row;

typedef TIDE_VEC(tide_step_row) tide_step_rows;

typedef struct tide_step {
    uint64_t time_ns;
    tide_step_rows rows; /* the sites that changed since the step before, ascending */
} tide_step;

typedef struct tide_steps {    /* all zero at first */
    TIDE_VEC(tide_step) items; /* by time */
    size_t rows_count;         /* in all of them */
} tide_steps;

/* To be called for each moment, as tide_moment_seen is; `arg` is the tide_steps. Of a recording with
 * more sites, more rows are kept. Cost: O(changes), amortized. */
void tide_steps_see(void *arg, const tide_heap *heap, const tide_change *changes, size_t change_count);
void tide_steps_free(tide_steps *steps);
