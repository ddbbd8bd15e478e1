#include "report/diff.h"
#include "report/html_page.h"
#include "report/page.h"
#include "report/rows.h"

const tide_diff_format tide_diff_formats[] = {
    {"table", "what changed, the most first", tide_diff_table_print},
    {"json", "every function, exactly: docs/json.md", tide_diff_json_print},
    {"html", "a page to look at, in any browser", tide_diff_html_print, .is_binary = true,
     .missing = &tide_html_missing},
    {0},
};

/* What a function is called in both recordings. Owned (free). */
static char *shared_name(const tide_names *names, const tide_function *function) {
    static const char *const clones[] = {" [clone", ".part.", ".constprop.", ".isra.",
                                         ".cold"}; /* gcc's and clang's */
    const char *name = tide_strings_get(&names->strings, function->name);
    if (function->has_name || *name == '[') {
        char *whole = tide_xstrdup(name);
        for (size_t i = 0; i < sizeof clones / sizeof *clones; i++) {
            char *clone = strstr(whole, clones[i]);
            if (clone)
                *clone = 0;
        }
        return whole;
    }
    return tide_xasprintf("(without a name, in %s)",
                          function->module ? tide_strings_get(&names->strings, function->module) : "no file");
}

static void add(tide_weight *sum, tide_weight more) {
    sum->amount += more.amount;
    sum->blocks += more.blocks;
}

/* ---- matching. Rows are numbered by their keys' numbers - 1: "parse\nshop", and in a second round "parse". */

typedef struct matching {
    tide_diff_part *part;
    tide_strings keys;
    TIDE_VEC(bool) is_before, is_after; /* per row: in which recordings it is */
} matching;

static uint32_t find_row(matching *to, const char *name, const char *module) {
    char *key = tide_xasprintf("%s\n%s", name, module);
    uint32_t row = tide_strings_add(&to->keys, key) - 1;
    free(key);
    if (row == to->part->rows.count) {
        *tide_vec_push(&to->part->rows) =
            (tide_diff_row){.function = tide_xstrdup(name), .module = module, .where = tide_xstrdup("")};
        (void)tide_vec_push(&to->is_before);
        (void)tide_vec_push(&to->is_after);
    }
    return row;
}

static void add_row(matching *to, const tide_names *names, const tide_row *row, bool is_after) {
    const tide_function *function = &names->functions.at[row->function];
    char *name = shared_name(names, function);
    uint32_t index = find_row(to, name, tide_strings_get(&names->strings, function->module));
    tide_diff_row *into = &to->part->rows.at[index];
    add(is_after ? &into->after : &into->before, row->share.own);
    (is_after ? to->is_after.at : to->is_before.at)[index] = true;
    free(into->where);
    into->where = function->has_name ? tide_names_where(names, row->place) : tide_xstrdup("");
    free(name);
}

static void add_side(matching *to, const tide_diff_side *side, const tide_weight *weights, bool is_after) {
    tide_items items = tide_names_items(&side->names);
    tide_tree tree;
    tide_tree_init(&tree);
    tide_tree_build(&tree, &side->recording->heap, &items, weights);
    tide_row_list rows = tide_rows_make(&side->names, &tree);
    for (size_t i = 0; i < rows.count; i++)
        if (rows.at[i].share.own.amount || rows.at[i].share.own.blocks)
            add_row(to, &side->names, &rows.at[i], is_after);
    add(is_after ? &to->part->after : &to->part->before, tree.nodes.at[0].total);
    tide_vec_free(&rows);
    tide_tree_free(&tree);
}

static void free_row(tide_diff_row *row) {
    free(row->function);
    free(row->where);
}

/* A program or library may be called otherwise in the other build: what is left over on both sides is matched by name
 * alone, one for one. */
