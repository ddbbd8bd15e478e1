/* Sections and counts, linked and without the tool: each figure is known beforehand, or by replaying what was done. */
#include "use.h"
#include <pthread.h>
#include <string.h>

static void a_section_counts_what_its_thread_does(void **state) {
    (void)state;
    tide_section section;
    tide_usage usage;
    char *before = take(50);
    assert_int_equal(tide_section_begin(&section, "simple", TIDE_THREAD), 0);
    char *a = take(100), *b = take(200);
    give(a);
    give(before);
    b = realloc(b, 300);
    assert_int_equal(tide_section_end(&section, &usage), 0);
    give(b);
    assert_int_equal(usage.total_bytes, 600);
    assert_int_equal(usage.total_blocks, 3);
    assert_int_equal(usage.freed_bytes, 350);
    assert_int_equal(usage.freed_blocks, 3);
    assert_int_equal(usage.current_bytes, 250);
    assert_int_equal(usage.peak_bytes, 300);
}

/* What the peak of a stretch of events is, found by adding up. */
static void replay(const int64_t *changes, size_t from, size_t to, int64_t *ret_peak) {
    int64_t now = 0;
    *ret_peak = 0;
    for (size_t i = from; i < to; i++)
        if ((now += changes[i]) > *ret_peak)
            *ret_peak = now;
}

enum { EVENTS = 3000, SLOTS = 64, DEPTH_MAX = 12 };

static void a_peak_is_that_of_the_replay(void **state) {
    (void)state;
    static int64_t changes[EVENTS];
    struct {
        void *block;
        size_t bytes;
    } slots[SLOTS] = {0};
    struct {
        tide_section section;
        size_t from;
    } open[DEPTH_MAX];
    unsigned depth = 0, checked = 0;
    for (size_t i = 0; i < EVENTS; i++) {
        unsigned slot = (unsigned)rand() % SLOTS;
        if (slots[slot].block) {
            changes[i] = -(int64_t)slots[slot].bytes;
            give(slots[slot].block);
            slots[slot].block = NULL;
        } else {
            slots[slot].bytes = (size_t)rand() % 5000 + 1;
            changes[i] = (int64_t)slots[slot].bytes;
            slots[slot].block = take(slots[slot].bytes);
        }
        if (depth < DEPTH_MAX && rand() % 9 == 0) {
            open[depth].from = i + 1;
            enum tide_scope scope = depth % 3 ? TIDE_THREAD : TIDE_PROCESS;
            assert_int_equal(tide_section_begin(&open[depth++].section, "replayed", scope), 0);
        } else if (depth && rand() % 9 == 0) {
            int64_t peak;
            tide_usage usage;
            replay(changes, open[--depth].from, i + 1, &peak);
            assert_int_equal(tide_section_end(&open[depth].section, &usage), 0);
            assert_int_equal(usage.peak_bytes, peak);
            checked++;
        }
    }
    while (depth)
        assert_int_equal(tide_section_end(&open[--depth].section, NULL), 0);
    for (unsigned i = 0; i < SLOTS; i++)
        give(slots[i].block);
    assert_true(checked > 100);
}

static void sections_of_the_process_may_overlap(void **state) {
    (void)state;
    tide_section first, second;
    tide_usage usage;
    assert_int_equal(tide_section_begin(&first, "first", TIDE_PROCESS), 0);
    char *a = take(1000);
    assert_int_equal(tide_section_begin(&second, "second", TIDE_PROCESS), 0);
    char *b = take(500);
    assert_int_equal(tide_section_end(&first, &usage), 0);
    assert_int_equal(usage.peak_bytes, 1500);
    give(a);
    char *c = take(2000);
    assert_int_equal(tide_section_end(&second, &usage), 0);
    assert_int_equal(usage.peak_bytes, 1500);
    assert_int_equal(usage.current_bytes, 1500);
    give(b), give(c);
}

static void *end_it(void *section) {
    return (void *)(intptr_t)tide_section_end(section, NULL);
}

static void misuse_is_an_error(void **state) {
    (void)state;
    tide_section outer, inner, never;
    tide_usage usage;
    memset(&never, 0xa5, sizeof never);
    assert_int_equal(tide_section_begin(NULL, "x", TIDE_THREAD), -EINVAL);
    assert_int_equal(tide_section_begin(&outer, NULL, TIDE_THREAD), -EINVAL);
    assert_int_equal(tide_section_begin(&outer, "x", (enum tide_scope)7), -EINVAL);
    assert_int_equal(tide_section_end(&never, NULL), -EINVAL);
    assert_int_equal(tide_section_end(NULL, NULL), -EINVAL);
    assert_int_equal(tide_section_read(&never, &usage), -EINVAL);
    assert_int_equal(tide_section_begin(&outer, "outer", TIDE_THREAD), 0);
    assert_int_equal(tide_section_begin(&outer, "outer", TIDE_THREAD), -EBUSY);
    assert_int_equal(tide_section_begin(&inner, "inner", TIDE_THREAD), 0);
    assert_int_equal(tide_section_end(&outer, NULL), -EBUSY);
    pthread_t other;
    void *code;
    assert_int_equal(pthread_create(&other, NULL, end_it, &inner), 0);
    pthread_join(other, &code);
    assert_int_equal((intptr_t)code, -EPERM);
    assert_int_equal(tide_section_read(&outer, NULL), -EINVAL);
    assert_int_equal(tide_section_end(&inner, NULL), 0);
    assert_int_equal(tide_section_end(&inner, NULL), -EINVAL);
    assert_int_equal(tide_section_end(&outer, NULL), 0);
}

