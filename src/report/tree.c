#include "report/page.h"

/*   total      %      own  from the start, what calls what
 * 130 MiB   100%           main  main.c:10
 *                          run  main.c:60                the only callee: no deeper; the same total: not said again
 * 120 MiB  92.3%  20 MiB   ├─ parse  parse.c:80
 * 100 MiB  76.9% 100 MiB   │  node_new  node.c:8
 *  10 MiB   7.7%           └─ 12 more                    below 1 %, or past the limit
 */
enum {
    FIGURE_COLUMNS = 10,
    PERCENT_COLUMNS = 7,
    STEP_COLUMNS = 3,
    DEPTH_MAX = 64,
    NAME_COLUMNS_MIN = 24,
    MIN_SHARE = 100
};

#define NO_FIGURE UINT64_MAX

struct drawing {
    const tide_report *report;
    const tide_tree *tree;
    uint64_t sum;     /* what 100 % is */
    uint32_t limit;   /* callees shown below one function */
    uint32_t columns; /* for lines and names; 0: not cut */
    uint32_t depth_max;
    int figure_columns;
    bool is_inverted;                              /* own says nothing there */
    char prefix[DEPTH_MAX * 5 * STEP_COLUMNS + 1]; /* "│  │  " */
    size_t prefix_bytes;
    uint32_t depth;
};

struct children {
    uint32_t *at; /* owned; heaviest first; only the shown ones count */
    size_t shown, all;
    uint64_t hidden_amount;
};

static int by_total(const void *left, const void *right, void *arg) {
    const tide_tree *tree = arg;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    uint64_t a_total = tree->nodes.at[a].total.amount, b_total = tree->nodes.at[b].total.amount;
    return a_total != b_total ? (a_total < b_total) - (a_total > b_total) : (a > b) - (a < b);
}

static struct children find_children(const struct drawing *drawing, uint32_t node) {
    const tide_tree *tree = drawing->tree;
    TIDE_VEC(uint32_t) list = {0};
    for (uint32_t i = tree->nodes.at[node].first_child; i != TIDE_NONE; i = tree->nodes.at[i].next)
        if (tree->nodes.at[i].total.amount)
            *tide_vec_push(&list) = i;
    if (list.count)
        qsort_r(list.at, list.count, sizeof *list.at, by_total, (void *)(uintptr_t)tree);
    struct children found = {.at = list.at, .all = list.count};
    bool is_everything = drawing->limit == UINT32_MAX;
    for (size_t i = 0; i < list.count; i++) {
        uint64_t total = tree->nodes.at[list.at[i]].total.amount;
        bool is_small = (i || node) && !is_everything && total < drawing->sum / MIN_SHARE;
        if (found.shown == i && i < drawing->limit && !is_small)
            found.shown++;
        else
            found.hidden_amount += total;
    }
    return found;
}

/* NO_FIGURE as `total` or 0 as `own`: left blank. */
static void print_figures(const struct drawing *drawing, uint64_t total, uint64_t own) {
    bool has_total = total != NO_FIGURE;
    char *text = has_total ? tide_page_amount(drawing->report, total) : tide_xstrdup("");
    char *percent = has_total ? tide_page_percent(total, drawing->sum) : tide_xstrdup("");
    char *own_text = own ? tide_page_amount(drawing->report, own) : tide_xstrdup("");
    fprintf(drawing->report->out, "%*s%*s", drawing->figure_columns, text, PERCENT_COLUMNS, percent);
    if (!drawing->is_inverted)
        fprintf(drawing->report->out, "%*s", drawing->figure_columns + 1, own_text);
    fputs("  ", drawing->report->out);
    free(text);
    free(percent);
    free(own_text);
}