static void match_renamed(matching *to) {
    tide_diff_part *part = to->part;
    tide_strings names = {0};
    tide_map gone = {0}; /* name -> row that is in the older only */
    for (uint32_t i = 0; i < part->rows.count; i++)
        if (!to->is_after.at[i])
            tide_map_set(&gone, tide_strings_add(&names, part->rows.at[i].function), i);
    size_t kept = 0;
    for (uint32_t i = 0; i < part->rows.count; i++) {
        tide_diff_row *row = &part->rows.at[i];
        uint32_t old = 0;
        bool is_renamed = !to->is_before.at[i] &&
                          tide_map_get(&gone, tide_strings_add(&names, row->function), &old) &&
                          !to->is_after.at[old];
        if (is_renamed) { /* rows of the older come first: that one was kept already, where it was */
            to->is_after.at[old] = true;
            part->rows.at[old].after = row->after;
            part->rows.at[old].module = row->module;
            free(part->rows.at[old].where);
            part->rows.at[old].where = row->where;
            free(row->function);
        } else
            part->rows.at[kept++] = *row;
    }
    part->rows.count = kept;
    tide_map_free(&gone);
    tide_strings_free(&names);
}

static uint64_t distance(tide_weight before, tide_weight after) {
    return after.amount > before.amount ? after.amount - before.amount : before.amount - after.amount;
}

static int by_change(const void *left, const void *right) {
    const tide_diff_row *a = left, *b = right;
    uint64_t x = distance(a->before, a->after), y = distance(b->before, b->after);
    int order = (x < y) - (x > y);
    order = order ? order : (a->after.amount < b->after.amount) - (a->after.amount > b->after.amount);
    order = order ? order : strcmp(a->function, b->function);
    return order ? order : strcmp(a->module, b->module);
}

static void compare(tide_diff_part *part, const tide_diff_side *before, const tide_weight *before_weights,
                    const tide_diff_side *after, const tide_weight *after_weights) {
    matching both = {.part = part};
    part->has_blocks = tide_page_has_blocks(before->recording) && tide_page_has_blocks(after->recording);
    tide_strings_add(&both.keys, "");
    add_side(&both, before, before_weights, false);
    add_side(&both, after, after_weights, true);
    match_renamed(&both);
    if (part->rows.count)
        qsort(part->rows.at, part->rows.count, sizeof *part->rows.at, by_change);
    tide_strings_free(&both.keys);
    tide_vec_free(&both.is_before);
    tide_vec_free(&both.is_after);
}

/* ---- both recordings */

static int init_side(tide_diff_side *side, const char *path, const tide_recording *recording,
                     const tide_report_options *options, tide_err *err) {
    *side = (tide_diff_side){.path = path, .recording = recording};
    tide_names_init(&side->names, recording);
    return tide_selection_init(&side->selection, recording, &side->names, options, err);
}

int tide_diff_init(tide_diff *diff, const char *const paths[2], const tide_recording *const recordings[2],
                   const tide_report_options *options, tide_err *err) {
    *diff = (tide_diff){.options = options};
    int failed = init_side(&diff->before, paths[0], recordings[0], options, err);
    if (!failed)
        failed = init_side(&diff->after, paths[1], recordings[1], options, err);
    if (failed)
        return failed;
    const tide_selection *before = &diff->before.selection, *after = &diff->after.selection;
    compare(&diff->heap, &diff->before, before->heap.at, &diff->after, after->heap.at);
    compare(&diff->mapped, &diff->before, before->mapped.at, &diff->after, after->mapped.at);
    return 0;
}

static void free_part(tide_diff_part *part) {
    for (size_t i = 0; i < part->rows.count; i++)
        free_row(&part->rows.at[i]);
    tide_vec_free(&part->rows);
}

void tide_diff_free(tide_diff *diff) {
    free_part(&diff->heap);
    free_part(&diff->mapped);
    tide_selection_free(&diff->before.selection);
    tide_selection_free(&diff->after.selection);
    tide_names_free(&diff->before.names);
    tide_names_free(&diff->after.names);
}
