#include "report/page.h"
#include "report/stack.h"
#include <inttypes.h>

/* As RFC 4180 has it. An apostrophe keeps spreadsheets from taking what begins like a formula for one. */
static void put_text(FILE *out, const char *text) {
    fputs(strchr("=+-@", *text) && *text ? "\"'" : "\"", out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
}

static void put_place(const tide_report *report, uint32_t place_index) {
    const tide_names *names = report->names;
    if (place_index == TIDE_NONE) {
        fputs(",,,", report->out);
        return;
    }
    const tide_place *place = &names->places.at[place_index];
    put_text(report->out, tide_names_function(names, place->function));
    putc(',', report->out);
    put_text(report->out, tide_strings_get(&names->strings, place->file));
    if (place->line)
        fprintf(report->out, ",%" PRIu32 ",", place->line);
    else
        fputs(",,", report->out);
    put_text(report->out, tide_strings_get(&names->strings, names->functions.at[place->function].module));
}

static void put_thread(const tide_report *report, uint32_t index) {
    const tide_heap *heap = &report->recording->heap;
    const tide_thread *thread = &heap->threads.at[index];
    char *name = tide_text_clean(tide_strings_get(&heap->strings, thread->name));
    putc(',', report->out);
    put_text(report->out, name);
    fprintf(report->out, ",%" PRIu32, thread->tid);
    free(name);
}

/* Innermost last, as in the collapsed format. */
static void put_stack(const tide_report *report, tide_stack *stack, uint32_t node) {
    const tide_names *names = report->names;
    tide_stack_walk(stack, names, &report->recording->heap, node);
    char *text = NULL;
    size_t text_bytes;
    FILE *line = open_memstream(&text, &text_bytes);
    for (size_t i = stack->count; line && i-- > 0;)
        fprintf(line, "%s%s",
                tide_names_function(names, names->places.at[names->frames.at[stack->at[i]]].function),
                i ? ";" : "");
    if (line && !fclose(line))
        put_text(report->out, text);
    free(text);
}

static void put_site(const tide_report *report, tide_stack *stack, const tide_site *site) {
    static const char *const kinds[] = {
#define X(symbol, name) name,
        TIDE_KINDS(X)
#undef X
    };
    const tide_counts *counts = &site->counts;
    bool has_total = tide_selection_knows(report->recording, TIDE_VIEW_TOTAL),
         has_temporary = tide_selection_knows(report->recording, TIDE_VIEW_TEMPORARY),
         has_blocks = tide_page_has_blocks(report->recording);
    const struct {
        uint64_t figure;
        bool is_known;
    } columns[] = {{counts->allocated_bytes, has_total},
                   {counts->allocated_blocks, has_total},
                   {counts->peak_bytes, true},
                   {counts->peak_blocks, has_blocks},
                   {counts->allocated_bytes - counts->freed_bytes, true},
                   {counts->allocated_blocks - counts->freed_blocks, has_blocks},
                   {counts->temporary_blocks, has_temporary}};
    put_place(report, tide_names_own_place(report->names, &report->recording->heap, site->node));
    fprintf(report->out, ",%s", kinds[site->kind]);
    put_thread(report, site->thread);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        putc(',', report->out);
        if (columns[i].is_known)
            fprintf(report->out, "%" PRIu64, columns[i].figure);
    }
    putc(',', report->out);
    put_stack(report, stack, site->node);
    putc('\n', report->out);
}

void tide_format_csv_print(const tide_report *report) {
    tide_site_list order = tide_selection_order(report->selection);
    tide_stack stack = {0};
    uint32_t limit = tide_page_limit(report, UINT32_MAX);
    fputs(
        "function,file,line,module,kind,thread,tid,total_bytes,total_blocks,peak_bytes,peak_blocks,end_bytes,"
        "end_blocks,temporary_blocks,stack\n",
        report->out);
    for (size_t i = 0; i < order.count && i < limit && !ferror(report->out); i++)
        put_site(report, &stack, &report->recording->heap.sites.at[order.at[i]]);
    tide_vec_free(&stack);
    tide_vec_free(&order);
}
