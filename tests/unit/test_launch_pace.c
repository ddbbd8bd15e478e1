#include "check.h"
#include "launch/pace.h"

static const uint64_t SECOND_NS = 1000000000ull;
static const uint64_t WEEK_NS = 7ull * 24 * 3600 * 1000000000ull;

typedef struct run { /* what a simulated run did */
    uint64_t sample_count, moment_count, pss_count;
    uint64_t moment_bytes, moment_cost_ns, pss_cost_ns;
} run;

/* What the n-th moment writes. */
typedef uint64_t (*moment_size)(uint64_t n);

static uint64_t earliest(const tide_pace *pace) {
    uint64_t due_ns = pace->sample_due_ns < pace->pss_due_ns ? pace->sample_due_ns : pace->pss_due_ns;
    return due_ns < pace->moment_due_ns ? due_ns : pace->moment_due_ns;
}

static run simulate(uint64_t length_ns, moment_size size, uint64_t moment_cost_ns, uint64_t pss_cost_ns) {
    tide_pace pace;
    tide_pace_init(&pace);
    run result = {0};
    for (uint64_t now_ns = 0; now_ns < length_ns; now_ns = earliest(&pace)) {
        if (now_ns >= pace.sample_due_ns) {
            result.sample_count++;
            tide_pace_sampled(&pace, now_ns);
        }
        if (now_ns >= pace.pss_due_ns) {
            result.pss_count++;
            result.pss_cost_ns += pss_cost_ns;
            tide_pace_pss_taken(&pace, now_ns, pss_cost_ns);
        }
        if (now_ns >= pace.moment_due_ns) {
            uint64_t bytes = size(result.moment_count++);
            result.moment_bytes += bytes;
            result.moment_cost_ns += moment_cost_ns;
            tide_pace_moment_written(&pace, now_ns, moment_cost_ns, bytes);
        }
    }
    return result;
}

static uint64_t small(uint64_t n) {
    (void)n;
    return 2 << 10;
}
static uint64_t megabyte(uint64_t n) {
    (void)n;
    return 1 << 20;
}
static uint64_t huge(uint64_t n) {
    (void)n;
    return 15 << 20;
}
static uint64_t now_small_now_large(uint64_t n) {
    return n % 50 == 49 ? 6 << 20 : 1 << 10;
}

static void a_week_of_any_program_is_below_100_mb(void **state) {
    (void)state;
    const moment_size sizes[] = {small, megabyte, huge, now_small_now_large};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        run week = simulate(WEEK_NS, sizes[i], 1000000, 100000);
        const uint64_t bytes_per_sample = 40; /* five varints, uncompressed */
        assert_in_range(week.moment_bytes + week.sample_count * bytes_per_sample, 1 << 20, 100 * 1000 * 1000);
        assert_true(week.moment_count >= 5);
    }
}

static void a_program_with_few_sites_gets_a_fine_timeline(void **state) {
    (void)state;
    run week = simulate(WEEK_NS, small, 100000, 100000);
    assert_in_range(week.moment_count, 3000, 8000);
    assert_in_range(week.sample_count, 19000, 30000);
    run second = simulate(SECOND_NS, small, 100000, 100000);
    assert_in_range(second.sample_count, 100, 100);
    assert_int_equal(second.moment_count, 0);
    run ten_seconds = simulate(10 * SECOND_NS, small, 100000, 100000);
    assert_in_range(ten_seconds.moment_count, 9, 9);
    assert_in_range(ten_seconds.pss_count, 90, 101);
    assert_in_range(ten_seconds.sample_count, 300, 400);
}

/* The first look at each cannot know its cost; it is the budget of what follows. */
static void looking_keeps_to_its_share(void **state) {
    (void)state;
    const uint64_t costs_ns[] = {1000, 1000000, 50000000, SECOND_NS, 30 * SECOND_NS};
    for (size_t i = 0; i < sizeof costs_ns / sizeof *costs_ns; i++) {
        run day = simulate(24 * 3600 * SECOND_NS, small, costs_ns[i], costs_ns[i]);
        uint64_t day_ns = 24 * 3600 * SECOND_NS;
        assert_in_range(day.moment_cost_ns, costs_ns[i], day_ns / 200 + costs_ns[i]);
        assert_in_range(day.pss_cost_ns, costs_ns[i], day_ns / 1000 + costs_ns[i]);
    }
}

/* A program that grows all the time: each look costs 1/300 of the time so far. */
static void no_look_before_the_run_has_paid_for_the_others(void **state) {
    (void)state;
    tide_pace pace;
    tide_pace_init(&pace);
    uint64_t cost_ns = 0, count = 0;
    for (uint64_t now_ns = 0; now_ns < 1000 * SECOND_NS; now_ns = pace.pss_due_ns, count++) {
        assert_true(cost_ns <= now_ns / 1000);
        cost_ns += now_ns / 300;
        tide_pace_pss_taken(&pace, now_ns, now_ns / 300);
    }
    assert_true(count >= 5);
}

static void a_doubling_adds_at_most_4_mib_and_the_last_block(void **state) {
    (void)state;
    uint64_t shorter = simulate(1000 * SECOND_NS, megabyte, 0, 0).moment_bytes;
    uint64_t longer = simulate(2000 * SECOND_NS, megabyte, 0, 0).moment_bytes;
    assert_in_range(longer - shorter, 2 << 20, 5 << 20);
}

static void a_block_that_nothing_could_pay_for_is_the_last(void **state) {
    (void)state;
    tide_pace pace;
    tide_pace_init(&pace);
    tide_pace_moment_written(&pace, SECOND_NS, 0, UINT64_MAX);
    assert_true(pace.moment_due_ns == UINT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_week_of_any_program_is_below_100_mb),
        cmocka_unit_test(a_program_with_few_sites_gets_a_fine_timeline),
        cmocka_unit_test(looking_keeps_to_its_share),
        cmocka_unit_test(no_look_before_the_run_has_paid_for_the_others),
        cmocka_unit_test(a_doubling_adds_at_most_4_mib_and_the_last_block),
        cmocka_unit_test(a_block_that_nothing_could_pay_for_is_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
