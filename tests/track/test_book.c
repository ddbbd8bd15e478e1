/* The ledger's tables, in files of several sizes. */
#include "check.h"
#include "ledger/writer.h"
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static int open_file(tide_book *book, uint64_t file_bytes) {
    int fd = memfd_create("book", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)file_bytes), 0);
    int code = tide_book_open(book, fd);
    close(fd);
    return code;
}

static void its_tables_lie_within_the_file(void **state) {
    (void)state;
    const uint64_t GIB = 1ull << 30, sizes[] = {TIDE_LEDGER_FILE_BYTES, 32 * GIB, 3 * GIB, GIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        tide_book book;
        assert_int_equal(open_file(&book, sizes[i]), 0);
        assert_true(book.mapped_bytes <= sizes[i]);
        tide_region last = book.header->rows;
        assert_true(last.offset + last.bytes <= sizes[i]);
        assert_true(tide_book_reach(&book.rows_open, last.bytes));
        book.rows[last.bytes - 1] = 1; /* SIGBUS, were it beyond the end */
        munmap(book.header, book.mapped_bytes);
    }
}

static void a_file_too_small_for_the_smallest_is_refused(void **state) {
    (void)state;
    tide_book book;
    assert_int_equal(open_file(&book, 0), -EFBIG);
    assert_int_equal(open_file(&book, 1 << 20), -EFBIG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_tables_lie_within_the_file),
        cmocka_unit_test(a_file_too_small_for_the_smallest_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
