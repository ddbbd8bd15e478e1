#include "check.h"
#include "outside/sampler.h"

static const uint64_t MS = 1000000, SECOND = 1000000000, MIB = 1 << 20, GIB = 1 << 30;
static const uint64_t LOOK_COST_NS = 50000, NS_PER_PAGE = 31;

/* A program that is one process: what it has at a time. */
struct memory {
    uint64_t rss_bytes, pss_bytes, faults_count;
};
typedef struct memory (*program_shape)(uint64_t time_ns);

struct outcome {
    uint64_t best_pss_bytes, looks_count, readings_count, cpu_ns;
};

static struct outcome simulate(program_shape program, uint64_t length_ns) {
    struct outcome outcome = {0};
    tide_sampler sampler;
    tide_sampler_init(&sampler, 0, 0);
    for (uint64_t now_ns = 0; now_ns < length_ns; now_ns += sampler.look_gap_ns) {
        struct memory memory = program(now_ns);
        outcome.looks_count++;
        outcome.cpu_ns += LOOK_COST_NS;
        tide_look look = {now_ns, outcome.cpu_ns, memory.rss_bytes, memory.faults_count};
        if (!tide_sampler_look(&sampler, &look))
            continue;
        uint64_t cost_ns = 50000 + memory.rss_bytes / 4096 * NS_PER_PAGE;
        outcome.readings_count++;
        outcome.cpu_ns += cost_ns;
        tide_sampler_read(&sampler, memory.pss_bytes, cost_ns);
    }
    outcome.best_pss_bytes = sampler.best_pss_bytes;
    return outcome;
}

static struct memory grown(uint64_t bytes) {
    return (struct memory){bytes, bytes, bytes / 4096};
}

static struct memory steady(uint64_t time_ns) {
    (void)time_ns;
    return grown(4 * GIB);
}

static struct memory growing(uint64_t time_ns) { /* 1 GiB in the first second */
    return grown(time_ns < SECOND ? time_ns : GIB);
}

static struct memory copying(
    uint64_t time_ns) { /* after a second, 300 MiB shared with a fork become private */
    uint64_t copied_bytes = time_ns < SECOND       ? 0
                            : time_ns < 2 * SECOND ? (time_ns - SECOND) * 3 / 10
                                                   : 300 * MIB;
    return (struct memory){600 * MIB, 300 * MIB + copied_bytes, copied_bytes / 4096};
}

static struct memory restless(uint64_t time_ns) { /* 4 GiB and a bit more all the time */
    return grown(4 * GIB + time_ns / 100);
}

static struct memory falling(uint64_t time_ns) {
    struct memory memory = grown(GIB - (time_ns < SECOND ? time_ns / 2 : GIB / 2));
    memory.faults_count = time_ns / 1000;
    return memory;
}

static struct memory exchanging(
    uint64_t time_ns) { /* a sharer outside ends after two seconds: no fault, no RSS */
    return (struct memory){100 * MIB, time_ns < 2 * SECOND ? 50 * MIB : 100 * MIB, 0};
}

static void a_steady_program_costs_one_percent(void **state) {
    (void)state;
    struct outcome outcome = simulate(steady, 100 * SECOND);
    assert_in_range(outcome.cpu_ns, 0, SECOND);
    assert_in_range(outcome.readings_count, 10, 100);
}

static struct memory filling(uint64_t time_ns) { /* 4 GiB in four seconds */
    return grown(time_ns < 4 * SECOND ? time_ns * 4 * GIB / (4 * SECOND) : 4 * GIB);
}

static void what_was_read_on_credit_is_paid_before_the_heartbeat(void **state) {
    (void)state;
    struct outcome outcome = simulate(filling, 25 * SECOND);
    assert_int_equal(outcome.best_pss_bytes, 4 * GIB);
    assert_in_range(outcome.cpu_ns, 0, 250 * MS);
}

static void a_program_that_never_rests_costs_one_percent(void **state) {
    (void)state;
    struct outcome outcome = simulate(restless, 100 * SECOND);
    assert_in_range(outcome.cpu_ns, 0, SECOND + 200 * MS);
}

static void growth_is_read_when_it_rests(void **state) {
    (void)state;
    assert_int_equal(simulate(growing, SECOND + 50 * MS).best_pss_bytes, GIB);
}

static void copy_on_write_is_seen_by_its_faults(void **state) {
    (void)state;
    assert_int_equal(simulate(copying, 2 * SECOND + 50 * MS).best_pss_bytes, 600 * MIB);
}

static void below_the_best_nothing_is_read_but_by_the_heartbeat(void **state) {
    (void)state;
    struct outcome outcome = simulate(falling, 3 * SECOND);
    assert_in_range(outcome.readings_count, 1, 4);
}

static void a_sharer_that_ends_is_seen_by_the_heartbeat(void **state) {
    (void)state;
    assert_int_equal(simulate(exchanging, 4 * SECOND).best_pss_bytes, 100 * MIB);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_program_costs_one_percent),
        cmocka_unit_test(what_was_read_on_credit_is_paid_before_the_heartbeat),
        cmocka_unit_test(a_program_that_never_rests_costs_one_percent),
        cmocka_unit_test(growth_is_read_when_it_rests),
        cmocka_unit_test(copy_on_write_is_seen_by_its_faults),
        cmocka_unit_test(below_the_best_nothing_is_read_but_by_the_heartbeat),
        cmocka_unit_test(a_sharer_that_ends_is_seen_by_the_heartbeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
