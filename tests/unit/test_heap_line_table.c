#include "check.h"
#include "heap/line_table.h"
#include <stdlib.h>
#include <string.h>

enum { HEAD = 0x80 };
#define ENTRY(code, units) (uint8_t)(HEAD | (code) << 3 | ((units)-1))

static void every_form_moves_the_line_as_it_says(void **state) {
    (void)state;
    static const uint8_t table[] = {
        ENTRY(0, 1),  0x21,                /* 0: line 10 */
        ENTRY(11, 2), 4,          8,       /* 2, 4: one more */
        ENTRY(13, 1), 3 << 1,              /* 6: three more */
        ENTRY(15, 1),                      /* 8: none */
        ENTRY(14, 8), 5 << 1 | 1, 1, 2, 3, /* 10 … 24: five less */
        ENTRY(13, 1), 64 | 2,     1,       /* 26: (2 | 1 << 6) / 2 = 33 more */
    };
    static const struct {
        int32_t offset;
        uint32_t line;
    } wanted[] = {{-2, 10}, {0, 10}, {2, 11}, {4, 11}, {6, 14}, {8, 0}, {10, 9}, {24, 9}, {26, 42}, {28, 0}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_int_equal(tide_line_table_find(table, sizeof table, 10, wanted[i].offset), wanted[i].line);
}

static void a_table_that_is_cut_is_not_read_beyond(void **state) {
    (void)state;
    static const uint8_t table[] = {ENTRY(14, 8), 64, 64, 64, 64, 64, 64, 64};
    for (size_t bytes = 0; bytes <= sizeof table; bytes++) {
        uint8_t *copy = malloc(bytes + !bytes);
        memcpy(copy, table, bytes);
        (void)tide_line_table_find(copy, bytes, 1, 2);
        (void)tide_line_table_find(copy, bytes, 1, INT32_MAX);
        free(copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_moves_the_line_as_it_says),
        cmocka_unit_test(a_table_that_is_cut_is_not_read_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
