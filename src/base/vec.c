#include "base/vec.h"
#include <stdint.h>

enum { FIRST_CAPACITY = 8 };

void *tide_vec_grow(void *at, size_t *count, size_t *capacity, size_t more, size_t item_bytes) {
    size_t needed = *count + more;
    if (needed < more)
        needed = SIZE_MAX; /* wrapped: let the allocation be refused */
    if (needed > *capacity || !at) {
        size_t bigger = *capacity + *capacity / 2; /* 1.5: freed pieces can be used again by later ones */
        if (bigger < needed)
            bigger = needed;
        if (bigger < FIRST_CAPACITY)
            bigger = FIRST_CAPACITY;
        at = tide_xrealloc(at, bigger, item_bytes);
        *capacity = bigger;
    }
    memset((char *)at + *count * item_bytes, 0, more * item_bytes);
    *count = needed;
    return at;
}
