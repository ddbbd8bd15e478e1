#include "live/screen_model.h"

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

/* What holds nothing has no row; with a mark, what has not changed. */
static void push_row(tide_screen *screen, tide_screen_row row) {
    if (screen->has_mark ? memcmp(&row.now, &row.before, sizeof row.now) : row.now.total.amount != 0)
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

/* What reaches a function, by the function that calls it, and by those that it calls. The last one of each table is
 * for stacks that begin with it. */
struct around {
    tide_weight *callers, *callees;
    tide_weight itself;
};

static void add(tide_weight *sum, tide_weight weight) {
    sum->amount += weight.amount;
    sum->blocks += weight.blocks;
}

static bool is_inside_itself(const tide_tree *tree, uint32_t node, uint32_t function) {
    for (uint32_t at = tree->nodes.at[node].parent; at; at = tree->nodes.at[at].parent)
        if (tree->nodes.at[at].item == function)
            return true;
    return false;
}

static void add_around(struct around *around, const tide_tree *by_function, size_t count, uint32_t function) {
    for (uint32_t i = 1; i < by_function->nodes.count; i++) {
        const tide_tree_node *node = &by_function->nodes.at[i];
        if (node->item != function || is_inside_itself(by_function, i, function))
            continue; /* recursion counts once */
        uint32_t caller = node->parent ? by_function->nodes.at[node->parent].item : (uint32_t)count;
        add(&around->itself, node->total);
        add(&around->callers[caller], node->total);
        for (uint32_t at = node->first_child; at != TIDE_NONE; at = by_function->nodes.at[at].next)
            add(&around->callees[by_function->nodes.at[at].item], by_function->nodes.at[at].total);
    }
}

/* Zeros without weights. */
static struct around find_around(tide_screen *screen, const tide_weight *weights) {
    const tide_names *names = screen->feed.names;
    size_t count = names->functions.count;
    struct around around = {.callers = tide_xcalloc(count + 1, sizeof(tide_weight)),
                            .callees = tide_xcalloc(count + 1, sizeof(tide_weight))};
    if (!weights)
        return around;
    tide_tree by_function;
    tide_tree_init(&by_function);
    weigh_tree(screen, weights);
    tide_tree_fold(&by_function, &screen->tree, names->function_of.at, true);
    add_around(&around, &by_function, count, screen->opened);
    tide_tree_free(&by_function);
    return around;
}

static void free_around(struct around *around) {
    free(around->callers);
    free(around->callees);
}

static void list_around(tide_screen *screen, const tide_weight *weights, const tide_weight *weights_before) {
    const tide_names *names = screen->feed.names;
    struct around before = find_around(screen, weights_before), now = find_around(screen, weights);
    *tide_vec_push(&screen->rows) = (tide_screen_row){.part = TIDE_SCREEN_ITSELF,
                                                      .function = screen->opened,
                                                      .place = TIDE_NONE,
                                                      .now.total = now.itself,
                                                      .before.total = before.itself};
    for (uint32_t i = 0; i <= names->functions.count; i++) {
        tide_screen_row row = {.function = i < names->functions.count ? i : TIDE_NONE, .place = TIDE_NONE};
        row.part = TIDE_SCREEN_CALLER;
        row.now.total = now.callers[i];
        row.before.total = before.callers[i];
        push_row(screen, row);
        row.part = TIDE_SCREEN_CALLEE;
        row.now.total = now.callees[i];
        row.before.total = before.callees[i];
        push_row(screen, row);
    }
    free_around(&now);
    free_around(&before);
}

/* ---- order */

/* What came since the mark; all of it without one. */
static int64_t change(uint64_t now, uint64_t before) {
    return (int64_t)(now - before);
}

static int64_t key(const tide_screen_row *row, enum tide_sort sort) {
    const tide_share *now = &row->now, *before = &row->before;
    bool is_around = row->part != TIDE_SCREEN_ROW;
    if (sort == TIDE_SORT_ALLOCATIONS)
        return is_around ? change(now->total.blocks, before->total.blocks)
                         : change(now->own.blocks, before->own.blocks);
    return sort == TIDE_SORT_OWN && !is_around ? change(now->own.amount, before->own.amount)
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
