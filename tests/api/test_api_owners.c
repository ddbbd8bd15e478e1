/* Owners, what is charged to them, limits, hooks, untracked regions, pools: linked and without the tool. */
#include "use.h"
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>

static void a_block_stays_with_its_owner(void **state) {
    (void)state;
    tide_owner server = tide_owner_create("server", TIDE_UNOWNED), cache = tide_owner_create("cache", server);
    assert_int_not_equal(server, TIDE_UNOWNED);
    assert_int_equal(tide_owner_create("cache", server), cache);
    assert_int_not_equal(tide_owner_create("cache", TIDE_UNOWNED), cache);
    assert_int_equal(tide_owner_enter(cache), 0);
    assert_int_equal(tide_owner_current(), cache);
    char *block = take(100);
    assert_int_equal(tide_owner_enter(server), 0);
    block = realloc(block, 5000);
    assert_int_equal(tide_owner_leave(server), 0);
    assert_int_equal(tide_owner_leave(cache), 0);
    assert_int_equal(tide_owner_current(), TIDE_UNOWNED);
    assert_int_equal(tide_owner_of(block), cache);
    assert_int_equal(usage_of_owner(cache).current_bytes, 5000);
    assert_int_equal(usage_of_owner(server).current_bytes, 5000); /* what is below it is in it */
    assert_int_equal(usage_of_owner(server).peak_bytes, 5000);
    char *unowned = take(10);
    assert_int_equal(tide_owner_of(unowned), TIDE_UNOWNED);
    assert_true(usage_of_owner(TIDE_UNOWNED).current_bytes >= 10);
    give(unowned);
    give(block);
    assert_int_equal(usage_of_owner(cache).current_bytes, 0);
    assert_int_equal(usage_of_owner(cache).total_bytes, 5100);
    assert_int_equal(usage_of_owner(cache).peak_bytes, 5000);
}

static void one_function_allocates_for_many_owners(void **state) {
    (void)state;
    tide_owner owners[20];
    void *blocks[20];
    for (unsigned i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "owner %u", i);
        owners[i] = tide_owner_create(name, TIDE_UNOWNED);
    }
    for (unsigned round = 0; round < 100;
         round++) /* the same stack each time: remembered, and yet told apart */
        for (unsigned i = 0; i < 20; i++) {
            if (round)
                give(blocks[i]);
            assert_int_equal(tide_owner_enter(owners[i]), 0);
            blocks[i] = take(i + 1);
            assert_int_equal(tide_owner_leave(owners[i]), 0);
        }
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(usage_of_owner(owners[i]).current_bytes, i + 1);
        assert_int_equal(usage_of_owner(owners[i]).total_bytes, 100 * (i + 1));
        assert_int_equal(usage_of_owner(owners[i]).peak_bytes, i + 1);
        give(blocks[i]);
    }
}

static void leaving_what_was_not_entered_is_an_error(void **state) {
    (void)state;
    tide_owner a = tide_owner_create("a", TIDE_UNOWNED), b = tide_owner_create("b", TIDE_UNOWNED);
    assert_int_equal(tide_owner_leave(a), -EPERM);
    assert_int_equal(tide_owner_leave(TIDE_UNOWNED), -EPERM);
    assert_int_equal(tide_owner_enter(a), 0);
    assert_int_equal(tide_owner_leave(b), -EPERM);
    assert_int_equal(tide_owner_current(), a);
    assert_int_equal(tide_owner_enter(TIDE_UNOWNED), 0);
    assert_int_equal(tide_owner_leave(TIDE_UNOWNED), 0);
    assert_int_equal(tide_owner_leave(a), 0);
    assert_int_equal(tide_owner_enter(123456), -EINVAL);
    tide_usage usage;
    assert_int_equal(tide_owner_usage(123456, &usage), -EINVAL);
    assert_int_equal(tide_owner_create(NULL, TIDE_UNOWNED), TIDE_UNOWNED);
    assert_int_equal(tide_owner_create("x", 123456), TIDE_UNOWNED);
    unsigned depth = 0;
    while (tide_owner_enter(a) == 0)
        depth++;
    assert_int_equal(depth, 64);
    assert_int_equal(tide_owner_enter(a), -EOVERFLOW);
    while (depth--)
        assert_int_equal(tide_owner_leave(a), 0);
}

