/* The peak lies in the middle, is reached twice (the later one counts), and is made of blocks of every kind. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum { WAVE = 500 };
static void *blocks[WAVE];

__attribute__((noinline)) static void *aligned(unsigned i) {
    void *block = NULL;
    size_t bytes = 64 * (i % 9 + 1);
    switch (i % 4) {
    case 0:
        return memalign(64, bytes + 1);
    case 1:
        return posix_memalign(&block, 256, bytes + 3) ? NULL : block;
    case 2:
        return aligned_alloc(64, bytes);
    default:
        return valloc(bytes + 5);
    }
}

__attribute__((noinline)) static void rise(unsigned step) {
    for (unsigned i = 0; i < WAVE; i++)
        blocks[i] = i % 11 == 5 ? aligned(i) : i % 3 ? malloc(i % 200 + step) : calloc(i % 50 + 1, step);
}

__attribute__((noinline)) static void fall(unsigned every) {
    for (unsigned i = 0; i < WAVE; i += every) {
        free(blocks[i]);
        blocks[i] = NULL;
    }
}

/* The same height again, from other places. */
__attribute__((noinline)) static void *first_summit(void) {
    return malloc(1000000);
}
__attribute__((noinline)) static void *second_summit(void) {
    return calloc(1000, 1000);
}

__attribute__((noinline)) static void temporaries(void) {
    for (unsigned i = 1; i < 3000; i++) {
        char *volatile text = malloc(i % 700 + 1);
        text[0] = 1;
        free(text);
    }
}

int main(void) {
    rise(1);
    fall(3);
    free(first_summit());
    temporaries();
    free(second_summit());
    fall(1);
    rise(40); /* lower than the summits */
    fall(2);
    printf("done\n");
    return 0;
}
