#include "live/screen_around.h"

/* ---- what sites weigh */

/* Owned (free), one for each site. Sites that came after the mark had nothing. NULL: there is no mark. */
static tide_weight *weigh_mark(tide_screen *screen, const tide_selection *selection) {
    const tide_heap *heap = &screen->feed.recording->heap;
    screen->sum_before = (tide_weight){0};
    if (!screen->has_mark)
        return NULL;
    tide_weight *weights = tide_xcalloc(heap->sites.count + 1, sizeof *weights);
    for (size_t i = 0; i < screen->mark.count && i < heap->sites.count; i++) {
        if (!selection->is_selected.at[i] || heap->sites.at[i].kind == TIDE_MMAP)
            continue;
        weights[i] = tide_selection_weigh(screen->view, &screen->mark.at[i]);
        screen->sum_before.amount += weights[i].amount;
        screen->sum_before.blocks += weights[i].blocks;
    }
    return weights;
}

static void weigh_tree(tide_screen *screen, const tide_weight *weights) {
    tide_items items = tide_names_items(screen->feed.names);
    tide_tree_weigh(&screen->tree, screen->tree_node.at, &screen->feed.recording->heap, &items, weights);
}

/* ---- the table */

/* What holds nothing has no row; with a mark, what has not changed. The opened function has one. */
static void push_row(tide_screen *screen, tide_screen_row row) {
    if (row.part == TIDE_SCREEN_ITSELF ? row.function == screen->opened
        : screen->has_mark             ? memcmp(&row.now, &row.before, sizeof row.now)
                                       : row.now.total.amount != 0)
        *tide_vec_push(&screen->rows) = row;
}

static tide_row_list rows_of(tide_screen *screen, const tide_weight *weights) {
    if (!weights)
        return (tide_row_list){0};
    weigh_tree(screen, weights);
    return tide_rows_make(screen->feed.names, &screen->tree);
}

static void list_functions(tide_screen *screen, const tide_weight *now, const tide_weight *before) {
    tide_row_list rows_before = rows_of(screen, before), rows = rows_of(screen, now);
    for (size_t i = 0; i < rows.count; i++) {
        const tide_row *row = &rows.at[i];
        push_row(screen,
                 (tide_screen_row){.function = row->function,
                                   .place = row->place,
                                   .now = row->share,
                                   .before = before ? rows_before.at[i].share : (tide_share){.own = {0}}});
    }
    tide_vec_free(&rows);
    tide_vec_free(&rows_before);
}

/* ---- around one function */

static tide_around find_around(tide_screen *screen, const tide_weight *weights) {
    if (weights)
        weigh_tree(screen, weights);
    return tide_around_find(screen->feed.names, weights ? &screen->tree : NULL, screen->opened);
}

/* Of each function its heaviest place. Owned (free). */
static uint32_t *choose_places(const tide_names *names, const uint64_t *by_place) {
    uint32_t *chosen = tide_xcalloc(names->functions.count + 1, sizeof *chosen);
    memset(chosen, 0xff, (names->functions.count + 1) * sizeof *chosen); /* TIDE_NONE */
    for (uint32_t i = 0; i < names->places.count; i++) {
        uint32_t *place = &chosen[names->function_of.at[i]];
        if (by_place[i] && (*place == TIDE_NONE || by_place[i] > by_place[*place]))
            *place = i;
    }
    return chosen;
}

static void list_side(tide_screen *screen, enum tide_screen_part part, const tide_around_side *now,
                      const tide_around_side *before) {
    const tide_names *names = screen->feed.names;
    uint32_t *places = choose_places(names, now->by_place);
    for (uint32_t i = 0; i <= names->functions.count; i++)
        push_row(screen, (tide_screen_row){.part = part,
                                           .function = i < names->functions.count ? i : TIDE_NONE,
                                           .place = places[i],
                                           .now = now->by_function[i],
                                           .before = before->by_function[i]});
    free(places);
}

static void list_around(tide_screen *screen, const tide_weight *weights, const tide_weight *weights_before) {
    tide_around before = find_around(screen, weights_before), now = find_around(screen, weights);
    for (int part = TIDE_SCREEN_CALLER; part <= TIDE_SCREEN_CALLEE; part++)
        list_side(screen, (enum tide_screen_part)part, &now.of[part], &before.of[part]);
    tide_around_free(&now);
    tide_around_free(&before);
}

/* ---- order */

/* What came since the mark; all of it without one. */
static int64_t change(uint64_t now, uint64_t before) {
    return (int64_t)(now - before);
}

static int64_t key(const tide_screen_row *row, enum tide_sort sort) {
    const tide_share *now = &row->now, *before = &row->before;
    if (sort == TIDE_SORT_ALLOCATIONS)
        return change(now->own.blocks, before->own.blocks);
    return sort == TIDE_SORT_OWN ? change(now->own.amount, before->own.amount)
                                 : change(now->total.amount, before->total.amount);
}

static int larger_first(int64_t a, int64_t b) {
    return (a < b) - (a > b);
}

/* Callers, the function, those that it calls; then as the report's table does it. */
static int compare(const void *left, const void *right, void *arg) {
    const tide_screen_row *a = left, *b = right;
    enum tide_sort sort = *(const enum tide_sort *)arg;
    int order = (a->part > b->part) - (a->part < b->part);
    order = order ? order : larger_first(key(a, sort), key(b, sort));
    order = order ? order : larger_first(key(a, TIDE_SORT_OWN), key(b, TIDE_SORT_OWN));
    order = order ? order : larger_first(key(a, TIDE_SORT_TOTAL), key(b, TIDE_SORT_TOTAL));
    return order ? order : (a->function > b->function) - (a->function < b->function);
}

/* ---- all of it */

static tide_selection select_sites(const tide_screen *screen) {
    char tid[16];
    snprintf(tid, sizeof tid, "%u", screen->thread_tid);
    tide_report_options options = {.view = screen->view, .thread = screen->thread_tid ? tid : NULL};
    if (*screen->filter_text)
        options.filter = &screen->filter;
    tide_selection selection;
    tide_selection_init(&selection, screen->feed.recording, screen->feed.names, &options, NULL);
    return selection;
}

void tide_screen_make_rows(tide_screen *screen) {
    const tide_heap *heap = &screen->feed.recording->heap;
    tide_items items = tide_names_items(screen->feed.names);
    tide_selection selection = select_sites(screen);
    tide_weight *before = weigh_mark(screen, &selection);
    tide_tree_grow(&screen->tree, &screen->tree_node, heap, &items);
    screen->sum = selection.heap_sum;
    screen->rows.count = 0;
    if (screen->opened == TIDE_NONE)
        list_functions(screen, selection.heap.at, before);
    else
        list_around(screen, selection.heap.at, before);
    if (screen->rows.count)
        qsort_r(screen->rows.at, screen->rows.count, sizeof *screen->rows.at, compare, &screen->sort);
    free(before);
    tide_selection_free(&selection);
}
