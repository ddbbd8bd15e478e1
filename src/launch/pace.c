#include "launch/pace.h"

static const uint64_t SECOND_NS = 1000 * 1000 * 1000;
static const uint64_t FIRST_MOMENT_NS = SECOND_NS;
static const uint64_t TICK_MIN_NS = SECOND_NS / 100, TICK_MAX_NS = SECOND_NS / 20, TICKS_PER_RUN = 100;
static const uint64_t SAMPLES_PER_RUN = 2048, MOMENTS_PER_RUN = 512;
static const uint64_t PSS_GAP_MIN_NS = SECOND_NS / 10;
static const uint64_t MOMENT_COST_SHARE = 200, PSS_COST_SHARE = 1000; /* of a CPU: 0.5 %, 0.1 % */
static const uint64_t FILE_BYTES_PER_DOUBLING = 4 << 20;

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

void tide_pace_init(tide_pace *pace) {
    *pace = (tide_pace){.moment_due_ns = FIRST_MOMENT_NS};
}

uint64_t tide_pace_tick_gap_ns(uint64_t now_ns) {
    uint64_t gap_ns = larger(TICK_MIN_NS, now_ns / TICKS_PER_RUN);
    return gap_ns < TICK_MAX_NS ? gap_ns : TICK_MAX_NS;
}

void tide_pace_sampled(tide_pace *pace, uint64_t now_ns) {
    pace->sample_due_ns = now_ns + larger(tide_pace_tick_gap_ns(now_ns), now_ns / SAMPLES_PER_RUN);
}

/* The kernel visits each page, so that the cost grows with the process: what a gap was measured for does not pay for
 * what comes after it. The whole run does. */
void tide_pace_pss_taken(tide_pace *pace, uint64_t now_ns, uint64_t cost_ns) {
    uint64_t gap_ns = larger(PSS_GAP_MIN_NS, now_ns / SAMPLES_PER_RUN);
    pace->pss_cost_ns += cost_ns;
    pace->pss_due_ns = larger(now_ns + gap_ns, (pace->pss_cost_ns + cost_ns) * PSS_COST_SHARE);
}

/* After writing b bytes at time t, nothing more before t * 2^(b / per doubling): so the bytes written until T are at
 * most per doubling * log2(T / 1 s), plus the last block. 2^f <= 1 + f for 0 <= f <= 1, which spares the logarithms and
 * errs on the small side. */
static uint64_t time_that_pays_for(uint64_t file_bytes, uint64_t now_ns) {
    uint64_t doublings = file_bytes / FILE_BYTES_PER_DOUBLING, rest = file_bytes % FILE_BYTES_PER_DOUBLING;
    uint64_t start_ns = larger(now_ns, FIRST_MOMENT_NS);
    if (doublings >= (uint64_t)__builtin_clzll(start_ns) - 1)
        return UINT64_MAX;
    uint64_t due_ns = start_ns << doublings;
    return due_ns + (uint64_t)((unsigned __int128)due_ns * rest / FILE_BYTES_PER_DOUBLING);
}

void tide_pace_moment_written(tide_pace *pace, uint64_t now_ns, uint64_t cost_ns, uint64_t file_bytes) {
    uint64_t gap_ns = larger(FIRST_MOMENT_NS, now_ns / MOMENTS_PER_RUN);
    gap_ns = larger(gap_ns, cost_ns * MOMENT_COST_SHARE);
    pace->moment_due_ns = larger(now_ns + gap_ns, time_that_pays_for(file_bytes, now_ns));
}
