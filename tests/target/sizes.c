/* What counts as how much: nothing, resizes of every kind, calls that fail, peaks, temporaries. */
#include "truth.h"
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

static volatile size_t huge = SIZE_MAX / 2 + 2;

PLACE static void nothing(void) {
    keep(malloc(0));
    keep(calloc(0, 7));
    free(keep(calloc(7, 0)));
    free(NULL);
    keep(malloc(11));
    truth("nothing", "-", 11, 4, 11, 3);
}

PLACE static void *made(size_t bytes) {
    return keep(malloc(bytes));
}
PLACE static void *resized(void *block, size_t bytes) {
    return keep(realloc(block, bytes));
}

static void resizes(void) {
    resized(resized(resized(made(100), 200), 50), 50);
    truth("made", "malloc", 400, 4, 50, 1);
    free(resized(made(1000), 2000));
    truth("made", "malloc", 3400, 6, 50, 1);
    truth("resized", "malloc", 0, 0, 0, 0); /* what is resized stays where it was made */
}

PLACE static void freed_by_realloc(void) {
    for (unsigned i = 0; i < 1000; i++)
        if (resized(keep(malloc(24)), 0))
            abort();
    truth("freed_by_realloc", "malloc", 24000, 1000, 0, 0);
}

PLACE static void failing(void) {
    char *block = keep(malloc(123));
    errno = 0;
    if (keep(malloc(huge)) || keep(calloc(huge, 16)) || keep(calloc(huge, 1)) ||
        keep(aligned_alloc(64, huge)))
        abort();
    void *same = NULL;
    if (errno != ENOMEM || posix_memalign(&same, 64, huge) != ENOMEM || same)
        abort();
    if (keep(realloc(block, huge)) || keep(reallocarray(block, huge, 2)) || keep(realloc(NULL, huge)))
        abort();
    truth("failing", "malloc", 123, 1, 123, 1);
    block[122] = 1;
}

/* A 0-byte block, grown from nothing by doubling, as most buffers are. */
PLACE static void doubling(void) {
    char *text = malloc(0);
    size_t total_bytes = 0, count = 1;
    for (size_t bytes = 1; bytes <= 1 << 20; bytes *= 2, count++) {
        text = keep(realloc(text, bytes));
        text[bytes - 1] = 1;
        total_bytes += bytes;
    }
    truth("doubling", "malloc", total_bytes, count, 1 << 20, 1);
    free(text);
    truth("doubling", "malloc", total_bytes, count, 0, 0);
}

int main(void) {
    nothing();
    resizes();
    freed_by_realloc();
    failing();
    doubling();
    return 0;
}