static void what_is_charged_is_taken_away_again(void **state) {
    (void)state;
    tide_owner a = tide_owner_create("actor a", TIDE_UNOWNED), b = tide_owner_create("actor b", TIDE_UNOWNED);
    tide_charges charges;
    assert_int_equal(tide_owner_charge(a, TIDE_USED, 100), 0);
    assert_int_equal(tide_owner_charge(a, TIDE_RESERVED, 4096), 0);
    assert_int_equal(tide_owner_transfer(a, b, TIDE_USED, 101), -ERANGE);
    assert_int_equal(tide_owner_transfer(a, b, TIDE_USED, 40), 0);
    assert_int_equal(tide_owner_uncharge(a, TIDE_USED, 61), -ERANGE);
    assert_int_equal(tide_owner_charges(a, &charges), 0);
    assert_int_equal(charges.bytes[TIDE_USED], 60);
    assert_int_equal(charges.bytes[TIDE_RESERVED], 4096);
    assert_int_equal(tide_owner_charges(b, &charges), 0);
    assert_int_equal(charges.bytes[TIDE_USED], 40);
    assert_int_equal(tide_owner_charge(a, TIDE_CLASSES, 1), -EINVAL);
    assert_int_equal(tide_owner_charge(TIDE_UNOWNED, TIDE_USED, 1), -EINVAL);
    assert_int_equal(tide_owner_uncharge(b, TIDE_USED, 40), 0);
    assert_int_equal(tide_owner_retire(b), 0);
    assert_int_equal(tide_owner_charge(b, TIDE_USED, 1), -EINVAL);
    assert_int_equal(tide_owner_create("actor c", TIDE_UNOWNED), b);
    assert_int_equal(tide_owner_retire(TIDE_UNOWNED), -EINVAL);
}

static unsigned reached_count;
static uint64_t reached_bytes;
static void reached(tide_owner owner, uint64_t current_bytes, void *arg) {
    (void)owner;
    give(take(1 << 20)); /* not recorded, and calls nothing */
    reached_count += arg == &reached_count;
    reached_bytes = current_bytes;
}

static void a_limit_calls_when_it_is_passed(void **state) {
    (void)state;
    tide_owner parent = tide_owner_create("limited", TIDE_UNOWNED),
               child = tide_owner_create("child", parent);
    assert_int_equal(tide_owner_limit(parent, 1000, reached, &reached_count), 0);
    assert_int_equal(tide_owner_limit(parent, 1000, NULL, NULL), -EINVAL);
    assert_int_equal(tide_owner_enter(child), 0);
    void *a = take(1000);
    assert_int_equal(reached_count, 0);
    void *b = take(1);
    assert_int_equal(reached_count, 1);
    assert_int_equal(reached_bytes, 1001);
    assert_int_equal(tide_owner_limit(parent, 0, NULL, NULL), 0);
    void *c = take(1);
    assert_int_equal(reached_count, 1);
    assert_int_equal(tide_owner_leave(child), 0);
    give(a), give(b), give(c);
}

static tide_hook_event seen[8];
static unsigned seen_allocated, seen_freed;
static void see_allocated(const tide_hook_event *event, void *arg) {
    (void)arg;
    give(take(33));
    if (seen_allocated + seen_freed < 8)
        seen[seen_allocated + seen_freed] = *event;
    seen_allocated++;
}
static void see_freed(const tide_hook_event *event, void *arg) {
    (void)arg;
    give(take(33));
    if (seen_allocated + seen_freed < 8)
        seen[seen_allocated + seen_freed] = *event;
    seen_freed++;
}

static void *free_it(void *block) {
    tide_owner_enter(tide_owner_create("freer", TIDE_UNOWNED));
    give(block);
    return NULL;
}

