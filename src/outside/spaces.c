#include "outside/spaces.h"
#include "proc/address_space.h"

/* As tide_proc_address_space_compare. */
static int compare(const tide_space *left, const tide_space *right, int *ret_order) {
    *ret_order = memcmp(&left->layout, &right->layout, sizeof left->layout);
    return *ret_order ? 0 : tide_proc_address_space_compare(left->pid, right->pid, ret_order);
}

static int check(const tide_space *space) {
    int order;
    return compare(space, space, &order);
}

static void forget(tide_spaces *spaces, size_t at) {
    spaces->count--;
    memmove(&spaces->at[at], &spaces->at[at + 1], (spaces->count - at) * sizeof *spaces->at);
}

int tide_spaces_find(tide_spaces *spaces, const tide_space *space, pid_t *ret_pid, size_t *ret_at) {
    size_t low = 0, high = spaces->count;
    int failed = check(space);
    *ret_pid = 0;
    while (low < high && !*ret_pid && !failed) {
        size_t middle = low + (high - low) / 2;
        int order;
        if (compare(&spaces->at[middle], space, &order) == 0) {
            if (order == 0)
                *ret_pid = spaces->at[middle].pid;
            else if (order < 0)
                low = middle + 1;
            else
                high = middle;
        } else if (!(failed = check(space))) { /* it is the other one that has gone */
            forget(spaces, middle);
            high--;
        }
    }
    *ret_at = low;
    return failed;
}

void tide_spaces_insert(tide_spaces *spaces, const tide_space *space, size_t at) {
    tide_vec_push(spaces);
    memmove(&spaces->at[at + 1], &spaces->at[at], (spaces->count - 1 - at) * sizeof *spaces->at);
    spaces->at[at] = *space;
}
