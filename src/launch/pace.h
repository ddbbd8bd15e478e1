/* launch/pace: when to look at a tracked process. Pure arithmetic on times and costs, no clock of its own.
 *
 *   tick     the ledger's clock is set      every 10 ms
 *   sample   heap and RSS, one point        every 10 ms, later every 1/2048 of the run so far
 *   PSS      a sample that is exact         every 100 ms at most, and 0.2 % of a CPU, the next one counted in
 *   moment   all sites' counts              after 1 s, then every 1/512 of the run so far, at most 0.5 % of a CPU,
 *                                           and at most 4 MiB of file for each doubling of the run
 *
 * So a recording has about 1,500 samples and 350 moments for each doubling of its length: a run of a week, 19 doublings
 * beyond the first second, stays below 80 MiB however much its moments hold. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { TIDE_PACE_TICK_NS = 10 * 1000 * 1000 };

typedef struct tide_pace { /* times since the process's start; zeroed is a fresh one */
    uint64_t sample_due_ns, pss_due_ns, moment_due_ns;
    uint64_t pss_cost_ns; /* of all so far */
} tide_pace;

void tide_pace_init(tide_pace *pace);

/* Say that it was done at `now_ns`, so that the next one's time is known. `cost_ns`: CPU time that it took, times the
 * number of processes that are recorded at once, since they share one budget. */
void tide_pace_sampled(tide_pace *pace, uint64_t now_ns);
void tide_pace_pss_taken(tide_pace *pace, uint64_t now_ns, uint64_t cost_ns);
void tide_pace_moment_written(tide_pace *pace, uint64_t now_ns, uint64_t cost_ns, uint64_t file_bytes);