/* The end of a line: what `before` leaves of the width is shared by the name and the place. */
static void print_name(const struct drawing *drawing, const tide_tree_node *node, size_t before_columns) {
    const tide_style *style = &drawing->report->options->style;
    const char *name = tide_names_function(drawing->report->names, node->item);
    const char *mark = node->is_recursive ? " (recursive)" : "";
    char *where = tide_names_where(drawing->report->names, node->detail);
    before_columns += strlen(mark);
    size_t rest = drawing->columns > before_columns + 8 ? drawing->columns - before_columns : 8;
    size_t name_columns = tide_text_columns(name), where_columns = tide_text_columns(where);
    char *fit_name, *fit_where;
    if (!drawing->columns || name_columns + 2 + where_columns <= rest) {
        fit_name = tide_xstrdup(name);
        fit_where = tide_xstrdup(where);
    } else {
        size_t share = rest * 2 / 5; /* the place's, or what a short name leaves */
        share = name_columns + 2 + share < rest ? rest - name_columns - 2 : share;
        fit_where = share > 8 ? tide_text_fit_path(where, share, style) : tide_xstrdup("");
        size_t taken = *fit_where ? tide_text_columns(fit_where) + 2 : 0;
        fit_name = tide_text_fit_function(name, rest - taken, style);
    }
    fprintf(drawing->report->out, "%s%s%s%s%s%s\n", fit_name, mark, *fit_where ? "  " : "",
            style->has_colour && *fit_where ? "\033[2m" : "", fit_where,
            style->has_colour && *fit_where ? "\033[m" : "");
    free(fit_name);
    free(fit_where);
    free(where);
}

static void print_branch(const struct drawing *drawing, bool is_last) {
    bool is_unicode = drawing->report->options->style.is_unicode;
    fputs(drawing->prefix, drawing->report->out);
    if (drawing->depth)
        fputs(is_last ? (is_unicode ? "└─ " : "`- ") : (is_unicode ? "├─ " : "|- "), drawing->report->out);
}

static void print_more(const struct drawing *drawing, uint64_t amount, size_t count, const char *what) {
    print_figures(drawing, amount, 0);
    print_branch(drawing, true);
    fprintf(drawing->report->out, "%zu %s\n", count, what);
}

/* Lengthens the prefix for what stands below a branch; undone by cutting it back. */
static void indent(struct drawing *drawing, bool is_last) {
    const char *step = is_last || !drawing->depth                   ? "   "
                       : drawing->report->options->style.is_unicode ? "│  "
                                                                    : "|  ";
    if (!drawing->depth)
        step = "";
    strcpy(drawing->prefix + drawing->prefix_bytes, step);
    drawing->prefix_bytes += strlen(step);
}

