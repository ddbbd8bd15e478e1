#include "report/page.h"
#include <inttypes.h>

/* ";" parts frames and a space parts the value: only the first can be mistaken in the middle of a line. */
static void print_name(FILE *out, const char *name) {
    for (; *name; name++)
        putc(*name == ';' ? ',' : *name, out);
}

static void print_stack(const tide_report *report, const tide_tree *tree, uint32_t node) {
    TIDE_VEC(uint32_t) path = {0};
    for (uint32_t at = node; at; at = tree->nodes.at[at].parent)
        *tide_vec_push(&path) = tree->nodes.at[at].item;
    for (size_t i = path.count; i-- > 0;) {
        print_name(report->out, tide_names_function(report->names, path.at[i]));
        putc(i ? ';' : ' ', report->out);
    }
    fprintf(report->out, "%" PRIu64 "\n", tree->nodes.at[node].own.amount);
    tide_vec_free(&path);
}

void tide_format_collapsed_print(const tide_report *report) {
    tide_items items = tide_names_items(report->names);
    tide_tree places, functions;
    tide_tree_init(&places);
    tide_tree_init(&functions);
    tide_tree_build(&places, &report->recording->heap, &items, report->selection->heap.at);
    tide_tree_fold(&functions, &places, report->names->function_of.at, false);
    for (uint32_t i = 1; i < functions.nodes.count && !ferror(report->out); i++)
        if (functions.nodes.at[i].own.amount)
            print_stack(report, &functions, i);
    tide_tree_free(&functions);
    tide_tree_free(&places);
}
