/* One block after another: what realloc may do, and what cannot be had.
 * Usage: blocks resizes|failures|chains|untouched|growing */
#include "tally.h"
#include <errno.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>

static tally made;

/* ---- in place, moved, to nothing */
PLACE static void *resized_make(size_t bytes) {
    tally_made(&made, bytes);
    return malloc(bytes);
}

PLACE static void *resize(void *block, size_t old_bytes, size_t bytes) {
    tally_freed(&made, old_bytes);
    tally_made(&made, bytes);
    return realloc(block, bytes);
}

static void run_resizes(void) {
    char *block = resized_make(1000);
    char *wall = resized_make(50);
    block = resize(block, 1000, 100); /* shrinks in place */
    REQUIRE(malloc_usable_size(block) >= 100);
    block = resize(block, 100, 900); /* grows into what it gave back */
    block = resize(block, 900, 900);
    block = resize(block, 900, 40000);    /* moves */
    block = resize(block, 40000, 300000); /* to a mapping of its own */
    block = resize(block, 300000, 3000000);
    block = resize(block, 3000000, 16);
    block = resize(block, 16, 0x12345);
    tally_freed(&made, 0x12345);
    errno = 77;
    block = realloc(block, 0); /* glibc frees it */
    REQUIRE(!block && errno == 77);
    REQUIRE(resized_make(0));
    tally_freed(&made, 50);
    free(wall);
    tally_print("resized_make", &made);
}

/* ---- what fails changes nothing */
PLACE static void *failing_make(size_t bytes) {
    void *block = malloc(bytes);
    if (block)
        tally_made(&made, bytes);
    return block;
}

static size_t opaque(size_t bytes) {
    __asm__("" : "+r"(bytes));
    return bytes;
}

static void run_failures(void) {
    size_t huge = opaque(PTRDIFF_MAX), half = opaque(SIZE_MAX / 2 + 2);
    void *block = failing_make(100), *other;
    memset(block, 'x', 100);
    errno = 0;
    REQUIRE(!failing_make(huge) && errno == ENOMEM);
    errno = 0;
    REQUIRE(!realloc(block, huge) && errno == ENOMEM);
    errno = 0;
    REQUIRE(!reallocarray(block, half, 2) && errno == ENOMEM);
    errno = 0;
    REQUIRE(!calloc(half, 2) && errno == ENOMEM);
    errno = 0;
    REQUIRE(!reallocarray(NULL, half, 3) && errno == ENOMEM);
    REQUIRE(posix_memalign(&other, 64, huge) == ENOMEM); /* errno: glibc sets it or not */
    REQUIRE(posix_memalign(&other, 3, 10) == EINVAL);
    errno = 0;
    REQUIRE(!memalign(64, huge) && errno == ENOMEM);
    errno = 0;
    REQUIRE(!valloc(huge) && errno == ENOMEM);
    REQUIRE(((char *)block)[99] == 'x');
    /* and what succeeds leaves errno alone */
    errno = 12345;
    other = failing_make(200);
    REQUIRE(errno == 12345);
    tally_freed(&made, 200);
    free(other);
    REQUIRE(errno == 12345);
    free(NULL);
    other = failing_make(64 << 20); /* a mapping: munmap and madvise are called */
    tally_freed(&made, 64 << 20);
    free(other);
    REQUIRE(errno == 12345);
    tally_print("failing_make", &made);
}

/* ---- a thousand chains of reallocs that start from nothing */
PLACE static char *chain_make(void) {
    char *block = NULL;
    size_t bytes = 0;
    for (int i = 0; i < 40; i++) {
        tally_made(&made, bytes + 13);
        if (block)
            tally_freed(&made, bytes);
        block = realloc(block, bytes += 13);
    }
    return block;
}

static void run_chains(void) {
    char *last = NULL;
    for (int i = 0; i < 1000; i++) {
        char *block = chain_make();
        if (i % 3) {
            tally_freed(&made, 520);
            free(block);
        } else {
            last = block;
        }
    }
    REQUIRE(last);
    tally_print("chain_make", &made);
}

/* ---- large memory is not touched by anybody */
static long peak_kib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

PLACE static void untouched_make(void) {
    for (int i = 0; i < 4; i++) {
        char *block = calloc(128, 1 << 20);
        REQUIRE(block);
        tally_made(&made, 128 << 20);
        block[1 << 20] = 1;
    }
}

static void run_untouched(void) {
    long before = peak_kib();
    untouched_make();
    dprintf(STDOUT_FILENO, "grew %ld\n", peak_kib() - before);
    tally_print("untouched_make", &made);
}

PLACE static void growing_make(void) {
    enum { STEP = 8 << 20, END = 800 << 20 };
    char *block = NULL;
    for (size_t bytes = STEP; bytes <= END; bytes += STEP) {
        tally_made(&made, bytes);
        if (block)
            tally_freed(&made, bytes - STEP);
        block = realloc(block, bytes);
        REQUIRE(block);
        for (size_t i = bytes - STEP; i < bytes; i += 64 << 10)
            block[i] = 1;
    }
}

static void run_growing(void) {
    struct rusage usage;
    growing_make();
    getrusage(RUSAGE_SELF, &usage);
    dprintf(STDOUT_FILENO, "faults %ld\n", usage.ru_minflt);
    tally_print("growing_make", &made);
}

int main(int argc, char **argv) {
    const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {{"resizes", run_resizes},
                 {"failures", run_failures},
                 {"chains", run_chains},
                 {"untouched", run_untouched},
                 {"growing", run_growing}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc > 1 && !strcmp(argv[1], cases[i].name)) {
            cases[i].run();
            return 0;
        }
    return 2;
}
