#include "base/vec.h"
#include "check.h"

static void pushed_items_are_zeroed_and_stay_in_order(void **state) {
    (void)state;
    TIDE_VEC(int) numbers = {0};
    for (int i = 0; i < 1000; i++) {
        int *item = tide_vec_push(&numbers);
        assert_int_equal(*item, 0);
        *item = i;
    }
    assert_int_equal(numbers.count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers.at[i], i);
    tide_vec_free(&numbers);
}

static void extend_gives_the_first_of_the_new_items(void **state) {
    (void)state;
    TIDE_VEC(short) numbers = {0};
    *tide_vec_push(&numbers) = 5;
    short *more = tide_vec_extend(&numbers, 100);
    assert_ptr_equal(more, numbers.at + 1);
    assert_int_equal(numbers.count, 101);
    for (int i = 0; i < 100; i++)
        assert_int_equal(more[i], 0);
    assert_int_equal(numbers.at[0], 5);
    tide_vec_free(&numbers);
}

static void room_used_before_is_zeroed_again(void **state) {
    (void)state;
    TIDE_VEC(char) bytes = {0};
    memset(tide_vec_extend(&bytes, 8), 'x', 8);
    bytes.count = 0;
    assert_memory_equal(tide_vec_extend(&bytes, 8), "\0\0\0\0\0\0\0\0", 8);
    tide_vec_free(&bytes);
}

static void an_empty_extension_of_an_empty_vector_is_a_valid_place(void **state) {
    (void)state;
    TIDE_VEC(int) numbers = {0};
    assert_non_null(tide_vec_extend(&numbers, 0));
    assert_int_equal(numbers.count, 0);
    tide_vec_free(&numbers);
}

static void free_leaves_an_empty_vector(void **state) {
    (void)state;
    TIDE_VEC(int) numbers = {0};
    *tide_vec_push(&numbers) = 1;
    tide_vec_free(&numbers);
    assert_null(numbers.at);
    assert_int_equal(numbers.count, 0);
    *tide_vec_push(&numbers) = 3;
    assert_int_equal(numbers.at[0], 3);
    tide_vec_free(&numbers);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushed_items_are_zeroed_and_stay_in_order),
        cmocka_unit_test(extend_gives_the_first_of_the_new_items),
        cmocka_unit_test(room_used_before_is_zeroed_again),
        cmocka_unit_test(an_empty_extension_of_an_empty_vector_is_a_valid_place),
        cmocka_unit_test(free_leaves_an_empty_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
