#include "report/html_data.h"
#include "base/format.h"
#include "report/steps.h"

enum { SAMPLES_MAX = 4000 }; /* more than a screen has columns */

typedef struct tables {
    const tide_report *report;
    const tide_heap *heap;
    tide_strings strings;   /* those that the tables use, in the order of their first use */
    tide_buffer rows;       /* all after the strings */
    uint32_t *node_of_site; /* as they are written; owned */
} tables;

static void put(tables *to, uint64_t value) {
    tide_buffer_put_varint(&to->rows, value);
}

static void put_difference(tables *to, uint64_t now, uint64_t before) {
    uint64_t difference = now - before;
    put(to, difference << 1 ^ (0 - (difference >> 63)));
}

static void put_name(tables *to, uint32_t name) { /* of names->strings, which are clean */
    put(to, tide_strings_add(&to->strings, tide_strings_get(&to->report->names->strings, name)));
}

static void put_text(tables *to, const char *raw) {
    char *clean = tide_text_clean(raw ? raw : "");
    put(to, tide_strings_add(&to->strings, clean));
    free(clean);
}

static void put_heap_text(tables *to, uint32_t string) {
    put_text(to, tide_strings_get(&to->heap->strings, string));
}

/* ---- the run as a whole */

/* "thread worker, stacks matching 'parse', what was allocated from 1.00 s to 2.00 s"; "": all of it. Owned (free). */
static char *asked_part(const tide_report_options *options) {
    char *part = NULL, from[TIDE_FORMAT_MAX], to[TIDE_FORMAT_MAX];
    size_t length_bytes;
    FILE *text = open_memstream(&part, &length_bytes);
    if (options->thread)
        fprintf(text, "thread %s", options->thread);
    if (options->filter)
        fprintf(text, "%sstacks matching '%s'", ftell(text) ? ", " : "", options->filter_text);
    if (options->range)
        fprintf(text, "%swhat was allocated from %s to %s", ftell(text) ? ", " : "",
                tide_format_duration(from, options->range->from_ns),
                tide_format_duration(to, options->range->to_ns));
    fclose(text);
    return part;
}

static void put_run(tables *to) {
    const tide_recording *recording = to->report->recording;
    const tide_totals *totals = &recording->heap.totals;
    char *part = asked_part(to->report->options);
    put(to, to->report->options->view);
    put_text(to, part);
    free(part);
    put_text(to, recording->info.command);
    put_text(to, recording->info.program);
    put_text(to, recording->info.tool_version);
    put_text(to, recording->info.host);
    put(to, recording->info.pid);
    put(to, recording->info.start_unix_ns / 1000000);
    put(to, recording->end.kind);
    put(to, recording->end.status);
    const char *signal_name =
        recording->end.kind == TIDE_END_SIGNALED ? sigabbrev_np((int)recording->end.status) : NULL;
    put_text(to, signal_name);
    put(to, recording->end.quick);
    put(to, recording->torn);
    put(to, recording->torn_offset_bytes);
    put(to, totals->time_ns);
    put(to, totals->heap_peak_bytes);
    put(to, totals->peak_time_ns);
    put(to, totals->mapped_peak_bytes);
    put(to, totals->lost_events);
    put(to, totals->foreign_frees);
    put(to, totals->own_bytes);
}

/* ---- the tree of calls */

static void put_functions(tables *to) {
    const tide_names *names = to->report->names;
    put(to, names->functions.count);
    for (size_t i = 0; i < names->functions.count; i++) {
        put_name(to, names->functions.at[i].name);
        put_name(to, names->functions.at[i].module);
    }
    put(to, names->places.count);
    for (size_t i = 0; i < names->places.count; i++) {
        put(to, names->places.at[i].function);
        put_name(to, names->places.at[i].file);
        put(to, names->places.at[i].line);
    }
}

