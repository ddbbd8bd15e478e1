/* Mappings: what the program maps itself, in pages. One step for each run, since peaks are of the whole run.
 *
 * Usage: mappings STEP */
#include "truth.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

PLACE static char *mapped(size_t pages) {
    char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        abort();
    return at;
}

PLACE static char *mapped_over(char *at, size_t pages) {
    char *got = mmap(at, pages * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (got != at)
        abort();
    return got;
}

PLACE static void unmap(char *at, size_t pages) {
    if (munmap(at, pages * PAGE))
        abort();
}

static void pages_at_peak(size_t pages) {
    truth_total("mapped_peak_bytes", pages * PAGE);
}
static void pages_at_end(size_t pages) {
    truth_total("mapped_end_bytes", pages * PAGE);
}

static void one(void) {
    if (munmap(mmap(NULL, 2048, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 2048))
        abort();
    truth("one", "mmap", PAGE, 1, 0, 0);
    pages_at_peak(1);
}

static void cut_at_the_end(void) {
    char *at = mapped(2);
    unmap(at + PAGE, 1);
    mapped(10);
    pages_at_peak(11);
    truth_at_end("mapped", "mmap", 11 * PAGE, 2);
}

static void cut_at_both_ends(void) {
    char *at = mapped(4);
    unmap(at, 1);
    unmap(at + 3 * PAGE, 1);
    mapped(10);
    pages_at_peak(12);
    truth_at_end("mapped", "mmap", 12 * PAGE, 2);
}

static void two_holes(void) {
    char *at = mapped(5);
    unmap(at + PAGE, 1);
    unmap(at + 3 * PAGE, 1);
    mapped(10);
    pages_at_peak(13);
    pages_at_end(13);
}

static void one_hole(void) {
    char *at = mapped(8);
    unmap(at + 3 * PAGE, 1);
    mapped(10);
    pages_at_peak(17);
    unmap(at, 8); /* hole and all */
    pages_at_end(10);
}

/* three mappings side by side, unmapped by one call that takes a part of the last */
static void several_at_once(void) {
    char *at = mapped(9);
    unmap(at, 9);
    mapped_over(at, 3);
    mapped_over(at + 3 * PAGE, 3);
    mapped_over(at + 6 * PAGE, 3);
    unmap(at, 8);
    pages_at_peak(9);
    pages_at_end(1);
}

static void fixed_over(void) {
    char *at = mapped(8);
    mapped_over(at + 2 * PAGE, 4);
    pages_at_peak(8);
    truth_at_end("mapped_over", "mmap", 4 * PAGE, 1);
    pages_at_end(8);
}

static void remapped(void) {
    char *block = mapped(4), *wall = mapped(1);
    if (mremap(block, 4 * PAGE, 2 * PAGE, 0) != block)
        abort();
    char *moved = mremap(block, 2 * PAGE, 300 * PAGE, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED)
        abort();
    char *room = mapped(300);
    if (mremap(moved, 300 * PAGE, 300 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room) != room)
        abort(); /* what was there is gone */
    truth_at_end("mapped", "mmap", 301 * PAGE, 2);
    pages_at_peak(601);
    unmap(wall, 1);
    truth_at_end("mapped", "mmap", 300 * PAGE, 1);
}

static void failing(void) {
    char *at = mapped(3);
    if (mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ||
        mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0) != MAP_FAILED || munmap(at + 1, PAGE) == 0 ||
        munmap(at, 0) == 0 || mremap(at + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE) != MAP_FAILED ||
        mremap(at, 3 * PAGE, 0, 0) != MAP_FAILED)
        abort();
    truth("mapped", "mmap", 3 * PAGE, 1, 3 * PAGE, 1);
    pages_at_peak(3);
}

/* Memory that malloc maps is malloc's. */
static void of_malloc(void) {
    free(keep(malloc(64 << 20)));
    keep(malloc(32 << 20));
    pages_at_peak(0);
    truth("of_malloc", "malloc", 96 << 20, 2, 32 << 20, 1);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } steps[] = {{"one", one},
                 {"cut-at-the-end", cut_at_the_end},
                 {"cut-at-both-ends", cut_at_both_ends},
                 {"two-holes", two_holes},
                 {"one-hole", one_hole},
                 {"several-at-once", several_at_once},
                 {"fixed-over", fixed_over},
                 {"remapped", remapped},
                 {"failing", failing},
                 {"of-malloc", of_malloc}};
    for (size_t i = 0; argc == 2 && i < sizeof steps / sizeof *steps; i++)
        if (strcmp(argv[1], steps[i].name) == 0)
            return steps[i].run(), 0;
    return 2;
}
