#include "report/page.h"
#include "report/rows.h"

static uint64_t key(const tide_row *row, enum tide_sort sort) {
    return sort == TIDE_SORT_ALLOCATIONS ? row->share.own.blocks
           : sort == TIDE_SORT_TOTAL     ? row->share.total.amount
                                         : row->share.own.amount;
}

static int compare(uint64_t a, uint64_t b) { /* larger first */
    return (a < b) - (a > b);
}

static int compare_rows(const void *left, const void *right, void *arg) {
    const tide_row *a = left, *b = right;
    enum tide_sort sort = *(const enum tide_sort *)arg;
    int order = compare(key(a, sort), key(b, sort));
    order = order ? order : compare(a->share.own.amount, b->share.own.amount);
    order = order ? order : compare(a->share.total.amount, b->share.total.amount);
    return order ? order : compare(b->function, a->function);
}

static tide_row_list make_rows(const tide_report *report, const tide_weight *weights) {
    tide_items items = tide_names_items(report->names);
    tide_tree tree;
    tide_tree_init(&tree);
    tide_tree_build(&tree, &report->recording->heap, &items, weights);
    tide_row_list rows = tide_rows_make(report->names, &tree);
    tide_tree_free(&tree);
    return rows;
}

/* Drop what has no part in it, order the rest. Returns how many have what the order is by. */
static size_t order_rows(tide_row_list *rows, enum tide_sort sort) {
    size_t kept = 0, with_key = 0;
    for (size_t i = 0; i < rows->count; i++)
        if (rows->at[i].share.total.amount)
            rows->at[kept++] = rows->at[i];
    rows->count = kept;
    if (kept)
        qsort_r(rows->at, kept, sizeof *rows->at, compare_rows, &sort);
    while (with_key < kept && key(&rows->at[with_key], sort))
        with_key++;
    return with_key;
}

static void print_rows(const tide_report *report, const tide_row_list *rows, size_t shown, uint64_t sum) {
    const char *blocks = report->options->are_events ? "events" : "allocations";
    const tide_grid_column columns[] = {
        {"own", TIDE_GRID_FIGURE},  {"", TIDE_GRID_FIGURE},           {"total", TIDE_GRID_FIGURE},
        {blocks, TIDE_GRID_FIGURE}, {"function", TIDE_GRID_FUNCTION}, {"where", TIDE_GRID_PATH},
    };
    tide_grid grid = {.columns = columns, .column_count = sizeof columns / sizeof *columns};
    for (size_t i = 0; i < shown; i++) {
        const tide_row *row = &rows->at[i];
        tide_grid_put(&grid, tide_page_amount(report, row->share.own.amount));
        tide_grid_put(&grid, tide_page_percent(row->share.own.amount, sum));
        tide_grid_put(&grid, tide_page_amount(report, row->share.total.amount));
        tide_grid_put(&grid, tide_page_has_blocks(report->recording) ? tide_page_count(row->share.own.blocks)
                                                                     : tide_xstrdup("?"));
        tide_grid_put(&grid, tide_xstrdup(tide_names_function(report->names, row->function)));
        tide_grid_put(&grid, tide_names_where(report->names, row->place));
    }
    tide_grid_print(&grid, report->out, report->options->width_columns, &report->options->style);
    tide_grid_free(&grid);
}

static void print_rest(const tide_report *report, const tide_row_list *rows, size_t shown, uint64_t sum,
                       bool is_heap) {
    uint64_t own = 0;
    for (size_t i = shown; i < rows->count; i++)
        own += rows->at[i].share.own.amount;
    char *count = tide_page_count(rows->count - shown), *amount = tide_page_amount(report, own);
    char *percent = tide_page_percent(own, sum);
    bool is_one = rows->count - shown == 1;
    if (own)
        tide_page_line(report, 2, "\n  %s further %s %s, %s (--limit 0)", count,
                       is_one ? "function owns" : "functions own", amount, percent);
    else if (is_heap && !report->options->are_events)
        tide_page_line(report, 2, "\n  %s further %s only by what %s (--sort total)", count,
                       is_one ? "function allocates" : "functions allocate",
                       is_one ? "it calls" : "they call");
    free(amount);
    free(percent);
    free(count);
}

static void print_part(const tide_report *report, const tide_weight *weights, tide_weight sum,
                       uint32_t limit) {
    tide_row_list rows = make_rows(report, weights);
    size_t shown = order_rows(&rows, report->options->sort);
    shown = limit == UINT32_MAX ? rows.count : shown < limit ? shown : limit;
    if (shown)
        print_rows(report, &rows, shown, sum.amount);
    if (rows.count > shown)
        print_rest(report, &rows, shown, sum.amount, weights == report->selection->heap.at);
    tide_vec_free(&rows);
}

void tide_format_table_print(const tide_report *report) {
    const tide_selection *selection = report->selection;
    tide_page_print_summary(report);
    tide_page_heading(report, NULL, selection->heap_sum, "block");
    print_part(report, selection->heap.at, selection->heap_sum, tide_page_limit(report, 20));
    if (selection->mapped_sum.amount) {
        putc('\n', report->out);
        tide_page_heading(report, "Mapped by the program itself, beside the heap", selection->mapped_sum,
                          "mapping");
        print_part(report, selection->mapped.at, selection->mapped_sum, tide_page_limit(report, 5));
    }
}
