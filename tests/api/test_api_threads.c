/* Many threads at once: a million blocks of a thousand owners, freed by other threads; sections of threads. */
#include "use.h"
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, OWNERS = 1000, BLOCKS = 1000000, PER_THREAD = BLOCKS / THREADS, REPETITIONS = 1000 };

static tide_owner owners[OWNERS];
static void *blocks[BLOCKS];

static size_t bytes_of(size_t block) {
    return block % 97 + 1;
}

/* What a thread returns when something was not as it should be. */
static void *wrong(const char *what) {
    print_error("%s\n", what);
    return blocks;
}

/* Thread k allocates its quarter, and frees half of that of the one before it. */
static void *allocate(void *arg) {
    size_t first = (size_t)(uintptr_t)arg * PER_THREAD;
    for (size_t i = first; i < first + PER_THREAD; i++) {
        tide_owner owner = owners[i % OWNERS];
        if (tide_owner_enter(owner))
            return wrong("enter");
        blocks[i] = take(bytes_of(i));
        if (tide_owner_leave(owner))
            return wrong("leave");
    }
    return NULL;
}
static void *free_half(void *arg) {
    size_t first = ((size_t)(uintptr_t)arg + 1) % THREADS * PER_THREAD;
    for (size_t i = first; i < first + PER_THREAD; i++)
        if (i / OWNERS % 2)
            give(blocks[i]);
    return NULL;
}

static void in_all_threads(void *(*work)(void *)) {
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)i), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        void *fault;
        pthread_join(threads[i], &fault);
        assert_null(fault);
    }
}

static void a_million_blocks_of_a_thousand_owners_add_up(void **state) {
    (void)state;
    static uint64_t total[OWNERS], live[OWNERS];
    tide_owner all = tide_owner_create("all", TIDE_UNOWNED);
    for (unsigned i = 0; i < OWNERS; i++) {
        char name[16];
        snprintf(name, sizeof name, "owner %u", i);
        owners[i] = tide_owner_create(name, all);
        assert_int_not_equal(owners[i], TIDE_UNOWNED);
    }
    in_all_threads(allocate);
    in_all_threads(free_half);
    uint64_t all_live = 0;
    for (size_t i = 0; i < BLOCKS; i++) {
        total[i % OWNERS] += bytes_of(i);
        live[i % OWNERS] += i / OWNERS % 2 ? 0 : bytes_of(i);
    }
    for (unsigned i = 0; i < OWNERS; i++) {
        tide_usage usage = usage_of_owner(owners[i]);
        assert_int_equal(usage.total_bytes, total[i]);
        assert_int_equal(usage.total_blocks, BLOCKS / OWNERS);
        assert_int_equal(usage.current_bytes, live[i]);
        assert_int_equal(usage.current_blocks, BLOCKS / OWNERS / 2);
        assert_int_equal(usage.peak_bytes, total[i]); /* all were there before the first was freed */
        all_live += live[i];
    }
    assert_int_equal(usage_of_owner(all).current_bytes, all_live);
    assert_int_equal(usage_of_owner(all).total_blocks, BLOCKS);
    for (size_t i = 0; i < BLOCKS; i++)
        if (!(i / OWNERS % 2))
            give(blocks[i]);
    assert_int_equal(usage_of_owner(all).current_bytes, 0);
}

static void *measure_alone(void *arg) {
    size_t bytes = 100 + (size_t)(uintptr_t)arg;
    for (unsigned i = 0; i < REPETITIONS; i++) {
        tide_check check;
        tide_usage usage;
        if (tide_check_begin(&check, "alone"))
            return wrong("begin");
        void *block = take(bytes);
        give(take(2 * bytes));
        bool is_right = !tide_section_read(&check.section, &usage) && usage.total_bytes == 3 * bytes &&
                        usage.current_bytes == (int64_t)bytes && usage.peak_bytes == (int64_t)(3 * bytes);
        give(block);
        if (!is_right)
            return wrong("figures");
        if (tide_check_end(&check))
            return wrong("end");
    }
    return NULL;
}

static void sections_of_threads_do_not_see_each_other(void **state) {
    (void)state;
    in_all_threads(measure_alone);
}

static void *do_everything(void *arg) {
    for (unsigned i = 0; i < 200; i++) {
        char name[32];
        snprintf(name, sizeof name, "thread %u", (unsigned)(uintptr_t)arg);
        tide_owner owner = tide_owner_create(name, TIDE_UNOWNED);
        tide_section process, thread;
        tide_usage usage;
        void *block;
        if (tide_section_begin(&process, "process", TIDE_PROCESS) ||
            tide_section_begin(&thread, "thread", TIDE_THREAD) || tide_owner_enter(owner))
            return wrong("begin");
        block = take(64);
        tide_event("everything", 1);
        tide_owner_charge(owner, TIDE_USED, 5);
        bool is_right = tide_owner_of(block) == owner && !tide_usage_of_process(&usage) && !tide_peak_reset();
        give(block);
        if (!is_right)
            return wrong("middle");
        if (tide_owner_leave(owner) || tide_section_end(&thread, &usage) || usage.peak_bytes < 64 ||
            tide_section_end(&process, &usage))
            return wrong("end");
    }
    return NULL;
}

static void all_calls_at_once(void **state) {
    (void)state;
    in_all_threads(do_everything);
    tide_charges charges;
    assert_int_equal(tide_owner_charges(tide_owner_create("thread 0", TIDE_UNOWNED), &charges), 0);
    assert_int_equal(charges.bytes[TIDE_USED], 1000);
}

int main(void) {
    if (tide_start())
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_blocks_of_a_thousand_owners_add_up),
        cmocka_unit_test(sections_of_threads_do_not_see_each_other),
        cmocka_unit_test(all_calls_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
