#include "base/format.h"
#include "report/given.h"
#include "report/page.h"
#include <inttypes.h>

enum { BAR_COLUMNS_MAX = 40 };

/* ---- sizes */

/* "16-31 B", "1-2 KiB", "512 KiB-1 MiB": what class `size_class` holds, without the upper end from KiB on. */
static char *size_class_name(unsigned size_class) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    if (size_class < 2)
        return tide_xasprintf("%u B", size_class);
    unsigned power = size_class - 1, low = 1u << power % 10;
    const char *unit = units[power / 10];
    if (size_class == TIDE_SIZE_CLASSES - 1)
        return tide_xasprintf("%u %s or more", low, unit);
    if (power < 10)
        return tide_xasprintf("%u-%u B", low, 2 * low - 1);
    return power % 10 == 9 ? tide_xasprintf("%u %s-1 %s", low, unit, units[power / 10 + 1])
                           : tide_xasprintf("%u-%u %s", low, 2 * low, unit);
}

static char *bar(uint64_t part, uint64_t most, uint32_t columns, bool is_unicode) {
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    uint64_t units = most ? (uint64_t)((double)part / (double)most * columns * 8) : 0;
    char *text = tide_xcalloc(columns + 2, 4), *to = text;
    for (uint64_t i = 0; i < units / 8; i++)
        to = stpcpy(to, is_unicode ? "█" : "#");
    if (is_unicode)
        to = stpcpy(to, eighths[units % 8]);
    if (to == text && part)
        strcpy(to, is_unicode ? "▏" : ".");
    return text;
}

static void print_sizes(const tide_report *report) {
    static const tide_grid_column columns[] = {{"size", TIDE_GRID_FIGURE},
                                               {"allocations", TIDE_GRID_FIGURE},
                                               {"", TIDE_GRID_FIGURE},
                                               {"", TIDE_GRID_TEXT}};
    const uint64_t *blocks = report->recording->heap.totals.size_blocks;
    uint64_t sum = 0, most = 0;
    for (unsigned i = 0; i < TIDE_SIZE_CLASSES; i++) {
        sum += blocks[i];
        most = blocks[i] > most ? blocks[i] : most;
    }
    uint32_t width = report->options->width_columns;
    uint32_t bar_columns = width && width < BAR_COLUMNS_MAX + 40 ? width / 2 : BAR_COLUMNS_MAX;
    tide_grid grid = {.columns = columns, .column_count = 4};
    for (unsigned i = 0; i < TIDE_SIZE_CLASSES; i++) {
        if (!blocks[i])
            continue;
        tide_grid_put(&grid, size_class_name(i));
        tide_grid_put(&grid, tide_page_count(blocks[i]));
        tide_grid_put(&grid, tide_page_percent(blocks[i], sum));
        tide_grid_put(&grid, bar(blocks[i], most, bar_columns, report->options->style.is_unicode));
    }
    tide_grid_print(&grid, report->out, width, &report->options->style);
    tide_grid_free(&grid);
}

/* ---- groups of sites */

struct group {
    char *name; /* owned */
    tide_counts sum;
    bool is_mapped;
};

typedef TIDE_VEC(struct group) group_list;

static void add(tide_counts *sum, const tide_counts *more) {
    sum->allocated_bytes += more->allocated_bytes;
    sum->allocated_blocks += more->allocated_blocks;
    sum->freed_bytes += more->freed_bytes;
    sum->freed_blocks += more->freed_blocks;
    sum->peak_bytes += more->peak_bytes;
    sum->peak_blocks += more->peak_blocks;
    sum->temporary_blocks += more->temporary_blocks;
}

/* Mappings after everything else; then by the view, then by total. */
static int compare_groups(const void *left, const void *right, void *arg) {
    const struct group *a = left, *b = right;
    const enum tide_view *view = arg;
    uint64_t x = tide_selection_weigh(*view, &a->sum).amount, y = tide_selection_weigh(*view, &b->sum).amount;
    if (a->is_mapped != b->is_mapped)
        return a->is_mapped ? 1 : -1;
    if (x == y) {
        x = a->sum.allocated_bytes;
        y = b->sum.allocated_bytes;
    }
    return x != y ? (x < y) - (x > y) : strcmp(a->name, b->name);
}

