/* launch/pace: when to look at a tracked process. Pure arithmetic on times and costs, no clock of its own.
 *
 *   tick     the ledger's clock is set      every 10 ms; after 1 s every 1/100 of the run so far, at most 50 ms
 *   sample   heap and RSS, one point        with each tick, later every 1/2048 of the run so far
 *   PSS      a sample that is exact         every 100 ms at most, and 0.1 % of a CPU, the next one counted in
 *   moment   all sites' counts              after 1 s, then every 1/512 of the run so far, at most 0.5 % of a CPU,
 *                                           and at most 4 MiB of file for each doubling of the run
 *
 * Waking up is what a tick costs, 50 µs where it was measured: 0.5 % of a CPU at first, 0.1 % later.
 * So a recording has about 1,500 samples and 350 moments for each doubling of its length: a run of a week, 19 doublings
 * beyond the first second, stays below 80 MiB however much its moments hold. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct tide_pace { /* times since the process's start; zeroed is a fresh one */
    uint64_t sample_due_ns, pss_due_ns, moment_due_ns;
    uint64_t pss_cost_ns; /* of all so far */
} tide_pace;

void tide_pace_init(tide_pace *pace);

/* From a tick at `now_ns` to the next one. */
uint64_t tide_pace_tick_gap_ns(uint64_t now_ns);

/* Say that it was done at `now_ns`, so that the next one's time is known. `cost_ns`: CPU time that it took, times the
 * number of processes that are recorded at once, since they share one budget. */
void tide_pace_sampled(tide_pace *pace, uint64_t now_ns);
void tide_pace_pss_taken(tide_pace *pace, uint64_t now_ns, uint64_t cost_ns);
void tide_pace_moment_written(tide_pace *pace, uint64_t now_ns, uint64_t cost_ns, uint64_t file_bytes);