/* The innermost frame that does more than pass an allocation on. */
static uint32_t allocating_node(const tables *to, const tide_tree *tree, uint32_t node) {
    for (uint32_t at = node; at; at = tree->nodes.at[at].parent)
        if (!to->report->names->is_wrapper.at[tree->nodes.at[at].item])
            return at;
    return node;
}

/* Writes the nodes that are needed and replaces each in `node_of_site` by its row. */
static void put_needed_nodes(tables *to, const tide_tree *tree) {
    uint32_t *row_of = tide_xcalloc(tree->nodes.count, sizeof *row_of), row_count = 1;
    for (size_t i = 0; i < to->heap->sites.count; i++)
        row_of[to->node_of_site[i]] = 1;
    for (size_t i = tree->nodes.count; i-- > 1;)
        if (row_of[i])
            row_of[tree->nodes.at[i].parent] = 1;
    row_of[0] = 0;
    for (size_t i = 1; i < tree->nodes.count; i++)
        if (row_of[i])
            row_of[i] = row_count++;
    put(to, row_count);
    for (size_t i = 1; i < tree->nodes.count; i++)
        if (row_of[i]) {
            put(to, row_of[i] - row_of[tree->nodes.at[i].parent]);
            put(to, tree->nodes.at[i].item);
        }
    for (size_t i = 0; i < to->heap->sites.count; i++)
        to->node_of_site[i] = row_of[to->node_of_site[i]];
    free(row_of);
}

static void put_nodes(tables *to) {
    const tide_heap *heap = to->heap;
    tide_items items = tide_names_items(to->report->names);
    tide_tree tree;
    tide_tree_index tree_node = {0};
    tide_tree_init(&tree);
    tide_tree_grow(&tree, &tree_node, heap, &items);
    to->node_of_site = tide_xcalloc(heap->sites.count, sizeof *to->node_of_site);
    for (size_t i = 0; i < heap->sites.count; i++)
        to->node_of_site[i] = allocating_node(to, &tree, tree_node.at[heap->sites.at[i].node]);
    put_needed_nodes(to, &tree);
    tide_vec_free(&tree_node);
    tide_tree_free(&tree);
}

/* ---- threads, owners, modules, allocator functions */

static void put_threads(tables *to) {
    put(to, to->heap->threads.count);
    for (size_t i = 0; i < to->heap->threads.count; i++) {
        const tide_thread *thread = &to->heap->threads.at[i];
        put_heap_text(to, thread->name);
        put(to, thread->tid);
        put(to, thread->threads_count);
        put(to, thread->start_ns);
        put(to, thread->end_ns);
    }
}

static void put_owners(tables *to) {
    put(to, to->heap->owners.count);
    for (size_t i = 0; i < to->heap->owners.count; i++) {
        put_heap_text(to, (uint32_t)to->heap->owners.at[i].name);
        put(to, to->heap->owners.at[i].parent < i ? to->heap->owners.at[i].parent : 0);
    }
}

static void put_modules(tables *to) {
    put(to, to->heap->modules.count);
    for (size_t i = 0; i < to->heap->modules.count; i++) {
        const tide_module *module = &to->heap->modules.at[i];
        char build_id[TIDE_BUILD_ID_MAX * 2 + 1] = "";
        for (unsigned k = 0; k < module->build_id_bytes && k < TIDE_BUILD_ID_MAX; k++)
            snprintf(build_id + 2 * k, 3, "%02x", module->build_id[k]);
        put_heap_text(to, module->path);
        put_text(to, build_id);
    }
}

static void put_kinds(tables *to) {
    static const char *const names[] = {
#define X(symbol, name) name,
        TIDE_KINDS(X)
#undef X
    };
    put(to, TIDE_KIND_COUNT);
    for (size_t i = 0; i < TIDE_KIND_COUNT; i++)
        put_text(to, names[i]);
}

/* ---- what was allocated, and when */