static void print_groups(const tide_report *report, const char *head, group_list *groups) {
    const tide_grid_column columns[] = {{"peak", TIDE_GRID_FIGURE},        {"total", TIDE_GRID_FIGURE},
                                        {"allocations", TIDE_GRID_FIGURE}, {"temporary", TIDE_GRID_FIGURE},
                                        {"at end", TIDE_GRID_FIGURE},      {head, TIDE_GRID_TEXT}};
    enum tide_view view = report->options->view;
    uint32_t limit = tide_page_limit(report, 20), shown = 0;
    if (groups->count)
        qsort_r(groups->at, groups->count, sizeof *groups->at, compare_groups, &view);
    tide_grid grid = {.columns = columns, .column_count = 6};
    for (size_t i = 0; i < groups->count; i++) {
        const tide_counts *sum = &groups->at[i].sum;
        if (!sum->allocated_blocks || shown++ >= limit)
            continue;
        tide_grid_put(&grid, tide_page_bytes(report, sum->peak_bytes));
        tide_grid_put(&grid, tide_page_bytes(report, sum->allocated_bytes));
        tide_grid_put(&grid, tide_page_count(sum->allocated_blocks));
        tide_grid_put(&grid, tide_page_count(sum->temporary_blocks));
        tide_grid_put(&grid, tide_page_bytes(report, sum->allocated_bytes - sum->freed_bytes));
        tide_grid_put(&grid, tide_xstrdup(groups->at[i].name));
    }
    putc('\n', report->out);
    tide_grid_print(&grid, report->out, report->options->width_columns, &report->options->style);
    if (shown > limit)
        tide_page_line(report, 2, "  %" PRIu32 " more (--limit 0)", shown - limit);
    tide_grid_free(&grid);
    for (size_t i = 0; i < groups->count; i++)
        free(groups->at[i].name);
    tide_vec_free(groups);
}

static void print_kinds(const tide_report *report) {
    static const char *const names[] = {
#define X(symbol, name) name,
        TIDE_KINDS(X)
#undef X
    };
    const tide_heap *heap = &report->recording->heap;
    group_list groups = {0};
    tide_vec_extend(&groups, TIDE_KIND_COUNT);
    for (unsigned i = 0; i < TIDE_KIND_COUNT; i++)
        groups.at[i] = (struct group){
            .name = tide_xasprintf("%s%s", names[i], i == TIDE_MMAP ? " (beside the heap)" : ""),
            .is_mapped = i == TIDE_MMAP};
    for (size_t i = 0; i < heap->sites.count; i++)
        if (report->selection->is_selected.at[i] && heap->sites.at[i].kind < groups.count)
            add(&groups.at[heap->sites.at[i].kind].sum, &heap->sites.at[i].counts);
    print_groups(report, "allocator function", &groups);
}

static bool is_heap_site(const tide_report *report, size_t site) {
    return report->selection->is_selected.at[site] &&
           report->recording->heap.sites.at[site].kind != TIDE_MMAP;
}

static char *thread_name(const tide_heap *heap, const tide_thread *thread) {
    char *name = tide_text_clean(tide_strings_get(&heap->strings, thread->name));
    char *text = thread->threads_count > 1
                     ? tide_xasprintf("%s (%" PRIu32 " short-lived ones)", name, thread->threads_count)
                     : tide_xasprintf("%s (%" PRIu32 ")", name, thread->tid);
    free(name);
    return text;
}

static void print_threads(const tide_report *report) {
    const tide_heap *heap = &report->recording->heap;
    group_list groups = {0};
    tide_vec_extend(&groups, heap->threads.count);
    for (size_t i = 0; i < heap->threads.count; i++)
        groups.at[i].name = thread_name(heap, &heap->threads.at[i]);
    for (size_t i = 0; i < heap->sites.count; i++)
        if (is_heap_site(report, i) && heap->sites.at[i].thread < groups.count)
            add(&groups.at[heap->sites.at[i].thread].sum, &heap->sites.at[i].counts);
    print_groups(report, "thread", &groups);
}

/* By the file of the function that allocates itself. */
static void print_modules(const tide_report *report) {
    const tide_heap *heap = &report->recording->heap;
    const tide_names *names = report->names;
    group_list groups = {0};
    tide_map by_name = {0};
    for (size_t i = 0; i < heap->sites.count; i++) {
        if (!is_heap_site(report, i))
            continue;
        uint32_t place = tide_names_own_place(names, heap, heap->sites.at[i].node);
        uint32_t name = place == TIDE_NONE ? 0 : names->functions.at[names->places.at[place].function].module;
        bool is_new;
        uint32_t index = tide_map_put(&by_name, name, (uint32_t)groups.count, &is_new);
        if (is_new)
            tide_vec_push(&groups)->name =
                tide_xstrdup(name ? tide_strings_get(&names->strings, name) : "[no file]");
        if (index < groups.count) /* always: clang's analyzer cannot know */
            add(&groups.at[index].sum, &heap->sites.at[i].counts);
    }
    print_groups(report, "module", &groups);
    tide_map_free(&by_name);
}

void tide_format_stats_print(const tide_report *report) {
    bool is_part = report->options->thread || report->options->filter;
    tide_page_heading(report, NULL, report->selection->heap_sum, "block");
    print_sizes(report);
    if (is_part)
        tide_page_line(report, 2, "  (sizes are of the whole process)");
    print_kinds(report);
    print_threads(report);
    print_modules(report);
    tide_given_print_owners(report);
    tide_given_print_sections(report);
    tide_given_print_events(report);
}