/* What calls main and the start of a thread: says nothing at the end of a list of callers. */
static bool is_start(const tide_names *names, uint32_t function) {
    static const char *const starts[] = {"_start",
                                         "__libc_start_main",
                                         "__libc_start_main_impl",
                                         "__libc_start_call_main",
                                         "start_thread",
                                         "clone",
                                         "clone3",
                                         "__clone",
                                         "__clone3"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (!strcmp(starts[i], tide_names_function(names, function)))
            return true;
    return false;
}

static void draw(struct drawing *drawing, uint32_t node, bool is_last);

static void draw_children(struct drawing *drawing, const struct children *children) {
    drawing->depth++;
    if (drawing->depth > drawing->depth_max) {
        uint64_t amount = children->hidden_amount;
        for (size_t i = 0; i < children->shown; i++)
            amount += drawing->tree->nodes.at[children->at[i]].total.amount;
        print_more(drawing, amount, children->all, "more, too deep to draw");
    } else {
        for (size_t i = 0; i < children->shown; i++)
            draw(drawing, children->at[i], i + 1 == children->all);
        if (children->all > children->shown)
            print_more(drawing, children->hidden_amount, children->all - children->shown, "more");
    }
    drawing->depth--;
}

/* An only callee: no deeper than its caller, and no total when that is the same. */
static void draw_link(const struct drawing *drawing, const tide_tree_node *caller,
                      const tide_tree_node *callee) {
    if (drawing->is_inverted && is_start(drawing->report->names, callee->item))
        return;
    char *before = tide_page_amount(drawing->report, caller->total.amount);
    char *now = tide_page_amount(drawing->report, callee->total.amount);
    print_figures(drawing, strcmp(before, now) ? callee->total.amount : NO_FIGURE, callee->own.amount);
    free(before);
    free(now);
    fputs(drawing->prefix, drawing->report->out);
    print_name(drawing, callee, tide_text_columns(drawing->prefix));
}

/* `node`, then the chain of only callees, then what branches off there. */
static void draw(struct drawing *drawing, uint32_t node, bool is_last) {
    const tide_tree_node *nodes = drawing->tree->nodes.at;
    size_t prefix_bytes = drawing->prefix_bytes;
    print_figures(drawing, nodes[node].total.amount, nodes[node].own.amount);
    print_branch(drawing, is_last);
    print_name(drawing, &nodes[node],
               tide_text_columns(drawing->prefix) + (drawing->depth ? STEP_COLUMNS : 0));
    indent(drawing, is_last);
    struct children below = find_children(drawing, node);
    while (below.all == 1 && below.shown == 1) {
        uint32_t callee = below.at[0];
        draw_link(drawing, &nodes[node], &nodes[callee]);
        free(below.at);
        below = find_children(drawing, callee);
        node = callee;
    }
    if (below.all)
        draw_children(drawing, &below);
    free(below.at);
    drawing->prefix_bytes = prefix_bytes;
    drawing->prefix[prefix_bytes] = 0;
}

static struct drawing start_drawing(const tide_report *report, const tide_tree *tree, bool is_inverted) {
    struct drawing drawing = {.report = report,
                              .tree = tree,
                              .sum = report->selection->heap_sum.amount,
                              .limit = tide_page_limit(report, 6),
                              .depth_max = DEPTH_MAX - 1,
                              .is_inverted = is_inverted,
                              .figure_columns = FIGURE_COLUMNS};
    char *widest = tide_page_amount(report, drawing.sum);
    if (tide_text_columns(widest) + 1 > FIGURE_COLUMNS)
        drawing.figure_columns = (int)tide_text_columns(widest) + 1;
    free(widest);
    uint32_t figures =
        (uint32_t)drawing.figure_columns * (is_inverted ? 1 : 2) + PERCENT_COLUMNS + (is_inverted ? 2 : 3);
    if (report->options->width_columns) {
        uint32_t width = report->options->width_columns;
        drawing.columns = width > figures + NAME_COLUMNS_MIN ? width - figures : NAME_COLUMNS_MIN;
        uint32_t depth = (drawing.columns - NAME_COLUMNS_MIN) / STEP_COLUMNS + 1;
        drawing.depth_max = depth < drawing.depth_max ? depth : drawing.depth_max;
    }
    return drawing;
}

static void print_head(const struct drawing *drawing) {
    const tide_style *style = &drawing->report->options->style;
    fprintf(drawing->report->out, "%s%*s%*s", style->has_colour ? "\033[1m" : "", drawing->figure_columns,
            "total", PERCENT_COLUMNS, "");
    if (!drawing->is_inverted)
        fprintf(drawing->report->out, "%*s", drawing->figure_columns + 1, "own");
    fprintf(drawing->report->out, "  %s%s\n",
            drawing->is_inverted ? "functions that allocate, and what calls them"
                                 : "from the start, what calls what",
            style->has_colour ? "\033[m" : "");
}

static void draw_callees(const tide_report *report, const tide_tree *tree) {
    struct drawing drawing = start_drawing(report, tree, false);
    print_head(&drawing);
    struct children tops = find_children(&drawing, 0);
    for (size_t i = 0; i < tops.all; i++)
        draw(&drawing, tops.at[i], true);
    free(tops.at);
}

static void draw_callers(const tide_report *report, const tide_tree *tree) {
    struct drawing drawing = start_drawing(report, tree, true);
    print_head(&drawing);
    struct children tops = find_children(&drawing, 0);
    for (size_t i = 0; i < tops.shown; i++)
        draw(&drawing, tops.at[i], true);
    if (tops.all > tops.shown)
        print_more(&drawing, tops.hidden_amount, tops.all - tops.shown, "more functions that allocate");
    free(tops.at);
}

void tide_format_tree_print(const tide_report *report) {
    const tide_names *names = report->names;
    tide_items items = tide_names_items(names);
    tide_tree places, callees, callers;
    tide_tree_init(&places);
    tide_tree_init(&callees);
    tide_tree_init(&callers);
    bool is_everything = tide_page_limit(report, 0) == UINT32_MAX;
    uint64_t min_amount = is_everything ? 0 : report->selection->heap_sum.amount / MIN_SHARE;
    tide_tree_build(&places, &report->recording->heap, &items, report->selection->heap.at);
    tide_tree_fold(&callees, &places, names->function_of.at, true);
    tide_tree_invert(&callers, &places, names->function_of.at, min_amount);
    tide_page_heading(report, NULL, report->selection->heap_sum, "block");
    draw_callees(report, &callees);
    fputs("\n", report->out);
    draw_callers(report, &callers);
    tide_tree_free(&callers);
    tide_tree_free(&callees);
    tide_tree_free(&places);
}
