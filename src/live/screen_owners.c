#include "live/screen_owners.h"
#include "base/format.h"
#include "live/screen_table.h"
#include "report/page.h"
#include <inttypes.h>

/* ---- rows */

static uint64_t live_blocks(const tide_owner_sums *sums) {
    return sums->all.allocated_blocks - sums->all.freed_blocks;
}

static uint64_t held_bytes(const tide_owner_sums *sums) {
    return sums->all.allocated_bytes - sums->all.freed_bytes + sums->used_bytes;
}

static bool is_shown(const tide_screen *screen, uint32_t owner) {
    const tide_owner_sums *sums = &screen->owners.at[owner];
    return !owner || held_bytes(sums) | sums->allocated_bytes | sums->reserved_bytes |
                         screen->feed.recording->heap.owners.at[owner].peak_bytes;
}

/* By parent; of one parent, who holds least first. */
static int compare(const void *left, const void *right, void *arg) {
    const tide_screen *screen = arg;
    const tide_owner *owners = screen->feed.recording->heap.owners.at;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    uint64_t x = held_bytes(&screen->owners.at[a]), y = held_bytes(&screen->owners.at[b]);
    if (owners[a].parent != owners[b].parent)
        return owners[a].parent < owners[b].parent ? -1 : 1;
    return x != y ? (x > y) - (x < y) : (a < b) - (a > b);
}

/* The shown ones, as compared; `begin[i]` … `begin[i + 1]`: those below owner i. Both owned (free). */
struct family {
    uint32_t *owners, *begin;
};

static struct family sort_owners(tide_screen *screen) {
    const tide_heap *heap = &screen->feed.recording->heap;
    size_t count = heap->owners.count, shown = 0;
    struct family family = {tide_xcalloc(count + 1, sizeof(uint32_t)),
                            tide_xcalloc(count + 2, sizeof(uint32_t))};
    for (uint32_t i = 0; i < count; i++)
        if (is_shown(screen, i)) {
            family.owners[shown++] = i;
            family.begin[heap->owners.at[i].parent + 1]++;
        }
    for (size_t i = 0; i < count; i++)
        family.begin[i + 1] += family.begin[i];
    qsort_r(family.owners, shown, sizeof *family.owners, compare, screen);
    return family;
}

/* Each before those below it: rows that are still to come lie on a stack, the next one on top. */
static void list_owners(tide_screen *screen, const struct family *family) {
    TIDE_VEC(tide_screen_row) stack = {0};
    tide_screen_row row = {.part = TIDE_SCREEN_OWNER};
    for (uint32_t i = family->begin[0]; i < family->begin[1]; i++) {
        row.given = family->owners[i];
        *tide_vec_push(&stack) = row;
    }
    while (stack.count) {
        row = stack.at[--stack.count];
        *tide_vec_push(&screen->rows) = row;
        if (!row.given)
            continue; /* nobody, which is the parent of those at the top */
        uint32_t begin = family->begin[row.given], end = family->begin[row.given + 1];
        row.depth++;
        for (uint32_t i = begin; i < end; i++) {
            row.given = family->owners[i];
            *tide_vec_push(&stack) = row;
        }
    }
    tide_vec_free(&stack);
}

void tide_screen_make_owner_rows(tide_screen *screen) {
    const tide_heap *heap = &screen->feed.recording->heap;
    tide_owner_sums_get(&screen->owners, heap);
    struct family family = sort_owners(screen);
    screen->rows.count = 0;
    list_owners(screen, &family);
    if (heap->sections.count)
        *tide_vec_push(&screen->rows) = (tide_screen_row){.part = TIDE_SCREEN_SECTIONS};
    for (uint32_t i = 0; i < heap->sections.count; i++)
        *tide_vec_push(&screen->rows) =
            (tide_screen_row){.part = TIDE_SCREEN_SECTION, .given = i, .depth = 1};
    free(family.owners);
    free(family.begin);
}

/* ---- text */

static const tide_grid_column columns[] = {
    {"owner", TIDE_GRID_TEXT},      {"< holds >", TIDE_GRID_FIGURE}, {"heap peak", TIDE_GRID_FIGURE},
    {"blocks", TIDE_GRID_FIGURE},   {"used", TIDE_GRID_FIGURE},      {"allocated", TIDE_GRID_FIGURE},
    {"reserved", TIDE_GRID_FIGURE}, {"total", TIDE_GRID_FIGURE},
};
enum { NARROW_COLUMNS = 4, MIDDLE_COLUMNS = 7, WIDE_COLUMNS = 8 };

