#include "outside/sampler.h"

static const uint64_t LOOK_GAP_MIN_NS = 1000000, LOOK_GAP_AT_REST_NS = 4000000;
static const uint64_t AT_REST_NS = 10000000;
static const uint64_t HEARTBEAT_NS = 1000000000;
static const int64_t ADVANCE_NS = 100000000, SAVINGS_MAX_NS = 200000000;
static const uint64_t SHARE = 100; /* a hundredth of a CPU */
static const double GAIN_SHARE_MIN = 0.01, GROWTH_MAX = 16;
enum { PAGE_BYTES = 4096, GAIN_PART_MIN = 512 }; /* less than a 512th of the peak is not looked for */
enum { LOOK_PART = 8 };                          /* looks take less than an eighth of a CPU */

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t difference(uint64_t a, uint64_t b) {
    return a > b ? a - b : b - a;
}

void tide_sampler_init(tide_sampler *sampler, uint64_t time_ns, uint64_t cpu_ns) {
    *sampler = (tide_sampler){.last = {.time_ns = time_ns, .cpu_ns = cpu_ns},
                              .saved_ns = ADVANCE_NS,
                              .look_gap_ns = LOOK_GAP_MIN_NS};
}

static void save_and_spend(tide_sampler *sampler, const tide_look *look) {
    uint64_t spent_ns = look->cpu_ns - sampler->last.cpu_ns;
    uint64_t earned_ns = (look->time_ns - sampler->last.time_ns) / SHARE;
    bool has_only_looked = !sampler->has_read || sampler->read_ns != sampler->last.time_ns;
    if (has_only_looked)
        sampler->look_cost_ns = spent_ns;
    sampler->saved_ns += (int64_t)earned_ns - (int64_t)spent_ns;
    if (sampler->saved_ns > SAVINGS_MAX_NS)
        sampler->saved_ns = SAVINGS_MAX_NS;
}

static bool is_at_rest(const tide_sampler *sampler) {
    return sampler->last.time_ns - sampler->moved_ns >= AT_REST_NS;
}

/* The pace of looks: fast while something moves, unless there are so many processes that looks alone would use up the
 * advance before the growth is over. At rest, and when most of the savings are gone, so slow that they take
 * half of what comes in; at rest a quarter, until the advance is paid back. */
static void pace_looks(tide_sampler *sampler, bool is_read_pending) {
    uint64_t sparing_gap_ns = 2 * SHARE * sampler->look_cost_ns,
             rest_gap_ns = sampler->saved_ns < ADVANCE_NS ? 2 * sparing_gap_ns : sparing_gap_ns;
    if (is_read_pending || !is_at_rest(sampler))
        sampler->look_gap_ns = larger(LOOK_GAP_MIN_NS, LOOK_PART * sampler->look_cost_ns);
    else
        sampler->look_gap_ns = smaller(2 * sampler->look_gap_ns, larger(LOOK_GAP_AT_REST_NS, rest_gap_ns));
    if (sampler->saved_ns < ADVANCE_NS / 4)
        sampler->look_gap_ns = larger(sampler->look_gap_ns, sparing_gap_ns);
}

/* A reading's cost grows with what there is to read. */
static uint64_t expected_cost_ns(const tide_sampler *sampler, uint64_t rss_bytes) {
    double growth = (double)rss_bytes / (double)(sampler->read_rss_bytes + 1);
    return growth > 1 && growth < GROWTH_MAX ? (uint64_t)(growth * (double)sampler->read_cost_ns)
                                             : sampler->read_cost_ns;
}

/* Whether what may be gained is worth a reading while more may come: the dearer one is, the more that has to be. What
 * another one costs stays saved, for when it comes to rest. */
static bool is_worth_it(const tide_sampler *sampler, uint64_t gain_bytes, uint64_t rss_bytes) {
    int64_t cost_ns = (int64_t)expected_cost_ns(sampler, rss_bytes), left_ns = sampler->saved_ns - cost_ns;
    if (left_ns < cost_ns)
        return false;
    double share = (double)cost_ns / (double)left_ns;
    return (double)gain_bytes >=
           (share < GAIN_SHARE_MIN ? GAIN_SHARE_MIN : share) * (double)sampler->best_pss_bytes;
}

bool tide_sampler_look(tide_sampler *sampler, const tide_look *look) {
    bool moved =
        look->rss_bytes != sampler->last.rss_bytes || look->faults_count != sampler->last.faults_count;
    save_and_spend(sampler, look);
    sampler->last = *look;
    if (moved)
        sampler->moved_ns = look->time_ns;

    uint64_t moved_bytes = larger(difference(look->rss_bytes, sampler->read_rss_bytes),
                                  (look->faults_count - sampler->read_faults_count) * PAGE_BYTES);
    uint64_t best_bytes = sampler->best_pss_bytes;
    uint64_t gain_bytes = look->rss_bytes > best_bytes ? look->rss_bytes - best_bytes : 0;
    gain_bytes = smaller(gain_bytes, moved_bytes); /* at most that */
    bool is_pending = gain_bytes > best_bytes / GAIN_PART_MIN;
    pace_looks(sampler, is_pending);
    if (!sampler->has_read)
        return true;
    if (look->time_ns - sampler->read_ns >= HEARTBEAT_NS &&
        sampler->saved_ns >= ADVANCE_NS + (int64_t)sampler->read_cost_ns)
        return true;
    return is_pending && sampler->saved_ns > 0 &&
           (is_at_rest(sampler) || is_worth_it(sampler, gain_bytes, look->rss_bytes));
}

void tide_sampler_read(tide_sampler *sampler, uint64_t pss_bytes, uint64_t cost_ns) {
    sampler->has_read = true;
    sampler->read_ns = sampler->last.time_ns;
    sampler->read_cost_ns = cost_ns;
    sampler->read_rss_bytes = sampler->last.rss_bytes;
    sampler->read_faults_count = sampler->last.faults_count;
    sampler->best_pss_bytes = larger(sampler->best_pss_bytes, pss_bytes);
}
