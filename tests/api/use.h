/* tests/api/use: what the tests of the API share. */
#pragma once
#include "check.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <tidemark/tidemark.h>

/* malloc and free that no compiler takes away. */
static inline void *take(size_t bytes) {
    void *volatile block = malloc(bytes);
    return block;
}
static inline void give(void *block) {
    void *volatile given = block;
    free(given);
}

static inline tide_usage usage_of_owner(tide_owner owner) {
    tide_usage usage = {0};
    assert_int_equal(tide_owner_usage(owner, &usage), 0);
    return usage;
}
