/* track/tally: what passes through an owner, a thread, the process, counted when somebody has asked for it.
 *
 *   tide_count_alloc, tide_count_free (track/counters.h)
 *      └ thread.tallies, not 0?  ─► the site's owner, its parents … row 0 (process), thread.tally
 *
 * One test per event, of a word that stands beside what the event needs anyway, is all that others pay. */
#pragma once
#include "track/process.h"

enum {                              /* bits of thread.tallies */
       TIDE_TALLY_OWNERS = 1 << 0,  /* there are some */
       TIDE_TALLY_PROCESS = 1 << 1, /* somebody measures it */
       TIDE_TALLY_THREAD = 1 << 2,  /* somebody measures this one */
};

/* A block of the site is counted as allocated, freed, resized by `thread`. Out of line, not cold: gcc would make it
 * small instead of quick. */
__attribute__((noinline)) void tide_tally_alloc(tide_thread *thread, uint32_t site, uint64_t bytes);
__attribute__((noinline)) void tide_tally_free(tide_thread *thread, uint32_t site, uint64_t bytes);
TIDE_COLD void tide_tally_resize(tide_thread *thread, uint32_t site, uint64_t old_bytes, uint64_t new_bytes);

/* From now on the bits are set in all threads, or, of TIDE_TALLY_THREAD, in this one. False: no room. */
bool tide_tally_want(tide_thread *thread, uint32_t bits);

/* A peak from now on. */
TIDE_HOT void tide_tally_restart_peak(tide_tally *tally) {
    tally->peak_bytes = (int64_t)(tally->allocated_bytes - tally->freed_bytes);
    tally->peak_blocks = (int64_t)(tally->allocated_blocks - tally->freed_blocks);
}
