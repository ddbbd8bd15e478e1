#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/explain_inside.h"
#include <inttypes.h>

enum { FIGURE_COLUMNS = 10, EXACT_COLUMNS = 16, ROWS_SHOWN = 10, FEW_ROWS_SHOWN = 5, WHERE_COLUMNS = 40 };

static void put_bytes(FILE *out, uint64_t bytes, const tide_explain_options *options) {
    char text[TIDE_FORMAT_MAX];
    if (options->exact_bytes)
        fprintf(out, "%*" PRIu64, EXACT_COLUMNS, bytes);
    else
        fprintf(out, "%*s", FIGURE_COLUMNS, tide_format_bytes(text, bytes));
}

static void put_line(FILE *out, uint64_t bytes, const char *what, const tide_explain_options *options) {
    put_bytes(out, bytes, options);
    fprintf(out, "  %s\n", what);
}

static void put_name(FILE *out, const char *name, const tide_explain_options *options) {
    fprintf(out, "%*s", options->exact_bytes ? EXACT_COLUMNS : FIGURE_COLUMNS, name);
}

/* ---- text */

static void put_heap(FILE *out, const tide_inside *inside, const tide_explain_options *options) {
    const tide_inside_sum *heap = &inside->heap;
    char bytes[TIDE_FORMAT_MAX], blocks[TIDE_FORMAT_MAX];
    fprintf(out, "heap, from inside: %s requested in %s blocks\n",
            tide_format_bytes(bytes, heap->requested_bytes),
            tide_format_count(blocks, heap->requested_blocks));
    put_line(out, heap->untouched_bytes, "untouched: requested, never written, so not resident", options);
    if (heap->swapped_bytes)
        put_line(out, heap->swapped_bytes, "in swap", options);
    put_line(out, heap->blocks_resident_bytes, "resident, of blocks", options);
    put_line(out, heap->overhead_bytes, "resident, overhead: headers and rounding", options);
    put_line(out, heap->trimmable_bytes, "retained: freed, and malloc_trim would give it back", options);
    put_line(out, heap->pinned_bytes, "pinned: freed, but a live block is on the page", options);
    put_line(out, heap->kept_bytes, "kept by the allocator: free, and malloc_trim leaves it", options);
    put_line(out, heap->resident_bytes, "together resident, of the heap's mappings", options);
    if (inside->mapped.requested_blocks) {
        fprintf(out, "mapped by the program itself: %s in %s mappings\n",
                tide_format_bytes(bytes, inside->mapped.requested_bytes),
                tide_format_count(blocks, inside->mapped.requested_blocks));
        put_line(out, inside->mapped.blocks_resident_bytes, "resident", options);
        put_line(out, inside->mapped.untouched_bytes, "never touched", options);
    }
    put_line(out, inside->untracked_bytes,
             "resident in anonymous mappings that the tracker has not seen made", options);
}

static void put_arenas(FILE *out, const tide_inside *inside, const tide_explain_options *options) {
    static const char *const names[] = {"resident", "blocks", "free", "free"};
    for (unsigned i = 0; i < sizeof names / sizeof *names - 1; i++)
        put_name(out, names[i], options);
    fputs("  fragmentation, by arena\n", out);
    for (size_t i = 0; i < inside->arenas.count && (i < FEW_ROWS_SHOWN || options->verbose); i++) {
        const tide_inside_sum *sum = &inside->arenas.at[i].sum;
        uint64_t free_bytes = sum->trimmable_bytes + sum->pinned_bytes + sum->kept_bytes;
        put_bytes(out, sum->resident_bytes, options);
        put_bytes(out, sum->blocks_resident_bytes + sum->overhead_bytes, options);
        put_bytes(out, free_bytes, options);
        fprintf(out, "  %3.0f %% free  %s at %" PRIx64 "\n",
                sum->resident_bytes ? 100.0 * (double)free_bytes / (double)sum->resident_bytes : 0.0,
                tide_category_name(inside->arenas.at[i].category), inside->arenas.at[i].start);
    }
    if (inside->arenas.count > FEW_ROWS_SHOWN && !options->verbose)
        fprintf(out, "  and %zu more (-v)\n", inside->arenas.count - FEW_ROWS_SHOWN);
}

static const char *function_of(const tide_explain_inside *inside, const tide_explain_row *row) {
    return row->place == TIDE_NONE
               ? "of an unknown stack"
               : tide_names_function(&inside->names, inside->names.places.at[row->place].function);
}

static void put_place(FILE *out, const tide_explain_inside *inside, const tide_explain_row *row) {
    char *where = row->place == TIDE_NONE ? tide_xstrdup("") : tide_names_where(&inside->names, row->place);
    char *fitted = tide_text_fit_path(where, WHERE_COLUMNS, &(tide_style){0});
    fprintf(out, "  %s%s%s%s\n", function_of(inside, row), *fitted ? "  " : "", fitted,
            row->is_mapping ? "  (mmap)" : "");
    free(fitted);
    free(where);
}

