/* What was resident, who allocated it, and who touched it first: of recordings made with `record --pages`. */
#include "base/format.h"
#include "base/json.h"
#include "report/page.h"
#include <inttypes.h>

enum { ROWS_SHOWN = 20 };

static const tide_residency *residency_of(const tide_report *report) {
    return &report->recording->residency;
}

/* ---- rows by place */

struct row {
    uint32_t touched_in, allocated_in; /* places; TIDE_NONE: not known, or nobody's block */
    tide_site_pages sum;
};
typedef TIDE_VEC(struct row) row_list;

static uint64_t resident(const struct row *row) {
    return row->sum.resident_bytes;
}

static uint64_t touched(const struct row *row) {
    return row->sum.touched_bytes;
}

static int by_resident(const void *left, const void *right) {
    return (resident(left) < resident(right)) - (resident(left) > resident(right));
}

static int by_touched(const void *left, const void *right) {
    return (touched(left) < touched(right)) - (touched(left) > touched(right));
}

static struct row *row_at(row_list *rows, tide_map *row_of, uint32_t touched_in, uint32_t allocated_in) {
    bool is_new;
    uint32_t row =
        tide_map_put(row_of, (uint64_t)touched_in << 32 | allocated_in, (uint32_t)rows->count, &is_new);
    if (is_new)
        *tide_vec_push(rows) = (struct row){.touched_in = touched_in, .allocated_in = allocated_in};
    return &rows->at[row];
}

static uint32_t allocated_in(const tide_report *report, uint32_t site) {
    const tide_heap *heap = &report->recording->heap;
    return site < heap->sites.count ? tide_names_own_place(report->names, heap, heap->sites.at[site].node)
                                    : TIDE_NONE;
}

static bool is_libc(const tide_report *report, uint32_t code) {
    const tide_heap *heap = &report->recording->heap;
    uint32_t module = heap->codes.at[code].module;
    const char *path =
        module < heap->modules.count ? tide_strings_get(&heap->strings, heap->modules.at[module].path) : "";
    const char *slash = strrchr(path, '/');
    return !strncmp(slash ? slash + 1 : path, "libc.so", strlen("libc.so"));
}

/* memset and the like touch for who calls them. */
static uint32_t touched_in(const tide_report *report, uint32_t node) {
    const tide_heap *heap = &report->recording->heap;
    uint32_t inner = node;
    while (node && is_libc(report, heap->nodes.at[node].code))
        node = heap->nodes.at[node].parent;
    node = node ? node : inner;
    return node ? report->names->frames.at[report->names->of_code.at[heap->nodes.at[node].code].first]
                : TIDE_NONE;
}

static row_list rows_of_sites(const tide_report *report) {
    row_list rows = {0};
    tide_map row_of = {0};
    for (uint32_t i = 0; i < residency_of(report)->sites_at_peak.count; i++) {
        const tide_site_pages *site = &residency_of(report)->sites_at_peak.at[i];
        if (!site->resident_bytes && !site->untouched_bytes && !site->pinned_bytes)
            continue;
        struct row *row = row_at(&rows, &row_of, 0, allocated_in(report, i));
        row->sum.resident_bytes += site->resident_bytes;
        row->sum.untouched_bytes += site->untouched_bytes;
        row->sum.pinned_bytes += site->pinned_bytes;
    }
    tide_map_free(&row_of);
    if (rows.count)
        qsort(rows.at, rows.count, sizeof *rows.at, by_resident);
    return rows;
}

static row_list rows_of_touches(const tide_report *report) {
    row_list rows = {0};
    tide_map row_of = {0};
    for (size_t i = 0; i < residency_of(report)->touches.count; i++) {
        const tide_touch *touch = &residency_of(report)->touches.at[i];
        struct row *row =
            row_at(&rows, &row_of, touched_in(report, touch->node), allocated_in(report, touch->site));
        row->sum.touched_bytes += touch->faults_count * report->recording->info.page_bytes;
    }
    tide_map_free(&row_of);
    if (rows.count)
        qsort(rows.at, rows.count, sizeof *rows.at, by_touched);
    return rows;
}

/* ---- text */

static void line(const tide_report *report, const char *label, uint64_t bytes, const char *what) {
    char *text = tide_page_bytes(report, bytes);
    tide_page_line(report, 13, "  %-11s%s %s", label, text, what);
    free(text);
}

