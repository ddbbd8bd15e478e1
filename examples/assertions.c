/* A test that asserts what a function may allocate, with plain main(): links libtidemark, and needs no tool.
 *
 *   cc -DTIDE_LINKED examples/assertions.c $(pkg-config --cflags --libs tidemark) && ./a.out */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tidemark/tidemark.h>

/* One block, as long as both. */
static char *join(const char *a, const char *b) {
    size_t bytes = strlen(a) + strlen(b) + 1;
    char *joined = malloc(bytes);
    if (joined)
        snprintf(joined, bytes, "%s%s", a, b);
    return joined;
}

/* What a test would catch: it is always twice as much as is needed. */
static char *join_carelessly(const char *a, const char *b) {
    char *joined = malloc(2 * (strlen(a) + strlen(b) + 1));
    return joined ? strcat(strcpy(joined, a), b) : NULL;
}

int main(int argc, char **argv) {
    (void)argv;
    if (tide_start())
        return 1;
    tide_check check;
    tide_check_begin(&check, "join");
    char *joined = argc > 1 ? join_carelessly("high ", "water") : join("high ", "water");
    tide_assert_exactly(&check, TIDE_TOTAL_BLOCKS, 1);
    tide_assert_at_most(&check, TIDE_PEAK_BYTES, 11);
    tide_check_end(&check);
    if (!joined)
        return 1;
    TIDE_ASSERT_NO_ALLOCATION(joined[0] = 'H'); /* puts() would take a buffer for stdout */
    puts(joined);
    free(joined);
    TIDE_ASSERT_BALANCED(free(join("a", "b")));
    return 0;
}