static void put_rows(FILE *out, const tide_explain_inside *inside, const tide_explain_options *options) {
    static const char *const names[] = {"resident", "requested", "untouched", "pinned"};
    char blocks[TIDE_FORMAT_MAX];
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        put_name(out, names[i], options);
    fputs("      blocks  by what is resident\n", out);
    for (size_t i = 0; i < inside->rows.count && (i < ROWS_SHOWN || options->verbose); i++) {
        const tide_explain_row *row = &inside->rows.at[i];
        put_bytes(out, row->sum.resident_bytes, options);
        put_bytes(out, row->sum.requested_bytes, options);
        put_bytes(out, row->sum.untouched_bytes, options);
        put_bytes(out, row->sum.pinned_bytes, options);
        fprintf(out, "%12s", tide_format_count(blocks, row->sum.requested_blocks));
        put_place(out, inside, row);
    }
    if (inside->rows.count > ROWS_SHOWN && !options->verbose)
        fprintf(out, "  and %zu more (-v)\n", inside->rows.count - ROWS_SHOWN);
}

static uint64_t untouched_of(const tide_explain_row *row) {
    return row->sum.untouched_bytes;
}

static uint64_t pinned_of(const tide_explain_row *row) {
    return row->sum.pinned_bytes;
}

/* The few that have most of something else than what rows are sorted by. */
static void put_most(FILE *out, const tide_explain_inside *inside, const char *title,
                     uint64_t (*figure)(const tide_explain_row *row), const tide_explain_options *options) {
    uint64_t limit_bytes = UINT64_MAX;
    for (unsigned shown = 0; shown < FEW_ROWS_SHOWN; shown++) {
        const tide_explain_row *most = NULL;
        for (size_t i = 0; i < inside->rows.count; i++) {
            const tide_explain_row *row = &inside->rows.at[i];
            if (figure(row) < limit_bytes && figure(row) > (most ? figure(most) : 0))
                most = row;
        }
        if (!most)
            return;
        if (shown == 0)
            fprintf(out, "%s\n", title);
        limit_bytes = figure(most);
        put_bytes(out, limit_bytes, options);
        put_place(out, inside, most);
    }
}

void tide_explain_inside_show(FILE *out, const tide_explain_inside *inside,
                              const tide_explain_options *options) {
    putc('\n', out);
    put_heap(out, &inside->inside, options);
    put_arenas(out, &inside->inside, options);
    put_rows(out, inside, options);
    put_most(out, inside, "untouched, by who requested it", untouched_of, options);
    put_most(out, inside, "pinned, by who has the live blocks", pinned_of, options);
}

/* ---- JSON: docs/explain.md */

static void put_sum(FILE *out, const tide_inside_sum *sum) {
    tide_json_number(out, "size_bytes", sum->size_bytes);
    tide_json_number(out, "resident_bytes", sum->resident_bytes);
    tide_json_number(out, "requested_bytes", sum->requested_bytes);
    tide_json_number(out, "requested_blocks", sum->requested_blocks);
    tide_json_number(out, "blocks_resident_bytes", sum->blocks_resident_bytes);
    tide_json_number(out, "untouched_bytes", sum->untouched_bytes);
    tide_json_number(out, "swapped_bytes", sum->swapped_bytes);
    tide_json_number(out, "overhead_bytes", sum->overhead_bytes);
    tide_json_number(out, "trimmable_bytes", sum->trimmable_bytes);
    tide_json_number(out, "pinned_bytes", sum->pinned_bytes);
    tide_json_last(out, "kept_bytes", sum->kept_bytes);
}

static void put_json_row(FILE *out, const tide_explain_inside *inside, const tide_explain_row *row) {
    const tide_place *place = row->place == TIDE_NONE ? NULL : &inside->names.places.at[row->place];
    tide_json_text(out, "function", place ? tide_names_function(&inside->names, place->function) : NULL);
    tide_json_text(out, "file", place ? tide_strings_get(&inside->names.strings, place->file) : NULL);
    tide_json_number(out, "line", place ? place->line : 0);
    tide_json_flag(out, "is_mapping", row->is_mapping);
    tide_json_number(out, "requested_bytes", row->sum.requested_bytes);
    tide_json_number(out, "requested_blocks", row->sum.requested_blocks);
    tide_json_number(out, "resident_bytes", row->sum.resident_bytes);
    tide_json_number(out, "untouched_bytes", row->sum.untouched_bytes);
    tide_json_number(out, "swapped_bytes", row->sum.swapped_bytes);
    tide_json_last(out, "pinned_bytes", row->sum.pinned_bytes);
}

void tide_explain_inside_show_json(FILE *out, const tide_explain_inside *inside) {
    const tide_inside *figures = &inside->inside;
    fputs(",\n\"inside\": {\"heap\": {", out);
    put_sum(out, &figures->heap);
    fputs("},\n\"mapped\": {", out);
    put_sum(out, &figures->mapped);
    fputs("},\n\"arenas\": [", out);
    for (size_t i = 0; i < figures->arenas.count; i++) {
        fputs(i ? ",\n {" : "\n {", out);
        tide_json_text(out, "category", tide_category_key(figures->arenas.at[i].category));
        tide_json_number(out, "start", figures->arenas.at[i].start);
        put_sum(out, &figures->arenas.at[i].sum);
        putc('}', out);
    }
    fputs("],\n\"sites\": [", out);
    for (size_t i = 0; i < inside->rows.count; i++) {
        fputs(i ? ",\n {" : "\n {", out);
        put_json_row(out, inside, &inside->rows.at[i]);
        putc('}', out);
    }
    fputs("],\n", out);
    tide_json_last(out, "untracked_bytes", figures->untracked_bytes);
    putc('}', out);
}
