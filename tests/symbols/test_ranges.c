/* Flattened ranges against the plain definition, byte by byte. */
#include "symbols/ranges.h"
#include "unit/check.h"

enum { SPACE = 200, NOTHING = 0xffff };

static uint32_t next_random(uint32_t *seed) {
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* The innermost of all ranges that hold `address`, by the header's rule. */
static uint32_t innermost(const tide_ranges *ranges, uint64_t address) {
    const tide_range *best = NULL;
    for (size_t i = 0; i < ranges->count; i++) {
        const tide_range *range = &ranges->at[i];
        if (address < range->start || address >= range->end)
            continue;
        if (!best || range->start > best->start || (range->start == best->start && range->end < best->end) ||
            (range->start == best->start && range->end == best->end && range->value > best->value))
            best = range;
    }
    return best ? best->value : NOTHING;
}

static void any_ranges_give_the_innermost(void **state) {
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        tide_ranges ranges = {0}, flat = {0};
        uint32_t count = next_random(&seed) % 20;
        for (uint32_t i = 0; i < count; i++) {
            uint64_t start = next_random(&seed) % SPACE, length = next_random(&seed) % (SPACE - start + 1);
            tide_ranges_add(&ranges, start, start + length, i);
            tide_ranges_add(&flat, start, start + length, i);
        }
        tide_ranges_flatten(&flat);
        for (uint64_t address = 0; address <= SPACE; address++) {
            const tide_range *found = tide_ranges_find(&flat, address);
            assert_int_equal(found ? found->value : NOTHING, innermost(&ranges, address));
        }
        for (size_t i = 1; i < flat.count; i++)
            assert_true(flat.at[i - 1].end <= flat.at[i].start);
        tide_vec_free(&ranges);
        tide_vec_free(&flat);
    }
}

static void the_ends_of_the_address_space_are_addresses_too(void **state) {
    (void)state;
    tide_ranges ranges = {0};
    tide_ranges_add(&ranges, 0, 10, 1);
    tide_ranges_add(&ranges, UINT64_MAX - 10, UINT64_MAX, 2);
    tide_ranges_add(&ranges, 7, 7, 3);
    tide_ranges_add(&ranges, 9, 3, 4);
    tide_ranges_flatten(&ranges);
    assert_int_equal(ranges.count, 2);
    assert_int_equal(tide_ranges_find(&ranges, 0)->value, 1);
    assert_null(tide_ranges_find(&ranges, 10));
    assert_int_equal(tide_ranges_find(&ranges, UINT64_MAX - 1)->value, 2);
    assert_null(tide_ranges_find(&ranges, UINT64_MAX));
    tide_vec_free(&ranges);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_ranges_give_the_innermost),
        cmocka_unit_test(the_ends_of_the_address_space_are_addresses_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
