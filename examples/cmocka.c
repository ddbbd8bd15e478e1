/* The same in cmocka: a failure of an assertion is a failure of the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <tidemark/tidemark.h>

static void fail_test(const tide_failure *failure, void *arg) {
    (void)arg;
    _fail(failure->file, failure->line);
}

static void a_list_of_ten_takes_ten_blocks(void **state) {
    (void)state;
    struct item {
        struct item *next;
    } *list = NULL;
    tide_check check;
    tide_check_begin(&check, "list");
    for (int i = 0; i < 10; i++) {
        struct item *item = malloc(sizeof *item);
        item->next = list;
        list = item;
    }
    tide_assert_exactly(&check, TIDE_CURRENT_BLOCKS, 10);
    while (list) {
        struct item *next = list->next;
        free(list);
        list = next;
    }
    tide_assert_exactly(&check, TIDE_CURRENT_BYTES, 0);
    tide_check_end(&check);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_list_of_ten_takes_ten_blocks)};
    tide_on_failure(fail_test, NULL);
    return tide_start() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
