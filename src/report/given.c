/* What a program said of itself (include/tidemark/tidemark.h): owners and sections as tables, and ad-hoc events in the
 * place of allocations. */
#include "report/given.h"
#include "base/format.h"
#include "heap/owners.h"
#include "report/page.h"

/* ---- owners: a line each, below their parent, with all that is below them */

static void put_owner(const tide_report *report, tide_grid *grid, uint32_t index, uint32_t depth,
                      const tide_owner_sums *sums) {
    const tide_heap *heap = &report->recording->heap;
    const tide_owner *owner = &heap->owners.at[index];
    const tide_counts *all = &sums->all;
    char *name =
        tide_text_clean(index ? tide_strings_get(&heap->strings, (uint32_t)owner->name) : "(unowned)");
    bool is_charged = owner->used_bytes | owner->allocated_bytes | owner->reserved_bytes;
    tide_grid_put(grid, tide_page_bytes(report, all->allocated_bytes - all->freed_bytes));
    tide_grid_put(grid, index ? tide_page_bytes(report, owner->peak_bytes) : tide_xstrdup(""));
    tide_grid_put(grid, tide_page_bytes(report, all->allocated_bytes));
    tide_grid_put(grid, tide_page_count(all->allocated_blocks));
    tide_grid_put(grid, is_charged ? tide_page_bytes(report, owner->used_bytes) : tide_xstrdup(""));
    tide_grid_put(grid, is_charged ? tide_page_bytes(report, owner->reserved_bytes) : tide_xstrdup(""));
    tide_grid_put(grid, tide_xasprintf("%*s%s", (int)(2 * depth), "", name));
    free(name);
}

/* The owners below `parent`, in the order of their making. `limit`: how many more lines. */
static void put_owners_below(const tide_report *report, tide_grid *grid, uint32_t parent, uint32_t depth,
                             const tide_owner_sums_list *sums, uint32_t *limit) {
    const tide_heap *heap = &report->recording->heap;
    for (uint32_t i = parent + 1; i < heap->owners.count && *limit; i++)
        if (heap->owners.at[i].parent == parent) {
            --*limit;
            put_owner(report, grid, i, depth, &sums->at[i]);
            put_owners_below(report, grid, i, depth + 1, sums, limit);
        }
}

void tide_given_print_owners(const tide_report *report) {
    static const tide_grid_column columns[] = {
        {"at end", TIDE_GRID_FIGURE},      {"its peak", TIDE_GRID_FIGURE}, {"total", TIDE_GRID_FIGURE},
        {"allocations", TIDE_GRID_FIGURE}, {"charged", TIDE_GRID_FIGURE},  {"reserved", TIDE_GRID_FIGURE},
        {"owner", TIDE_GRID_TEXT}};
    if (report->recording->heap.owners.count < 2)
        return;
    tide_owner_sums_list sums = {0};
    tide_owner_sums_get(&sums, &report->recording->heap);
    tide_grid grid = {.columns = columns, .column_count = sizeof columns / sizeof *columns};
    uint32_t limit = tide_page_limit(report, 20);
    put_owners_below(report, &grid, 0, 0, &sums, &limit);
    put_owner(report, &grid, 0, 0, &sums.at[0]);
    putc('\n', report->out);
    tide_grid_print(&grid, report->out, report->options->width_columns, &report->options->style);
    if (!limit)
        tide_page_line(report, 2, "  there may be more (--limit 0)");
    tide_grid_free(&grid);
    tide_vec_free(&sums);
}

/* ---- sections */

void tide_given_print_sections(const tide_report *report) {
    static const tide_grid_column columns[] = {{"peak", TIDE_GRID_FIGURE},  {"allocated", TIDE_GRID_FIGURE},
                                               {"freed", TIDE_GRID_FIGURE}, {"times", TIDE_GRID_FIGURE},
                                               {"first", TIDE_GRID_FIGURE}, {"last", TIDE_GRID_FIGURE},
                                               {"section", TIDE_GRID_TEXT}};
    const tide_heap *heap = &report->recording->heap;
    if (!heap->sections.count)
        return;
    tide_grid grid = {.columns = columns, .column_count = sizeof columns / sizeof *columns};
    uint32_t limit = tide_page_limit(report, 20);
    for (size_t i = 0; i < heap->sections.count && i < limit; i++) {
        const tide_named_section *section = &heap->sections.at[i];
        char *name = tide_text_clean(tide_strings_get(&heap->strings, (uint32_t)section->name));
        bool is_open = section->begun_count > section->ended_count;
        tide_grid_put(&grid, tide_page_bytes(report, section->peak_bytes));
        tide_grid_put(&grid, tide_page_bytes(report, section->allocated_bytes));
        tide_grid_put(&grid, tide_page_bytes(report, section->freed_bytes));
        tide_grid_put(&grid, tide_page_count(section->begun_count));
        tide_grid_put(&grid, tide_page_time(report->recording, section->first_begin_ns));
        tide_grid_put(&grid, is_open ? tide_xstrdup("open")
                                     : tide_page_time(report->recording, section->last_end_ns));
        tide_grid_put(&grid, name);
    }
    putc('\n', report->out);
    tide_grid_print(&grid, report->out, report->options->width_columns, &report->options->style);
    if (heap->sections.count > limit)
        tide_page_line(report, 2, "  %zu more (--limit 0)", heap->sections.count - limit);
    tide_grid_free(&grid);
}

/* ---- ad-hoc events */

static void print_event_names(const tide_report *report) {
    static const tide_grid_column columns[] = {
        {"weight", TIDE_GRID_FIGURE}, {"events", TIDE_GRID_FIGURE}, {"kind of event", TIDE_GRID_TEXT}};
    const tide_heap *heap = &report->recording->heap;
    tide_grid grid = {.columns = columns, .column_count = sizeof columns / sizeof *columns};
    for (uint32_t name = 0; name < heap->strings.items.count; name++) {
        uint64_t weight = 0, count = 0;
        for (size_t i = 0; i < heap->events.count; i++)
            if (heap->events.at[i].name == name) {
                weight += heap->events.at[i].weight;
                count += heap->events.at[i].count;
            }
        if (!count)
            continue;
        tide_grid_put(&grid, tide_page_count(weight));
        tide_grid_put(&grid, tide_page_count(count));
        tide_grid_put(&grid, tide_text_clean(tide_strings_get(&heap->strings, name)));
    }
    putc('\n', report->out);
    tide_grid_print(&grid, report->out, report->options->width_columns, &report->options->style);
    tide_grid_free(&grid);
}

void tide_given_print_events(const tide_report *report) {
    if (report->recording->heap.events.count)
        print_event_names(report);
}

bool tide_given_take_events(tide_recording *recording) {
    tide_heap *heap = &recording->heap;
    for (size_t i = 0; i < heap->sites.count; i++)
        heap->sites.at[i].counts = (tide_counts){0};
    for (size_t i = 0; i < heap->events.count; i++) {
        const tide_weighed_event *event = &heap->events.at[i];
        heap->sites.at[event->site].counts = (tide_counts){.allocated_bytes = event->weight,
                                                           .allocated_blocks = event->count,
                                                           .freed_bytes = event->weight,
                                                           .freed_blocks = event->count};
    }
    return heap->events.count;
}
