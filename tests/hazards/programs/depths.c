/* Recursion. Usage: depths bottom|every DEPTH
 * bottom: allocates at its end, again and again; every: at each level on the way in, and frees on the way out */
#include "tally.h"

enum { BLOCKS = 2000 };
static tally made;

PLACE static void *depth_make(size_t bytes) {
    void *block = malloc(bytes);
    REQUIRE(block);
    tally_made(&made, bytes);
    return block;
}

PLACE static void depth_free(void *block, size_t bytes) {
    tally_freed(&made, bytes);
    free(block);
}

PLACE static void descend(int levels) {
    if (levels > 1) {
        descend(levels - 1);
        __asm__ volatile("");
        return;
    }
    for (int i = 0; i < BLOCKS; i++) {
        void *block = depth_make(100);
        if (i)
            depth_free(block, 100);
    }
}

/* Two functions by turns, as a parser has them: no two stacks on the way are alike. */
PLACE static void climb(unsigned levels, unsigned path);
PLACE static void climb_otherwise(unsigned levels, unsigned path) {
    void *block = depth_make(levels % 64);
    if (levels > 1)
        climb(levels - 1, path * 1103515245 + 12345);
    depth_free(block, levels % 64);
}
PLACE static void climb(unsigned levels, unsigned path) {
    void *block = depth_make(levels % 64);
    if (levels > 1 && path >> 16 & 1)
        climb_otherwise(levels - 1, path * 1103515245 + 12345);
    else if (levels > 1)
        climb(levels - 1, path * 1103515245 + 12345);
    depth_free(block, levels % 64);
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    if (!strcmp(argv[1], "bottom"))
        descend(atoi(argv[2]));
    else
        climb((unsigned)atoi(argv[2]), 1);
    tally_print("depth_make", &made);
    return 0;
}
