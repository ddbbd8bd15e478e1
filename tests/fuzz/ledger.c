/* The reader of ledgers. An input is what a program may have written:
 *
 *   flags     1 byte: bit 0 the program has ended; bit 1 the reader looked before, when half of the log was there
 *   log       2 bytes of length in bytes (little-endian), then the log
 *   patches   until the end: 2 bytes of place (in words of 8 bytes, from the file's start), 8 bytes to put there
 *
 * over an image with good regions and nothing in them. */
#include "fuzz.h"
#include "heap/ledger_reader.h"
#include "ledger_image.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void require(bool promise) {
    if (!promise)
        abort();
}

/* One file, mapped once, for all inputs. */
static fuzz_ledger_image *image(int *ret_fd) {
    static fuzz_ledger_image *mapped;
    static int fd;
    if (!mapped) {
        fd = memfd_create("ledger", MFD_CLOEXEC);
        require(fd >= 0 && !ftruncate(fd, sizeof *mapped));
        mapped = mmap(NULL, sizeof *mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        require(mapped != MAP_FAILED);
    }
    *ret_fd = fd;
    return mapped;
}

static size_t put_log(fuzz_ledger_image *into, const uint8_t *data, size_t size) {
    size_t count = data[0] | (size_t)data[1] << 8;
    if (count > size - 2)
        count = size - 2;
    memcpy(into->log, data + 2, count < sizeof into->log ? count : sizeof into->log);
    into->header.log_words = count / sizeof(uint64_t);
    return 2 + count;
}

static void put_patches(fuzz_ledger_image *into, const uint8_t *data, size_t size) {
    for (; size >= 10; data += 10, size -= 10) {
        size_t place = (data[0] | (size_t)data[1] << 8) % (sizeof *into / 8);
        memcpy((uint8_t *)into + place * 8, data + 2, 8);
    }
}

static void read_image(fuzz_ledger_image *from, int fd, bool is_final, bool is_second) {
    tide_ledger *ledger;
    tide_heap heap;
    tide_err err = {0};
    tide_heap_init(&heap);
    require(!tide_ledger_open(&ledger, fd, &err));
    int failed = 0;
    if (is_second) {
        uint64_t words = from->header.log_words;
        from->header.log_words = words / 2;
        failed = tide_ledger_read(ledger, &heap, false, &err);
        from->header.log_words = words;
    }
    if (!failed)
        failed = is_final ? tide_ledger_read(ledger, &heap, true, &err)
                          : tide_ledger_read_now(ledger, &heap, &err);
    require(!failed || (failed == -EBADMSG && err.text[0]));
    fuzz_check_heap(&heap); /* after a failure too: what was read before stays valid */
    tide_heap_free(&heap);
    tide_ledger_free(ledger);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 3)
        return 0;
    int fd;
    fuzz_ledger_image *into = image(&fd);
    fuzz_ledger_init(into);
    uint8_t flags = data[0];
    size_t done = 1 + put_log(into, data + 1, size - 1);
    put_patches(into, data + done, size - done);
    read_image(into, fd, flags & 1, flags & 2);
    return 0;
}