static void print_moment(const tide_report *report, const tide_pages *pages) {
    line(report, "requested", pages->requested_bytes, "by the program, and not freed");
    line(report, "untouched", pages->untouched_bytes, "of it never written, so not resident");
    line(report, "resident", pages->resident_bytes, "of it");
    line(report, "overhead", pages->overhead_bytes, "resident: headers and rounding");
    line(report, "retained", pages->trimmable_bytes, "resident: freed, and malloc_trim would give it back");
    line(report, "pinned", pages->pinned_bytes, "resident: freed, but a live block is on the page");
    line(report, "kept", pages->kept_bytes, "resident: free, and malloc_trim leaves it");
}

static void print_changes(const tide_report *report, const tide_pages *last) {
    line(report, "given back", last->unmapped_bytes, "by munmap, from the start to the end");
    line(report, "", last->lowered_bytes, "by brk, downwards");
    line(report, "", last->trimmed_bytes, "by madvise of free memory, as malloc_trim does it");
    line(report, "", last->advised_bytes, "by madvise of memory in use");
    if (!last->touched_bytes) {
        tide_page_line(report, 13, "  %-11s%s", "touched", "not known: page faults could not be watched");
        return;
    }
    line(report, "touched", last->touched_bytes, "in page faults");
    line(report, "", last->unowned_bytes, "of it in no block: stacks, static data, blocks freed at once");
    if (last->lost_faults)
        tide_page_line(report, 13, "  %-11s%" PRIu64 " page faults, which came too fast", "lost",
                       last->lost_faults);
}

static void put_place(tide_grid *grid, const tide_report *report, uint32_t place) {
    if (place == TIDE_NONE) {
        tide_grid_put(grid, tide_xstrdup("(no block)"));
        tide_grid_put(grid, tide_xstrdup(""));
        return;
    }
    const tide_names *names = report->names;
    tide_grid_put(grid, tide_xstrdup(tide_names_function(names, names->places.at[place].function)));
    tide_grid_put(grid, tide_names_where(names, place));
}

static void print_grid(const tide_report *report, tide_grid *grid) {
    tide_grid_print(grid, report->out, report->options->width_columns, &report->options->style);
    tide_grid_free(grid);
}

static void print_sites(const tide_report *report) {
    static const tide_grid_column columns[] = {{"resident", TIDE_GRID_FIGURE},
                                               {"untouched", TIDE_GRID_FIGURE},
                                               {"pinned", TIDE_GRID_FIGURE},
                                               {"allocated by", TIDE_GRID_FUNCTION},
                                               {"where", TIDE_GRID_PATH}};
    tide_grid grid = {.columns = columns, .column_count = sizeof columns / sizeof *columns};
    row_list rows = rows_of_sites(report);
    for (size_t i = 0; i < rows.count && i < tide_page_limit(report, ROWS_SHOWN); i++) {
        const struct row *row = &rows.at[i];
        tide_grid_put(&grid, tide_page_bytes(report, row->sum.resident_bytes));
        tide_grid_put(&grid, tide_page_bytes(report, row->sum.untouched_bytes));
        tide_grid_put(&grid, tide_page_bytes(report, row->sum.pinned_bytes));
        put_place(&grid, report, row->allocated_in);
    }
    tide_vec_free(&rows);
    print_grid(report, &grid);
}

static void print_touches(const tide_report *report) {
    static const tide_grid_column columns[] = {{"touched", TIDE_GRID_FIGURE},
                                               {"first by", TIDE_GRID_FUNCTION},
                                               {"where", TIDE_GRID_TEXT},
                                               {"allocated by", TIDE_GRID_FUNCTION},
                                               {"where", TIDE_GRID_PATH}};
    tide_grid grid = {.columns = columns, .column_count = sizeof columns / sizeof *columns};
    row_list rows = rows_of_touches(report);
    for (size_t i = 0; i < rows.count && i < tide_page_limit(report, ROWS_SHOWN); i++) {
        const struct row *row = &rows.at[i];
        tide_grid_put(&grid, tide_page_bytes(report, row->sum.touched_bytes));
        put_place(&grid, report, row->touched_in);
        put_place(&grid, report, row->allocated_in);
    }
    if (rows.count)
        print_grid(report, &grid);
    tide_vec_free(&rows);
}

static const tide_pages *moment_at(const tide_residency *residency, uint64_t time_ns) {
    const tide_pages *found = &residency->moments.at[0];
    for (size_t i = 0; i < residency->moments.count && residency->moments.at[i].time_ns <= time_ns; i++)
        found = &residency->moments.at[i];
    return found;
}

