#include "base/err.h"
#include "check.h"
#include <errno.h>
#include <string.h>

static void fail_fills_the_text_and_returns_the_code(void **state) {
    (void)state;
    tide_err err = {.offset_bytes = 77};
    assert_int_equal(tide_fail(&err, -EBADMSG, "block %d of %s", 3, "x.tide"), -EBADMSG);
    assert_string_equal(err.text, "block 3 of x.tide");
    assert_int_equal(err.offset_bytes, 0);
}

static void fail_without_a_place_for_the_text_still_returns_the_code(void **state) {
    (void)state;
    assert_int_equal(tide_fail(NULL, -ENOENT, "unused"), -ENOENT);
}

static void percent_m_is_the_text_of_errno_and_errno_survives(void **state) {
    (void)state;
    tide_err err;
    errno = ENOSPC;
    tide_fail(&err, -errno, "cannot write: %m");
    assert_int_equal(errno, ENOSPC);
    assert_string_equal(err.text, "cannot write: No space left on device");
}

static void a_text_too_long_is_cut_and_terminated(void **state) {
    (void)state;
    tide_err err;
    tide_fail(&err, -EIO, "%2000d", 1);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_fills_the_text_and_returns_the_code),
        cmocka_unit_test(fail_without_a_place_for_the_text_still_returns_the_code),
        cmocka_unit_test(percent_m_is_the_text_of_errno_and_errno_survives),
        cmocka_unit_test(a_text_too_long_is_cut_and_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