static void hooks_see_each_event_with_both_owners(void **state) {
    (void)state;
    static const tide_hooks hooks = {see_allocated, see_freed, NULL};
    tide_owner maker = tide_owner_create("maker", TIDE_UNOWNED),
               freer = tide_owner_create("freer", TIDE_UNOWNED);
    tide_usage before, after;
    assert_int_equal(tide_usage_of_process(&before), 0);
    assert_int_equal(tide_hooks_add(NULL), -EINVAL);
    assert_int_equal(tide_hooks_add(&hooks), 0);
    assert_int_equal(tide_hooks_add(&hooks), -EALREADY);
    assert_int_equal(tide_owner_enter(maker), 0);
    void *block = take(4321);
    assert_int_equal(tide_owner_leave(maker), 0);
    assert_int_equal(seen_allocated, 1);
    assert_ptr_equal(seen[0].address, block);
    assert_int_equal(seen[0].bytes, 4321);
    assert_int_equal(seen[0].owner, maker);
    assert_int_not_equal(seen[0].site, 0);
    block = realloc(block, 1234);
    assert_int_equal(seen_freed, 1);
    assert_int_equal(seen_allocated, 2);
    assert_int_equal(seen[2].bytes, 1234);
    assert_int_equal(seen[2].owner, maker);
    unsigned freed_before = seen_freed;
    pthread_t other;
    seen_allocated = 0, seen_freed = 0;
    assert_int_equal(pthread_create(&other, NULL, free_it, block), 0);
    pthread_join(other, NULL);
    bool is_seen = false;
    for (unsigned i = 0; i < 8; i++)
        is_seen |= seen[i].address == block && seen[i].bytes == 1234 && seen[i].owner == maker &&
                   seen[i].owner_now == freer;
    assert_true(is_seen);
    assert_int_equal(freed_before, 1);
    assert_int_equal(tide_hooks_remove(&hooks), 0);
    assert_int_equal(tide_hooks_remove(&hooks), -ENOENT);
    unsigned count = seen_allocated;
    give(take(7));
    assert_int_equal(seen_allocated, count);
    assert_int_equal(usage_of_owner(maker).current_bytes, 0);
    assert_int_equal(tide_usage_of_process(&after), 0);
    assert_true(after.total_blocks - before.total_blocks < 30); /* what the hooks allocate is not recorded */
}

static void an_untracked_region_is_not_recorded(void **state) {
    (void)state;
    tide_usage before, after;
    void *known = take(500);
    assert_int_equal(tide_usage_of_process(&before), 0);
    assert_int_equal(tide_untracked_begin(), 0);
    assert_int_equal(tide_untracked_begin(), 0);
    void *unknown = take(100000);
    assert_int_equal(tide_untracked_end(), 0);
    give(known);
    assert_int_equal(tide_untracked_end(), 0);
    assert_int_equal(tide_untracked_end(), -EPERM);
    assert_int_equal(tide_usage_of_process(&after), 0);
    assert_int_equal(before.current_bytes - after.current_bytes, 500);
    assert_int_equal(before.total_bytes, after.total_bytes);
    give(unknown);
}

static void a_pool_s_blocks_are_blocks(void **state) {
    (void)state;
    char *large = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    tide_owner owner = tide_owner_create("pool", TIDE_UNOWNED);
    assert_int_equal(tide_owner_enter(owner), 0);
    assert_int_equal(tide_pool_alloc(large, 100), 0);
    assert_int_equal(tide_pool_alloc(large + 128, 28), 0);
    assert_int_equal(tide_owner_leave(owner), 0);
    assert_int_equal(tide_pool_alloc(large + 1, 100), -EINVAL);
    assert_int_equal(tide_pool_alloc(NULL, 100), -EINVAL);
    assert_int_equal(usage_of_owner(owner).current_bytes, 128);
    assert_int_equal(tide_owner_of(large + 128), owner);
    assert_int_equal(tide_pool_free(large), 0);
    assert_int_equal(tide_pool_free(large + 128), 0);
    assert_int_equal(usage_of_owner(owner).current_bytes, 0);
    munmap(large, 1 << 16);
}

static void the_allocator_by_name_is_malloc(void **state) {
    (void)state;
    tide_section section;
    tide_usage usage;
    assert_int_equal(tide_section_begin(&section, "by name", TIDE_THREAD), 0);
    char *a = tide_malloc(10), *b = tide_calloc(3, 7), *c = tide_aligned_alloc(64, 128);
    assert_int_equal((uintptr_t)c % 64, 0);
    assert_int_equal(b[20], 0);
    a = tide_realloc(a, 20);
    tide_free(a);
    free(b);
    tide_free(c);
    tide_free(NULL);
    assert_int_equal(tide_section_end(&section, &usage), 0);
    assert_int_equal(usage.total_bytes, 10 + 21 + 128 + 20);
    assert_int_equal(usage.current_bytes, 0);
}

int main(void) {
    if (tide_owner_create("early", TIDE_UNOWNED) || tide_owner_enter(TIDE_UNOWNED) != -ECANCELED ||
        tide_start())
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_stays_with_its_owner),
        cmocka_unit_test(one_function_allocates_for_many_owners),
        cmocka_unit_test(leaving_what_was_not_entered_is_an_error),
        cmocka_unit_test(what_is_charged_is_taken_away_again),
        cmocka_unit_test(a_limit_calls_when_it_is_passed),
        cmocka_unit_test(hooks_see_each_event_with_both_owners),
        cmocka_unit_test(an_untracked_region_is_not_recorded),
        cmocka_unit_test(a_pool_s_blocks_are_blocks),
        cmocka_unit_test(the_allocator_by_name_is_malloc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