void tide_format_pages_print(const tide_report *report) {
    const tide_residency *residency = residency_of(report);
    char time[TIDE_FORMAT_MAX];
    if (!residency->moments.count) {
        fputs("nothing is known of pages: record with --pages\n", report->out);
        return;
    }
    fprintf(report->out, "At %s, when most of the heap was resident\n",
            tide_format_duration(time, residency->peak_time_ns));
    print_moment(report, moment_at(residency, residency->peak_time_ns));
    print_changes(report, &residency->moments.at[residency->moments.count - 1]);
    putc('\n', report->out);
    print_sites(report);
    putc('\n', report->out);
    print_touches(report);
}

/* ---- JSON: docs/json.md */

static void put_pages(FILE *out, const tide_pages *pages) {
    tide_json_number(out, "time_ns", pages->time_ns);
    tide_json_number(out, "requested_bytes", pages->requested_bytes);
    tide_json_number(out, "resident_bytes", pages->resident_bytes);
    tide_json_number(out, "untouched_bytes", pages->untouched_bytes);
    tide_json_number(out, "swapped_bytes", pages->swapped_bytes);
    tide_json_number(out, "overhead_bytes", pages->overhead_bytes);
    tide_json_number(out, "trimmable_bytes", pages->trimmable_bytes);
    tide_json_number(out, "pinned_bytes", pages->pinned_bytes);
    tide_json_number(out, "kept_bytes", pages->kept_bytes);
    tide_json_number(out, "mapped_bytes", pages->mapped_bytes);
    tide_json_number(out, "mapped_resident_bytes", pages->mapped_resident_bytes);
    tide_json_number(out, "untracked_bytes", pages->untracked_bytes);
    tide_json_number(out, "unmapped_bytes", pages->unmapped_bytes);
    tide_json_number(out, "lowered_bytes", pages->lowered_bytes);
    tide_json_number(out, "trimmed_bytes", pages->trimmed_bytes);
    tide_json_number(out, "advised_bytes", pages->advised_bytes);
    tide_json_number(out, "touched_bytes", pages->touched_bytes);
    tide_json_number(out, "unowned_bytes", pages->unowned_bytes);
    tide_json_last(out, "lost_faults", pages->lost_faults);
}

static void put_function(FILE *out, const tide_report *report, const char *key, uint32_t place) {
    const tide_names *names = report->names;
    bool is_known = place != TIDE_NONE;
    fprintf(out, "\"%s\": {", key);
    tide_json_text(out, "function",
                   is_known ? tide_names_function(names, names->places.at[place].function) : NULL);
    tide_json_text(out, "file",
                   is_known ? tide_strings_get(&names->strings, names->places.at[place].file) : NULL);
    tide_json_last(out, "line", is_known ? names->places.at[place].line : 0);
    fputs("}, ", out);
}

static void put_rows(FILE *out, const tide_report *report, const char *key, row_list rows, bool is_touch) {
    fprintf(out, "\"%s\": [", key);
    for (size_t i = 0; i < rows.count; i++) {
        const struct row *row = &rows.at[i];
        fputs(i ? ",\n {" : "\n {", out);
        if (is_touch)
            put_function(out, report, "touched_by", row->touched_in);
        put_function(out, report, "allocated_by", row->allocated_in);
        if (!is_touch) {
            tide_json_number(out, "resident_bytes", row->sum.resident_bytes);
            tide_json_number(out, "untouched_bytes", row->sum.untouched_bytes);
            tide_json_last(out, "pinned_bytes", row->sum.pinned_bytes);
        } else
            tide_json_last(out, "touched_bytes", row->sum.touched_bytes);
        putc('}', out);
    }
    fputs("],\n", out);
    tide_vec_free(&rows);
}

void tide_pages_put_json(const tide_report *report) {
    const tide_residency *residency = residency_of(report);
    FILE *out = report->out;
    fputs("\"residency\": ", out);
    if (!residency->moments.count) {
        fputs("null", out);
        return;
    }
    fputs("{\"moments\": [", out);
    for (size_t i = 0; i < residency->moments.count; i++) {
        fputs(i ? ",\n {" : "\n {", out);
        put_pages(out, &residency->moments.at[i]);
        putc('}', out);
    }
    fputs("],\n", out);
    put_rows(out, report, "at_peak", rows_of_sites(report), false);
    put_rows(out, report, "touches", rows_of_touches(report), true);
    tide_json_number(out, "peak_time_ns", residency->peak_time_ns);
    tide_json_last(out, "peak_bytes", residency->peak_bytes);
    putc('}', out);
}
