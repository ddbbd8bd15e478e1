#include "base/map.h"
#include "check.h"

static void an_empty_map_has_nothing(void **state) {
    (void)state;
    tide_map map = {0};
    uint32_t value;
    assert_false(tide_map_get(&map, 0, &value));
    tide_map_free(&map);
}

static void zero_and_all_ones_are_keys_like_any_other(void **state) {
    (void)state;
    tide_map map = {0};
    uint32_t value = 99;
    tide_map_set(&map, 0, 0);
    tide_map_set(&map, UINT64_MAX, 7);
    assert_true(tide_map_get(&map, 0, &value));
    assert_int_equal(value, 0);
    assert_true(tide_map_get(&map, UINT64_MAX, &value));
    assert_int_equal(value, 7);
    assert_false(tide_map_get(&map, 1, &value));
    tide_map_free(&map);
}

static void put_keeps_the_first_value_and_says_whether_it_is_new(void **state) {
    (void)state;
    tide_map map = {0};
    bool is_new;
    assert_int_equal(tide_map_put(&map, 42, 1, &is_new), 1);
    assert_true(is_new);
    assert_int_equal(tide_map_put(&map, 42, 2, &is_new), 1);
    assert_false(is_new);
    assert_int_equal(map.count, 1);
    tide_map_free(&map);
}

static void set_replaces(void **state) {
    (void)state;
    tide_map map = {0};
    uint32_t value;
    tide_map_set(&map, 42, 1);
    tide_map_set(&map, 42, 2);
    assert_true(tide_map_get(&map, 42, &value));
    assert_int_equal(value, 2);
    tide_map_free(&map);
}

/* Page-aligned keys share their low bits: a map that did not mix them would walk one long chain. */
static void a_hundred_thousand_aligned_keys_survive_growth(void **state) {
    (void)state;
    tide_map map = {0};
    for (uint32_t i = 0; i < 100000; i++)
        tide_map_set(&map, (uint64_t)i << 12, i);
    assert_int_equal(map.count, 100000);
    assert_true(map.count * 2 <= map.slot_count);
    for (uint32_t i = 0; i < 100000; i++) {
        uint32_t value = 0;
        assert_true(tide_map_get(&map, (uint64_t)i << 12, &value));
        assert_int_equal(value, i);
        assert_false(tide_map_get(&map, ((uint64_t)i << 12) + 1, &value));
    }
    tide_map_free(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(zero_and_all_ones_are_keys_like_any_other),
        cmocka_unit_test(put_keeps_the_first_value_and_says_whether_it_is_new),
        cmocka_unit_test(set_replaces),
        cmocka_unit_test(a_hundred_thousand_aligned_keys_survive_growth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