/* A site that is not asked for has nothing. */
static void put_sites(tables *to) {
    static const tide_counts nothing;
    put(to, to->heap->sites.count);
    for (size_t i = 0; i < to->heap->sites.count; i++) {
        const tide_site *site = &to->heap->sites.at[i];
        const tide_counts *counts = to->report->selection->is_selected.at[i] ? &site->counts : &nothing;
        put(to, to->node_of_site[i]);
        put(to, site->thread);
        put(to, site->owner);
        put(to, site->kind);
        put(to, counts->allocated_bytes);
        put(to, counts->allocated_blocks);
        put(to, counts->freed_bytes);
        put(to, counts->freed_blocks);
        put(to, counts->peak_bytes);
        put(to, counts->peak_blocks);
        put(to, counts->temporary_blocks);
    }
}

/* Of `count` samples from `first` on, the one with the largest heap. */
static const tide_sample *largest(const tide_recording *recording, size_t first, size_t count) {
    const tide_sample *best = &recording->samples.at[first];
    for (size_t i = 1; i < count; i++)
        if (recording->samples.at[first + i].heap_bytes > best->heap_bytes)
            best = &recording->samples.at[first + i];
    return best;
}

static void put_samples(tables *to) {
    const tide_recording *recording = to->report->recording;
    size_t count = recording->samples.count, step = (count + SAMPLES_MAX - 1) / SAMPLES_MAX;
    uint64_t time_ns = 0;
    put(to, step ? (count + step - 1) / step : 0);
    for (size_t i = 0; i < count; i += step) {
        const tide_sample *sample = largest(recording, i, count - i < step ? count - i : step);
        put(to, sample->time_ns - time_ns);
        put(to, sample->heap_bytes);
        put(to, sample->mapped_bytes);
        put(to, sample->rss_bytes);
        put(to, sample->pss_bytes);
        time_ns = sample->time_ns;
    }
}

static size_t count_selected(const tables *to, const tide_step *step) {
    size_t count = 0;
    for (size_t i = 0; i < step->rows.count; i++)
        count += to->report->selection->is_selected.at[step->rows.at[i].site];
    return count;
}

/* What was added to a site since the step before that has it. */
static void put_steps(tables *to, const tide_steps *steps) {
    tide_step_row *last = tide_xcalloc(to->heap->sites.count, sizeof *last);
    uint64_t time_ns = 0;
    put(to, steps->items.count);
    for (size_t i = 0; i < steps->items.count; i++) {
        const tide_step *step = &steps->items.at[i];
        uint32_t site = 0;
        put(to, step->time_ns - time_ns);
        put(to, count_selected(to, step));
        for (size_t k = 0; k < step->rows.count; k++) {
            const tide_step_row *row = &step->rows.at[k];
            tide_step_row *before = &last[row->site];
            if (!to->report->selection->is_selected.at[row->site])
                continue;
            put(to, row->site - site);
            put(to, row->total_bytes - before->total_bytes);
            put(to, row->total_blocks - before->total_blocks);
            put_difference(to, row->live_bytes, before->live_bytes);
            put_difference(to, row->live_blocks, before->live_blocks);
            *before = *row;
            site = row->site;
        }
        time_ns = step->time_ns;
    }
    free(last);
}

void tide_html_data_put(tide_buffer *out, const tide_report *report) {
    tables to = {.report = report, .heap = &report->recording->heap};
    tide_strings_add(&to.strings, "");
    put_run(&to);
    put_functions(&to);
    put_nodes(&to);
    put_threads(&to);
    put_owners(&to);
    put_modules(&to);
    put_kinds(&to);
    put_sites(&to);
    put_samples(&to);
    put_steps(&to, report->options->steps);
    tide_buffer_put_varint(out, to.strings.items.count);
    for (uint32_t i = 0; i < to.strings.items.count; i++)
        tide_buffer_put_string(out, tide_strings_get(&to.strings, i));
    tide_buffer_put(out, to.rows.at, to.rows.count);
    free(to.node_of_site);
    tide_buffer_free(&to.rows);
    tide_strings_free(&to.strings);
}
