#include "base/format.h"
#include "check.h"

typedef struct figure {
    uint64_t value;
    const char *text;
} figure;

static void check_all(char *(*format)(char *, uint64_t), const figure *figures, size_t count) {
    char out[TIDE_FORMAT_MAX];
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(format(out, figures[i].value), out);
        assert_string_equal(out, figures[i].text);
    }
}

static void bytes_have_three_digits_and_their_unit(void **state) {
    (void)state;
    static const figure figures[] = {
        {0, "0 B"},
        {1, "1 B"},
        {1023, "1023 B"},
        {1024, "1.00 KiB"},
        {1536, "1.50 KiB"},
        {10 * 1024 - 1, "10.0 KiB"}, /* not 10.00 */
        {10 * 1024, "10.0 KiB"},
        {100 * 1024 - 1, "100 KiB"}, /* not 100.0 */
        {1023 * 1024, "1023 KiB"},
        {1024 * 1024 - 1, "1.00 MiB"}, /* not 1024 KiB */
        {1024 * 1024, "1.00 MiB"},
        {103494451, "98.7 MiB"},
        {1320702444, "1.23 GiB"},
        {(uint64_t)5 << 40, "5.00 TiB"},
        {(uint64_t)5 << 50, "5.00 PiB"},
        {UINT64_MAX, "16.0 EiB"},
    };
    check_all(tide_format_bytes, figures, sizeof figures / sizeof *figures);
}

static void counts_have_commas(void **state) {
    (void)state;
    static const figure figures[] = {
        {0, "0"},
        {999, "999"},
        {1000, "1,000"},
        {1234567, "1,234,567"},
        {UINT64_MAX, "18,446,744,073,709,551,615"},
    };
    check_all(tide_format_count, figures, sizeof figures / sizeof *figures);
}

static void durations_change_unit_without_a_gap(void **state) {
    (void)state;
    const uint64_t s = 1000000000u, minute = 60 * s, hour = 60 * minute, day = 24 * hour;
    const figure figures[] = {
        {0, "0 ns"},
        {812, "812 ns"},
        {1000, "1.00 us"},
        {999499, "999 us"},
        {999500, "1.00 ms"},
        {1200000, "1.20 ms"},
        {999600000, "1.00 s"},
        {3450 * s / 1000, "3.45 s"},
        {59949 * s / 1000, "59.9 s"},
        {59960 * s / 1000, "1m00s"},
        {2 * minute + 5 * s, "2m05s"},
        {hour - s / 10, "1h00m"},
        {3 * hour + 2 * minute, "3h02m"},
        {day - s, "1d00h"},
        {4 * day + 3 * hour, "4d03h"},
        {UINT64_MAX, "213504d00h"}, /* 213503 days, 23 h 35 min, to the hour */
    };
    check_all(tide_format_duration, figures, sizeof figures / sizeof *figures);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_have_three_digits_and_their_unit),
        cmocka_unit_test(counts_have_commas),
        cmocka_unit_test(durations_change_unit_without_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
