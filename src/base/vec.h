/* base/vec: a growable array of any type, as a macro family.
 *
 *   TIDE_VEC(int) numbers = {0};
 *   *tide_vec_push(&numbers) = 7;       the new item is zeroed
 *   numbers.at[0], numbers.count
 *   tide_vec_free(&numbers);
 *
 * Items move when the array grows: keep indices, not pointers. */
#pragma once
#include "base/alloc.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define TIDE_VEC(type)          \
    struct {                    \
        type *at;               \
        size_t count, capacity; \
    }

/* Room for `more` further items, zeroed; evaluates to a pointer to the first of them. */
#define tide_vec_extend(vec, more)                                                                     \
    ((vec)->at = tide_vec_grow((vec)->at, &(vec)->count, &(vec)->capacity, (more), sizeof *(vec)->at), \
     (__typeof__((vec)->at))tide_vec_item((vec)->at, (vec)->count - (size_t)(more), sizeof *(vec)->at))
#define tide_vec_push(vec) tide_vec_extend(vec, 1)
#define tide_vec_free(vec) (free((vec)->at), memset((vec), 0, sizeof *(vec)))

void *tide_vec_grow(void *at, size_t *count, size_t *capacity, size_t more, size_t item_bytes);

/* A function, since compilers warn about a pointer that is computed and not used, but not about a call. */
static inline void *tide_vec_item(void *at, size_t index, size_t item_bytes) {
    return (char *)at + index * item_bytes;
}