struct figures {
    char *of[WIDE_COLUMNS]; /* by column; owned. NULL: none */
};

static char *bytes_text(uint64_t bytes) {
    char text[TIDE_FORMAT_MAX];
    return tide_xstrdup(tide_format_bytes(text, bytes));
}

static char *name_text(const tide_heap *heap, uint64_t name) {
    return tide_text_clean(tide_strings_get(&heap->strings, (uint32_t)name));
}

static struct figures owner_figures(const tide_screen *screen, uint32_t index) {
    const tide_heap *heap = &screen->feed.recording->heap;
    const tide_owner *owner = &heap->owners.at[index];
    const tide_owner_sums *sums = &screen->owners.at[index];
    bool is_charged = sums->used_bytes | sums->allocated_bytes | sums->reserved_bytes;
    return (struct figures){{
        index ? name_text(heap, owner->name) : tide_xstrdup("(unowned)"),
        bytes_text(held_bytes(sums)),
        index ? bytes_text(owner->peak_bytes) : NULL,
        tide_page_count(live_blocks(sums)),
        is_charged ? bytes_text(sums->used_bytes) : NULL,
        is_charged ? bytes_text(sums->allocated_bytes) : NULL,
        is_charged ? bytes_text(sums->reserved_bytes) : NULL,
        bytes_text(sums->all.allocated_bytes),
    }};
}

/* Its times stand beside its name. What it holds: what those that have ended left behind. */
static struct figures section_figures(const tide_screen *screen, uint32_t index) {
    const tide_heap *heap = &screen->feed.recording->heap;
    const tide_named_section *section = &heap->sections.at[index];
    char times[TIDE_FORMAT_MAX], *name = name_text(heap, section->name);
    struct figures figures = {{
        tide_xasprintf("%s, %s time%s%s", name, tide_format_count(times, section->begun_count),
                       section->begun_count == 1 ? "" : "s",
                       section->begun_count > section->ended_count ? ", open" : ""),
        tide_screen_change_bytes(section->allocated_bytes, section->freed_bytes),
        bytes_text(section->peak_bytes),
        tide_screen_change_count(section->allocated_blocks, section->freed_blocks),
        [WIDE_COLUMNS - 1] = bytes_text(section->allocated_bytes),
    }};
    free(name);
    return figures;
}

static void put_row(const tide_screen *screen, tide_grid *grid, const tide_screen_row *row) {
    struct figures figures = row->part == TIDE_SCREEN_OWNER ? owner_figures(screen, row->given)
                             : row->part == TIDE_SCREEN_SECTION
                                 ? section_figures(screen, row->given)
                                 : (struct figures){{tide_xstrdup("sections")}};
    tide_grid_put(grid, tide_xasprintf("%*s%s", (int)(2 * row->depth), "", figures.of[0]));
    for (size_t i = 1; i < grid->column_count; i++)
        tide_grid_put(grid, figures.of[i] ? figures.of[i] : tide_xstrdup(""));
    for (size_t i = grid->column_count; i < WIDE_COLUMNS; i++)
        free(figures.of[i]);
    free(figures.of[0]);
}

char *tide_screen_owners_text(const tide_screen *screen, const tide_style *style) {
    tide_style plain = {.is_unicode = style->is_unicode};
    uint32_t room = tide_screen_table_rows(screen);
    tide_grid grid = {.columns = columns,
                      .column_count = screen->columns >= TIDE_SCREEN_WIDE     ? WIDE_COLUMNS
                                      : screen->columns >= TIDE_SCREEN_MIDDLE ? MIDDLE_COLUMNS
                                                                              : NARROW_COLUMNS};
    char *text;
    size_t size;
    for (size_t i = screen->first; i < screen->rows.count && i - screen->first < room; i++)
        put_row(screen, &grid, &screen->rows.at[i]);
    FILE *out = open_memstream(&text, &size);
    tide_grid_print(&grid, out, screen->columns, &plain);
    fclose(out);
    tide_grid_free(&grid);
    return text;
}
