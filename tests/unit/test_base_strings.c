#include "base/strings.h"
#include "check.h"
#include <stdio.h>

static void the_empty_string_is_index_zero(void **state) {
    (void)state;
    tide_strings strings = {0};
    assert_string_equal(tide_strings_get(&strings, 0), "");
    assert_int_equal(tide_strings_add(&strings, ""), 0);
    assert_int_equal(tide_strings_add(&strings, "a"), 1);
    assert_int_equal(tide_strings_add(&strings, ""), 0);
    tide_strings_free(&strings);
}

static void equal_strings_share_an_index(void **state) {
    (void)state;
    tide_strings strings = {0};
    uint32_t main_index = tide_strings_add(&strings, "main"),
             mai_index = tide_strings_add_n(&strings, "main", 3);
    assert_int_not_equal(main_index, mai_index);
    assert_int_equal(tide_strings_add_n(&strings, "mainly", 4), main_index);
    assert_int_equal(tide_strings_add(&strings, "mai"), mai_index);
    assert_string_equal(tide_strings_get(&strings, mai_index), "mai");
    tide_strings_free(&strings);
}

static void an_index_out_of_range_is_not_known(void **state) {
    (void)state;
    tide_strings strings = {0};
    tide_strings_add(&strings, "x");
    assert_string_equal(tide_strings_get(&strings, 2), "");
    assert_string_equal(tide_strings_get(&strings, UINT32_MAX), "");
    tide_strings_free(&strings);
}

static void a_nul_inside_ends_the_string(void **state) {
    (void)state;
    tide_strings strings = {0};
    uint32_t index = tide_strings_add_n(&strings, "ab\0cd", 5);
    assert_string_equal(tide_strings_get(&strings, index), "ab");
    assert_int_equal(tide_strings_add(&strings, "ab"), index);
    tide_strings_free(&strings);
}

/* A different string is put where the hash of "second" points, as if both had the same one. */
static void strings_with_one_hash_are_told_apart(void **state) {
    (void)state;
    tide_strings strings = {0}, probe = {0};
    tide_strings_add(&probe, "second");
    uint64_t hash = 0;
    for (size_t i = 0; i < probe.by_hash.slot_count; i++)
        if (probe.by_hash.slots[i].value_plus_one)
            hash = probe.by_hash.slots[i].key;
    uint32_t first = tide_strings_add(&strings, "first");
    tide_map_set(&strings.by_hash, hash, first);
    uint32_t second = tide_strings_add(&strings, "second");
    assert_int_not_equal(first, second);
    assert_string_equal(tide_strings_get(&strings, second), "second");
    assert_int_equal(tide_strings_add(&strings, "second"), second);
    tide_strings_free(&probe);
    tide_strings_free(&strings);
}

static void ten_thousand_strings_keep_their_indices(void **state) {
    (void)state;
    tide_strings strings = {0};
    char text[32];
    for (uint32_t i = 1; i <= 10000; i++) {
        snprintf(text, sizeof text, "function_%u", i);
        assert_int_equal(tide_strings_add(&strings, text), i);
    }
    assert_string_equal(tide_strings_get(&strings, 5000), "function_5000");
    assert_int_equal(tide_strings_add(&strings, "function_77"), 77);
    tide_strings_free(&strings);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_empty_string_is_index_zero),
        cmocka_unit_test(equal_strings_share_an_index),
        cmocka_unit_test(an_index_out_of_range_is_not_known),
        cmocka_unit_test(a_nul_inside_ends_the_string),
        cmocka_unit_test(strings_with_one_hash_are_told_apart),
        cmocka_unit_test(ten_thousand_strings_keep_their_indices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
