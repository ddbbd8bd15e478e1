#include "report/frame_texts.h"
#include "report/page.h"
#include <inttypes.h>

/* Massif's text: snapshots by time, some of them with a tree of who holds what, from what allocates to its callers.
 *
 *   n2: 600 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 *    n0: 400 0x12FE: parse (/src/parse.c:80)
 *    n0: 200 in 3 places, all below massif's threshold (1.00%)
 *
 * A line begins with how many lines are below it, one column further in. */

enum { THRESHOLD_PER_CENT = 1, DETAILED_MAX = 12 }; /* of the steps, how many have a tree */

typedef struct massif {
    const tide_report *report;
    tide_frame_texts texts;
    tide_items items;
    uint32_t *itself; /* per text: no coarser groups */
    uint32_t snapshot_count;
} massif;

static uint64_t sum_weights(const tide_weight *weights, size_t count) {
    uint64_t sum_bytes = 0;
    for (size_t i = 0; i < count; i++)
        sum_bytes += weights[i].amount;
    return sum_bytes;
}

/* ---- the tree of one snapshot */

typedef struct children {
    TIDE_VEC(uint32_t) heavy; /* nodes, the heaviest first */
    uint32_t light_count;
    uint64_t light_bytes;
} children;

static int by_weight(const void *left, const void *right, void *arg) {
    const tide_tree *tree = arg;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    uint64_t x = tree->nodes.at[a].total.amount, y = tree->nodes.at[b].total.amount;
    return x != y ? (x < y) - (x > y) : (a > b) - (a < b);
}

static children children_of(const tide_tree *tree, uint32_t node, uint64_t least_bytes) {
    children found = {0};
    for (uint32_t at = tree->nodes.at[node].first_child; at != TIDE_NONE; at = tree->nodes.at[at].next) {
        uint64_t bytes = tree->nodes.at[at].total.amount;
        if (bytes >= least_bytes)
            *tide_vec_push(&found.heavy) = at;
        else if (bytes) {
            found.light_count++;
            found.light_bytes += bytes;
        }
    }
    if (found.heavy.count)
        qsort_r(found.heavy.at, found.heavy.count, sizeof *found.heavy.at, by_weight,
                (void *)(uintptr_t)tree);
    return found;
}

static void put_lines_below(const massif *into, const tide_tree *tree, const children *below,
                            uint64_t least_bytes, int depth);

static void put_node(const massif *into, const tide_tree *tree, uint32_t node, uint64_t least_bytes,
                     int depth) {
    FILE *out = into->report->out;
    children below = children_of(tree, node, least_bytes);
    const char *text = node ? tide_strings_get(&into->texts.strings, tree->nodes.at[node].item)
                            : "(heap allocation functions) malloc/new/new[], --alloc-fns, etc.";
    fprintf(out, "%*sn%zu: %" PRIu64 " %s\n", depth, "", below.heavy.count + (below.light_count > 0),
            tree->nodes.at[node].total.amount, text);
    put_lines_below(into, tree, &below, least_bytes, depth + 1);
    tide_vec_free(&below.heavy);
}

static void put_lines_below(const massif *into, const tide_tree *tree, const children *below,
                            uint64_t least_bytes, int depth) {
    FILE *out = into->report->out;
    for (size_t i = 0; i < below->heavy.count && !ferror(out); i++)
        put_node(into, tree, below->heavy.at[i], least_bytes, depth);
    if (below->light_count)
        fprintf(out, "%*sn0: %" PRIu64 " in %" PRIu32 " place%s, %sbelow massif's threshold (%d.00%%)\n",
                depth, "", below->light_bytes, below->light_count, below->light_count == 1 ? "" : "s",
                below->light_count == 1 ? "" : "all ", THRESHOLD_PER_CENT);
}

static void put_tree(const massif *into, const tide_weight *weights, uint64_t heap_bytes) {
    tide_tree calls, callers;
    tide_tree_init(&calls);
    tide_tree_init(&callers);
    uint64_t least_bytes = heap_bytes / (100 / THRESHOLD_PER_CENT);
    tide_tree_build(&calls, &into->report->recording->heap, &into->items, weights);
    tide_tree_invert(&callers, &calls, into->itself, least_bytes);
    callers.nodes.at[0].total = calls.nodes.at[0].total;
    put_node(into, &callers, 0, least_bytes, 0);
    tide_tree_free(&callers);
    tide_tree_free(&calls);
}

/* ---- snapshots */

