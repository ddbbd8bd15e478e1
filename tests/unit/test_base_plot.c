#include "base/plot.h"
#include "check.h"
#include <string.h>

enum { COLUMNS = 30, PLOT_COLUMNS = 20 }; /* labels take 10 */

/* Owned (free). */
static char *print(const tide_plot *plot, unsigned columns, unsigned rows, bool is_unicode) {
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    tide_plot_print(out, plot, columns, rows, &(tide_style){.is_unicode = is_unicode});
    fclose(out);
    return text;
}

static void expect_text(const tide_plot *plot, unsigned rows, bool is_unicode, const char *expected) {
    char *text = print(plot, COLUMNS, rows, is_unicode);
    assert_string_equal(text, expected);
    free(text);
}

static void the_highest_point_reaches_the_top(void **state) {
    (void)state;
    tide_plot plot = {0};
    for (uint64_t i = 0; i < PLOT_COLUMNS; i++)
        tide_plot_add(&plot, 1000000000 * i, (i < 16 ? i : 31 - i) << 20);
    expect_text(&plot, 2, true,
                " 15.0 MiB         ▁▂▃▄▅▆▇██▇▆▅\n"
                "           ▁▂▃▄▅▆▇████████████\n"
                "          0 s           19.0 s\n");
    tide_plot_free(&plot);
}

static void between_two_points_the_first_one_holds(void **state) {
    (void)state;
    tide_plot plot = {0};
    tide_plot_add(&plot, 0, 1024);
    tide_plot_add(&plot, 5000000000, 2048);
    tide_plot_add(&plot, 10000000000, 0);
    expect_text(&plot, 2, false,
                " 2.00 KiB          ########## \n"
                "          ################### \n"
                "          0 s           10.0 s\n");
    tide_plot_free(&plot);
}

static void a_high_point_survives_however_many_there_are(void **state) {
    (void)state;
    tide_plot plot = {0};
    for (uint64_t i = 0; i < 100000; i++)
        tide_plot_add(&plot, i, i == 77777 ? 900 : i % 2);
    assert_in_range(plot.points.count, 1, 4096);
    uint64_t highest_count = 0;
    for (size_t i = 0; i < plot.points.count; i++) {
        assert_true(i == 0 || plot.points.at[i].time_ns > plot.points.at[i - 1].time_ns);
        highest_count += plot.points.at[i].bytes == 900 && plot.points.at[i].time_ns == 77777;
    }
    assert_int_equal(highest_count, 1);
    tide_plot_free(&plot);
}

static void what_cannot_be_drawn_is_not(void **state) {
    (void)state;
    tide_plot plot = {0};
    expect_text(&plot, 2, true, "");
    tide_plot_add(&plot, 0, 0);
    expect_text(&plot, 2, true, "");
    tide_plot_add(&plot, 1000, 0);
    char *narrow = print(&plot, 5, 2, true);
    assert_string_equal(narrow, "");
    free(narrow);
    narrow = print(&plot, COLUMNS, 1, true);
    assert_true(strncmp(narrow, "      0 B ", 10) == 0);
    free(narrow);
    tide_plot_free(&plot);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_point_reaches_the_top),
        cmocka_unit_test(between_two_points_the_first_one_holds),
        cmocka_unit_test(a_high_point_survives_however_many_there_are),
        cmocka_unit_test(what_cannot_be_drawn_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