static void a_scope_ends_itself(void **state) {
    (void)state;
    {
        TIDE_SECTION("scope");
        give(take(10));
    }
    tide_section section;
    tide_usage usage;
    assert_int_equal(tide_section_begin(&section, "after", TIDE_THREAD), 0);
    assert_int_equal(tide_section_end(&section, &usage), 0);
    assert_int_equal(usage.total_blocks, 0);
}

static void counts_of_process_and_thread_agree_with_what_was_done(void **state) {
    (void)state;
    tide_usage before, after, thread_before, thread_after;
    assert_int_equal(tide_usage_of_process(NULL), -EINVAL);
    assert_int_equal(tide_usage_of_thread(NULL), -EINVAL);
    assert_int_equal(tide_usage_of_thread(&thread_before), 0);
    assert_int_equal(tide_usage_of_process(&before), 0);
    char *block = take(12345);
    assert_int_equal(tide_usage_of_process(&after), 0);
    assert_int_equal(tide_usage_of_thread(&thread_after), 0);
    assert_int_equal(after.current_bytes - before.current_bytes, 12345);
    assert_int_equal(after.total_blocks - before.total_blocks, 1);
    assert_int_equal(thread_after.current_bytes - thread_before.current_bytes, 12345);
    assert_true(after.peak_bytes >= after.current_bytes);
    give(block);
}

static void a_peak_can_begin_again(void **state) {
    (void)state;
    tide_usage usage, thread;
    give(take(10000000));
    assert_int_equal(tide_usage_of_process(&usage), 0);
    assert_true(usage.peak_bytes >= 10000000);
    assert_int_equal(tide_peak_reset(), 0);
    assert_int_equal(tide_usage_of_process(&usage), 0);
    assert_int_equal(usage.peak_bytes, usage.current_bytes);
    assert_int_equal(usage.peak_blocks, usage.current_blocks);
    give(take(3000));
    int64_t current = usage.current_bytes;
    assert_int_equal(tide_usage_of_process(&usage), 0);
    assert_int_equal(usage.peak_bytes, current + 3000);
    assert_int_equal(tide_usage_of_thread(&thread), 0);
    assert_int_equal(thread.peak_bytes - thread.current_bytes, 3000);
}

static void after_a_stop_allocations_do_not_count_and_frees_do(void **state) {
    (void)state;
    tide_usage before, after;
    tide_section section;
    char *known = take(777);
    assert_int_equal(tide_usage_of_process(&before), 0);
    assert_int_equal(tide_section_begin(&section, "stopped", TIDE_THREAD), 0);
    assert_int_equal(tide_stop(), 0);
    assert_int_equal(tide_stop(), -ECANCELED);
    assert_false(tide_is_tracking());
    tide_section late;
    assert_int_equal(tide_section_begin(&late, "late", TIDE_THREAD), -ECANCELED);
    assert_int_equal(tide_event("late", 1), -ECANCELED);
    char *unknown = take(100000);
    unknown = realloc(unknown, 200000);
    give(known);
    assert_int_equal(tide_section_end(&section, NULL), 0);
    assert_int_equal(tide_start(), 0);
    assert_int_equal(tide_start(), 0);
    assert_true(tide_is_tracking());
    give(unknown);
    assert_int_equal(tide_usage_of_process(&after), 0);
    assert_int_equal(before.current_bytes - after.current_bytes, 777);
    assert_int_equal(before.total_blocks, after.total_blocks);
}

int main(void) {
    if (tide_is_tracking() || tide_section_end(NULL, NULL) != -ECANCELED || tide_start())
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_counts_what_its_thread_does),
        cmocka_unit_test(a_peak_is_that_of_the_replay),
        cmocka_unit_test(sections_of_the_process_may_overlap),
        cmocka_unit_test(misuse_is_an_error),
        cmocka_unit_test(a_scope_ends_itself),
        cmocka_unit_test(counts_of_process_and_thread_agree_with_what_was_done),
        cmocka_unit_test(a_peak_can_begin_again),
        cmocka_unit_test(after_a_stop_allocations_do_not_count_and_frees_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