/* `kind` is Massif's word for the tree: "empty" is none. */
static void put_snapshot(massif *into, const tide_weight *weights, uint64_t time_ns, uint64_t heap_bytes,
                         const char *kind) {
    FILE *out = into->report->out;
    uint64_t time = into->report->recording->info.clock == TIDE_CLOCK_NS ? time_ns / 1000000 : time_ns;
    fprintf(out,
            "#-----------\nsnapshot=%" PRIu32 "\n#-----------\ntime=%" PRIu64 "\nmem_heap_B=%" PRIu64 "\n",
            into->snapshot_count++, time, heap_bytes);
    fprintf(out, "mem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=%s\n", kind);
    if (strcmp(kind, "empty") != 0)
        put_tree(into, weights, heap_bytes);
}

/* The peak and the end, for which `heap_bytes` is exact, sum of the sites or not; of part of the sites there is only
 * their sum. */
static void put_view(massif *into, enum tide_view view, uint64_t time_ns, uint64_t heap_bytes,
                     const char *kind) {
    const tide_report *report = into->report;
    const tide_heap *heap = &report->recording->heap;
    tide_weight *weights = tide_xcalloc(heap->sites.count + 1, sizeof *weights);
    tide_selection_weigh_all(report->selection, heap, view, weights);
    bool is_filtered = report->options->thread || report->options->filter;
    put_snapshot(into, weights, time_ns, is_filtered ? sum_weights(weights, heap->sites.count) : heap_bytes,
                 kind);
    free(weights);
}

/* Make `weights` what the sites held when the step was over. */
static void take_step(const tide_report *report, const tide_step *step, tide_weight *weights) {
    for (size_t i = 0; i < step->rows.count; i++) {
        const tide_step_row *row = &step->rows.at[i];
        bool is_asked = report->selection->is_selected.at[row->site] &&
                        report->recording->heap.sites.at[row->site].kind != TIDE_MMAP;
        weights[row->site].amount = is_asked ? row->live_bytes : 0;
    }
}

static void put_peak(massif *into) {
    const tide_totals *totals = &into->report->recording->heap.totals;
    put_view(into, TIDE_VIEW_PEAK, totals->peak_time_ns, totals->heap_peak_bytes, "peak");
}

/* The start, the steps up to the peak, the peak, the steps from there on, the end. */
static void put_snapshots(massif *into) {
    const tide_heap *heap = &into->report->recording->heap;
    const tide_steps *steps = into->report->options->steps;
    tide_weight *weights = tide_xcalloc(heap->sites.count + 1, sizeof *weights);
    size_t apart = steps->items.count / DETAILED_MAX + 1;
    bool is_peak_put = false;
    put_snapshot(into, weights, 0, 0, "empty");
    for (size_t i = 0; i < steps->items.count && !ferror(into->report->out); i++) {
        const tide_step *step = &steps->items.at[i];
        if (step->time_ns >= heap->totals.time_ns)
            break;
        if (step->time_ns >= heap->totals.peak_time_ns && !is_peak_put) {
            put_peak(into);
            is_peak_put = true;
        }
        take_step(into->report, step, weights);
        put_snapshot(into, weights, step->time_ns, sum_weights(weights, heap->sites.count),
                     i % apart == apart - 1 ? "detailed" : "empty");
    }
    if (!is_peak_put)
        put_peak(into);
    put_view(into, TIDE_VIEW_LEAKS, heap->totals.time_ns, heap->totals.heap_bytes, "detailed");
    free(weights);
}

void tide_format_massif_print(const tide_report *report) {
    static const char *const units[] = {/* ms_print takes no others */
                                        [TIDE_CLOCK_NS] = "ms",
                                        [TIDE_CLOCK_INSTRUCTIONS] = "i",
                                        [TIDE_CLOCK_BYTES] = "B",
                                        [TIDE_CLOCK_UNITS] = "i"};
    massif writer = {.report = report};
    tide_frame_texts_init(&writer.texts, report->names, &report->recording->heap);
    writer.items = tide_frame_texts_items(&writer.texts, report->names);
    writer.itself = tide_xcalloc(writer.texts.strings.items.count, sizeof *writer.itself);
    for (uint32_t i = 0; i < writer.texts.strings.items.count; i++)
        writer.itself[i] = i;
    char *command = tide_text_clean(report->recording->info.command);
    fprintf(report->out, "desc: tidemark %s\ncmd: %s\ntime_unit: %s\n", report->recording->info.tool_version,
            command, units[report->recording->info.clock]);
    put_snapshots(&writer);
    free(command);
    free(writer.itself);
    tide_frame_texts_free(&writer.texts);
}
