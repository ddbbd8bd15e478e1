#include "live/screen_table.h"
#include "base/format.h"
#include "report/page.h"

/* Which columns there are depends on the width, so cells are put by column. */
struct table {
    const tide_screen *screen;
    tide_grid_column columns[8];
    tide_grid grid;
};

char *tide_screen_change_bytes(uint64_t now, uint64_t before) {
    char text[TIDE_FORMAT_MAX];
    if (now == before)
        return tide_xstrdup("0 B");
    return tide_xasprintf("%c%s", now > before ? '+' : '-',
                          tide_format_bytes(text, now > before ? now - before : before - now));
}

char *tide_screen_change_count(uint64_t now, uint64_t before) {
    char text[TIDE_FORMAT_MAX];
    if (now == before)
        return tide_xstrdup("0");
    return tide_xasprintf("%c%s", now > before ? '+' : '-',
                          tide_format_count(text, now > before ? now - before : before - now));
}

static char *bytes_cell(const tide_screen *screen, uint64_t now, uint64_t before) {
    char text[TIDE_FORMAT_MAX];
    return screen->has_mark ? tide_screen_change_bytes(now, before)
                            : tide_xstrdup(tide_format_bytes(text, now));
}

static char *count_cell(const tide_screen *screen, uint64_t now, uint64_t before) {
    return screen->has_mark ? tide_screen_change_count(now, before) : tide_page_count(now);
}

/* Of a change there is no part of the whole. */
static char *percent_cell(const tide_screen *screen, uint64_t part) {
    return screen->has_mark ? tide_xstrdup("") : tide_page_percent(part, screen->sum.amount);
}

static void add_column(struct table *table, const char *head, enum tide_grid_kind kind) {
    table->columns[table->grid.column_count++] = (tide_grid_column){head, kind};
}

static void add_columns(struct table *table) {
    const tide_screen *screen = table->screen;
    bool is_middle = screen->columns >= TIDE_SCREEN_MIDDLE, is_wide = screen->columns >= TIDE_SCREEN_WIDE;
    bool by_own = screen->sort == TIDE_SORT_OWN, by_count = screen->sort == TIDE_SORT_ALLOCATIONS;
    if (screen->opened != TIDE_NONE)
        add_column(table, "", TIDE_GRID_FIGURE);
    add_column(table, "function", TIDE_GRID_FUNCTION);
    add_column(table, by_own || by_count ? "total" : "< total >", TIDE_GRID_FIGURE);
    if (is_middle)
        add_column(table, "%", TIDE_GRID_FIGURE);
    add_column(table, by_own ? "< own >" : "own", TIDE_GRID_FIGURE);
    if (is_middle)
        add_column(table, "%", TIDE_GRID_FIGURE);
    add_column(table,
               is_wide    ? by_count ? "< allocations >" : "allocations"
               : by_count ? "< allocs >"
                          : "allocs",
               TIDE_GRID_FIGURE);
    if (is_middle)
        add_column(table, "where", TIDE_GRID_PATH);
}

static void put_row(struct table *table, const tide_screen_row *row) {
    static const char *const parts[] = {
        [TIDE_SCREEN_CALLER] = "called by", [TIDE_SCREEN_ITSELF] = "", [TIDE_SCREEN_CALLEE] = "calls"};
    const tide_screen *screen = table->screen;
    const tide_names *names = screen->feed.names;
    const tide_share *now = &row->now, *before = &row->before;
    bool is_middle = screen->columns >= TIDE_SCREEN_MIDDLE;
    const char *name = row->function == TIDE_NONE ? "(start)" : tide_names_function(names, row->function);
    if (row->part != TIDE_SCREEN_ROW)
        tide_grid_put(&table->grid, tide_xstrdup(parts[row->part]));
    tide_grid_put(&table->grid, tide_xstrdup(name));
    tide_grid_put(&table->grid, bytes_cell(screen, now->total.amount, before->total.amount));
    if (is_middle)
        tide_grid_put(&table->grid, percent_cell(screen, now->total.amount));
    tide_grid_put(&table->grid, bytes_cell(screen, now->own.amount, before->own.amount));
    if (is_middle)
        tide_grid_put(&table->grid, percent_cell(screen, now->own.amount));
    tide_grid_put(&table->grid, count_cell(screen, now->own.blocks, before->own.blocks));
    if (is_middle)
        tide_grid_put(&table->grid,
                      row->place == TIDE_NONE ? tide_xstrdup("") : tide_names_where(names, row->place));
}

char *tide_screen_table_text(const tide_screen *screen, const tide_style *style) {
    struct table table = {.screen = screen};
    tide_style plain = {.is_unicode = style->is_unicode};
    uint32_t room = tide_screen_table_rows(screen);
    char *text;
    size_t size;
    table.grid.columns = table.columns;
    add_columns(&table);
    for (size_t i = screen->first; i < screen->rows.count && i - screen->first < room; i++)
        put_row(&table, &screen->rows.at[i]);
    FILE *out = open_memstream(&text, &size);
    tide_grid_print(&table.grid, out, screen->columns, &plain);
    fclose(out);
    tide_grid_free(&table.grid);
    return text;
}
