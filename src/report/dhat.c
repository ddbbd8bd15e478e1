#include "base/json.h"
#include "report/frame_texts.h"
#include "report/page.h"
#include <inttypes.h>

/* DHAT's format 2, what its dh_view.js reads. It takes no two points with equal frames: a point is a node of the tree
 * of frames' texts, where each path is once. Frames stand innermost first, by their number in "ftbl". */

/* Per clock: what a time is of, a million of it, and below what DHAT calls a block's life short. Ours are known to
 * 10 ms; 500 instructions are Valgrind's own. */
static const struct {
    const char *unit, *million;
    uint64_t short_lived;
} clocks[] = {[TIDE_CLOCK_NS] = {"ns", "ms", 10000000},
              [TIDE_CLOCK_INSTRUCTIONS] = {"instrs", "Minstr", 500},
              [TIDE_CLOCK_BYTES] = {"bytes", "MB", 500},
              [TIDE_CLOCK_UNITS] = {"units", "Munits", 500}};

static void put_head(const tide_report *report) {
    const tide_recording *recording = report->recording;
    FILE *out = report->out;
    fputs(report->options->are_events
              ? "{\"dhatFileVersion\": 2, \"mode\": \"ad-hoc\", \"verb\": \"Occurred\", "
                "\"bklt\": false, \"bkacc\": false,\n"
                "\"bu\": \"unit\", \"bsu\": \"units\", \"bksu\": \"events\",\n"
              : "{\"dhatFileVersion\": 2, \"mode\": \"heap\", \"verb\": \"Allocated\", "
                "\"bklt\": true, \"bkacc\": false,\n",
          out);
    tide_json_text(out, "tu", clocks[recording->info.clock].unit);
    tide_json_text(out, "Mtu", clocks[recording->info.clock].million);
    tide_json_number(out, "tuth", clocks[recording->info.clock].short_lived);
    fputs("\n\"cmd\": ", out);
    tide_json_string(out, recording->info.command);
    fputs(", ", out);
    tide_json_number(out, "pid", recording->info.pid);
    tide_json_number(out, "te", recording->heap.totals.time_ns);
    tide_json_number(out, "tg", recording->heap.totals.peak_time_ns);
}

static void add(tide_counts *sum, const tide_counts *more) {
    sum->allocated_bytes += more->allocated_bytes;
    sum->allocated_blocks += more->allocated_blocks;
    sum->freed_bytes += more->freed_bytes;
    sum->freed_blocks += more->freed_blocks;
    sum->peak_bytes += more->peak_bytes;
    sum->peak_blocks += more->peak_blocks;
    sum->lifetime_ns += more->lifetime_ns;
}

/* Of each node of `tree` that allocates: its sites together. Owned (free). */
static tide_counts *sum_points(const tide_report *report, const tide_tree *tree, const uint32_t *tree_node) {
    const tide_heap *heap = &report->recording->heap;
    tide_counts *points = tide_xcalloc(tree->nodes.count, sizeof *points);
    for (size_t i = 0; i < heap->sites.count; i++)
        if (report->selection->is_selected.at[i] && heap->sites.at[i].kind != TIDE_MMAP)
            add(&points[tree_node[heap->sites.at[i].node]], &heap->sites.at[i].counts);
    return points;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* "mb", the most that a point ever held, is not recorded; it is no less than at the peak and at the end. */
static void put_point(FILE *out, const tide_tree *tree, uint32_t node, const tide_counts *counts) {
    uint64_t end_bytes = counts->allocated_bytes - counts->freed_bytes,
             end_blocks = counts->allocated_blocks - counts->freed_blocks;
    tide_json_number(out, "tb", counts->allocated_bytes);
    tide_json_number(out, "tbk", counts->allocated_blocks);
    tide_json_number(out, "tl", counts->lifetime_ns);
    tide_json_number(out, "mb", larger(counts->peak_bytes, end_bytes));
    tide_json_number(out, "mbk", larger(counts->peak_blocks, end_blocks));
    tide_json_number(out, "gb", counts->peak_bytes);
    tide_json_number(out, "gbk", counts->peak_blocks);
    tide_json_number(out, "eb", end_bytes);
    tide_json_number(out, "ebk", end_blocks);
    fputs("\"fs\": [", out);
    for (uint32_t at = node; at; at = tree->nodes.at[at].parent)
        fprintf(out, "%s%" PRIu32, at == node ? "" : ", ", tree->nodes.at[at].item);
    putc(']', out);
}

static void put_points(const tide_report *report, const tide_frame_texts *texts) {
    const tide_heap *heap = &report->recording->heap;
    tide_items items = tide_frame_texts_items(texts, report->names);
    tide_tree_index tree_node = {0};
    tide_tree tree;
    tide_tree_init(&tree);
    tide_tree_grow(&tree, &tree_node, heap, &items);
    tide_counts *points = sum_points(report, &tree, tree_node.at);
    const char *comma = "";
    fputs("\n\"pps\": [", report->out);
    for (uint32_t i = 0; i < tree.nodes.count && !ferror(report->out); i++)
        if (points[i].allocated_blocks) {
            fprintf(report->out, "%s\n {", comma);
            put_point(report->out, &tree, i, &points[i]);
            putc('}', report->out);
            comma = ",";
        }
    fputs("],\n", report->out);
    free(points);
    tide_vec_free(&tree_node);
    tide_tree_free(&tree);
}

void tide_format_dhat_print(const tide_report *report) {
    tide_frame_texts texts;
    tide_frame_texts_init(&texts, report->names, &report->recording->heap);
    put_head(report);
    put_points(report, &texts);
    fputs("\"ftbl\": [\"[root]\"", report->out);
    for (uint32_t i = 1; i < texts.strings.items.count && !ferror(report->out); i++) {
        fputs(",\n ", report->out);
        tide_json_string(report->out, tide_strings_get(&texts.strings, i));
    }
    fputs("]}\n", report->out);
    tide_frame_texts_free(&texts);
}
