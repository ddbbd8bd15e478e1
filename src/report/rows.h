/* report/rows: a row for each function, and the place in it that has most of what it holds.
 *
 *   tree ─► shares by function ─► row  parse  own 20  total 120  parse.c:80 */
#pragma once
#include "report/names.h"

typedef struct tide_row {
    uint32_t function, place; /* place TIDE_NONE: the function is on none of the stacks */
    tide_share share;
} tide_row;

typedef TIDE_VEC(tide_row) tide_row_list;

/* A row for each of `names->functions`, in their order; those that are on none of the stacks are zero.
 * `tree` is one of tide_names_items. Owned (tide_vec_free). Cost: O(nodes + places). */
tide_row_list tide_rows_make(const tide_names *names, const tide_tree *tree);
