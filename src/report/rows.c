#include "report/rows.h"

/* Is `place` a better one to show for its function than `row->place`? By own share if the function has one. */
static bool is_heavier(const tide_row *row, const tide_share *shares, uint32_t place) {
    if (row->place == TIDE_NONE)
        return true;
    const tide_share *now = &shares[row->place], *other = &shares[place];
    return row->share.own.amount ? other->own.amount > now->own.amount
                                 : other->total.amount > now->total.amount;
}

tide_row_list tide_rows_make(const tide_names *names, const tide_tree *tree) {
    tide_share *by_function = tide_xcalloc(names->functions.count + 1, sizeof *by_function);
    tide_share *by_place = tide_xcalloc(names->places.count + 1, sizeof *by_place);
    uint32_t *itself = tide_xcalloc(names->places.count + 1, sizeof *itself);
    for (uint32_t i = 0; i < names->places.count; i++)
        itself[i] = i;
    tide_tree_shares(by_function, names->functions.count, tree, names->function_of.at);
    tide_tree_shares(by_place, names->places.count, tree, itself);
    tide_row_list rows = {0};
    tide_vec_extend(&rows, names->functions.count);
    for (uint32_t i = 0; i < names->functions.count; i++)
        rows.at[i] = (tide_row){.function = i, .place = TIDE_NONE, .share = by_function[i]};
    for (uint32_t i = 0; i < names->places.count; i++) {
        tide_row *row = &rows.at[names->function_of.at[i]];
        if (is_heavier(row, by_place, i))
            row->place = i;
    }
    free(itself);
    free(by_place);
    free(by_function);
    return rows;
}
