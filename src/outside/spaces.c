#include "outside/spaces.h"
#include "proc/address_space.h"
#include <unistd.h>

/* As tide_proc_address_space_compare. */
static int compare(const tide_space *left, const tide_space *right, int *ret_order) {
    *ret_order = memcmp(&left->layout, &right->layout, sizeof left->layout);
    return *ret_order ? 0 : tide_proc_address_space_compare(left->pid, right->pid, ret_order);
}

static bool is_gone(const tide_space *space) {
    int order;
    return compare(space, space, &order) != 0;
}

static void forget(tide_spaces *spaces, size_t at) {
    spaces->count--;
    memmove(&spaces->at[at], &spaces->at[at + 1], (spaces->count - at) * sizeof *spaces->at);
}

pid_t tide_spaces_find(tide_spaces *spaces, const tide_space *space, size_t *ret_at) {
    size_t low = 0, high = spaces->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order;
        if (compare(&spaces->at[middle], space, &order) == 0) {
            if (order == 0) {
                *ret_at = middle;
                return spaces->at[middle].pid;
            }
            *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
        } else if (is_gone(space))
            break;
        else { /* the other one has gone */
            forget(spaces, middle);
            high--;
        }
    }
    *ret_at = low;
    return 0;
}

void tide_spaces_insert(tide_spaces *spaces, const tide_space *space, size_t at) {
    tide_vec_push(spaces);
    memmove(&spaces->at[at + 1], &spaces->at[at], (spaces->count - 1 - at) * sizeof *spaces->at);
    spaces->at[at] = *space;
}

bool tide_spaces_is_kcmp_refused(void) {
    return is_gone(&(tide_space){.pid = getpid()});
}
