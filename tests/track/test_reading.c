/* The ledger's reader, while a program writes. */
#include "check.h"
#include "heap/ledger_reader.h"
#include "ledger/writer.h"
#include <pthread.h>
#include <unistd.h>

enum { THREADS = 2000, RECORD_WORDS = 4 };

/* As the tracker does it: a thread's row is published, then the first stack that names it. */
static void *start_threads(void *argument) {
    tide_book *book = argument;
    for (uint64_t i = 0; i < THREADS; i++) {
        tide_book_reach(&book->threads_open, (i + 1) * sizeof(tide_thread_row));
        tide_book_reach(&book->log_open, (i + 1) * RECORD_WORDS * sizeof *book->log);
        __atomic_store_n(&book->header->thread_count, (uint32_t)i + 1, __ATOMIC_RELEASE);
        uint64_t *record = book->log + i * RECORD_WORDS;
        record[0] = TIDE_LOG_SITE | RECORD_WORDS << 8 | (i + 1) << 32;
        record[2] = i | TIDE_MALLOC << 16;
        record[3] = 0x1000 + i;
        __atomic_store_n(&book->header->log_words, (i + 1) * RECORD_WORDS, __ATOMIC_RELEASE);
    }
    return NULL;
}

static void threads_may_start_at_any_moment(void **state) {
    (void)state;
    tide_ledger *ledger;
    tide_book book;
    tide_heap heap;
    tide_err err = {""};
    int fd;
    pthread_t writer;
    assert_int_equal(tide_ledger_new(&ledger, &fd, &err), 0);
    assert_int_equal(tide_book_open(&book, fd), 0);
    __atomic_store_n(&book.header->ready, 1, __ATOMIC_RELEASE);
    tide_heap_init(&heap);
    assert_int_equal(pthread_create(&writer, NULL, start_threads, &book), 0);
    while (heap.sites.count < THREADS) {
        if (tide_ledger_read(ledger, &heap, false, &err))
            fail_msg("%s", err.text);
        assert_true(heap.threads.count >= heap.sites.count);
    }
    pthread_join(writer, NULL);
    tide_heap_free(&heap);
    tide_ledger_free(ledger);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_may_start_at_any_moment)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
