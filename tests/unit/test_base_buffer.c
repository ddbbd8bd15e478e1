#include "base/buffer.h"
#include "check.h"
#include <string.h>

static tide_cursor cursor_on(const tide_buffer *buffer) {
    return (tide_cursor){.at = buffer->at, .end = buffer->at + buffer->count};
}

static void integers_are_little_endian(void **state) {
    (void)state;
    tide_buffer buffer = {0};
    tide_buffer_put_u32(&buffer, 0x04030201u);
    tide_buffer_put_u64(&buffer, 0x0c0b0a0908070605u);
    static const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    assert_int_equal(buffer.count, sizeof expected);
    assert_memory_equal(buffer.at, expected, sizeof expected);
    tide_cursor cursor = cursor_on(&buffer);
    assert_int_equal(tide_cursor_u32(&cursor), 0x04030201u);
    assert_int_equal(tide_cursor_u64(&cursor), 0x0c0b0a0908070605u);
    assert_false(cursor.failed);
    tide_buffer_free(&buffer);
}

static void varints_come_back_as_they_went_in(void **state) {
    (void)state;
    static const struct {
        uint64_t value;
        size_t length_bytes;
    } cases[] = {{0, 1}, {127, 1}, {128, 2}, {16383, 2}, {16384, 3}, {UINT32_MAX, 5}, {UINT64_MAX, 10}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tide_buffer buffer = {0};
        tide_buffer_put_varint(&buffer, cases[i].value);
        assert_int_equal(buffer.count, cases[i].length_bytes);
        tide_cursor cursor = cursor_on(&buffer);
        assert_true(tide_cursor_varint(&cursor) == cases[i].value);
        assert_false(cursor.failed);
        assert_ptr_equal(cursor.at, cursor.end);
        tide_buffer_free(&buffer);
    }
}

static void a_varint_of_more_than_64_bits_is_malformed(void **state) {
    (void)state;
    uint8_t bytes[11];
    memset(bytes, 0xff, sizeof bytes);
    tide_cursor cursor = {.at = bytes, .end = bytes + sizeof bytes};
    assert_int_equal(tide_cursor_varint(&cursor), 0);
    assert_true(cursor.failed);

    memset(bytes, 0x80, sizeof bytes);
    bytes[9] = 0x02; /* bit 64 */
    cursor = (tide_cursor){.at = bytes, .end = bytes + 10};
    assert_int_equal(tide_cursor_varint(&cursor), 0);
    assert_true(cursor.failed);
}

static void strings_carry_their_length(void **state) {
    (void)state;
    tide_buffer buffer = {0};
    tide_buffer_put_string(&buffer, "tide");
    tide_buffer_put_string(&buffer, "");
    tide_cursor cursor = cursor_on(&buffer);
    size_t length_bytes;
    const char *text = tide_cursor_string(&cursor, &length_bytes);
    assert_int_equal(length_bytes, 4);
    assert_memory_equal(text, "tide", 4);
    assert_non_null(tide_cursor_string(&cursor, &length_bytes));
    assert_int_equal(length_bytes, 0);
    assert_false(cursor.failed);
    tide_buffer_free(&buffer);
}

static void after_the_end_everything_fails_and_gives_nothing(void **state) {
    (void)state;
    static const uint8_t bytes[] = {9, 9, 9, 9, 9};
    tide_cursor cursor = {.at = bytes, .end = bytes + sizeof bytes};
    assert_int_equal(tide_cursor_u64(&cursor), 0);
    assert_true(cursor.failed);
    assert_int_equal(tide_cursor_u32(&cursor), 0); /* four bytes are there, but the record is lost */
    assert_int_equal(tide_cursor_varint(&cursor), 0);
    assert_null(tide_cursor_bytes(&cursor, 1));
    size_t length_bytes = 5;
    assert_null(tide_cursor_string(&cursor, &length_bytes));
    assert_int_equal(length_bytes, 0);
}

static void a_length_beyond_the_end_is_refused(void **state) {
    (void)state;
    tide_buffer buffer = {0};
    tide_buffer_put_varint(&buffer, UINT64_MAX);
    tide_buffer_put(&buffer, "abc", 3);
    tide_cursor cursor = cursor_on(&buffer);
    size_t length_bytes;
    assert_null(tide_cursor_string(&cursor, &length_bytes));
    assert_true(cursor.failed);
    tide_buffer_free(&buffer);
}

static void a_buffer_grows_to_what_is_put_in(void **state) {
    (void)state;
    tide_buffer buffer = {0};
    static const uint8_t block[1000] = {1, 2, 3};
    tide_buffer_put(&buffer, NULL, 0);
    for (int i = 0; i < 100; i++)
        tide_buffer_put(&buffer, block, sizeof block);
    assert_int_equal(buffer.count, 100000);
    assert_memory_equal(buffer.at + 99000, block, sizeof block);
    tide_buffer_free(&buffer);
    assert_null(buffer.at);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(varints_come_back_as_they_went_in),
        cmocka_unit_test(a_varint_of_more_than_64_bits_is_malformed),
        cmocka_unit_test(strings_carry_their_length),
        cmocka_unit_test(after_the_end_everything_fails_and_gives_nothing),
        cmocka_unit_test(a_length_beyond_the_end_is_refused),
        cmocka_unit_test(a_buffer_grows_to_what_is_put_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
