#include "report/grid.h"

enum { GAP = 2, COLUMNS_MAX = 12, NAME_MIN = 10, PATH_MIN = 12, UNCUT_NAME_MAX = 60 };

void tide_grid_put(tide_grid *grid, char *text) {
    *tide_vec_push(&grid->cells) = text;
}

static void natural_widths(const tide_grid *grid, size_t *widths) {
    for (size_t i = 0; i < grid->column_count; i++)
        widths[i] = tide_text_columns(grid->columns[i].head);
    for (size_t i = 0, column = 0; i < grid->cells.count; i++) {
        size_t columns = tide_text_columns(grid->cells.at[i]);
        if (columns > widths[column])
            widths[column] = columns;
        column = column + 1 < grid->column_count ? column + 1 : 0;
    }
}

static bool is_name(const tide_grid *grid, size_t column) {
    return grid->columns[column].kind == TIDE_GRID_FUNCTION || grid->columns[column].kind == TIDE_GRID_TEXT;
}

/* The name column and the path column, when there are two, get what the figures leave: paths up to two fifths of it. */
static void fit_widths(const tide_grid *grid, size_t *widths, size_t screen) {
    size_t *name = NULL, *path = NULL, rest = screen;
    for (size_t i = 0; i < grid->column_count; i++) {
        rest -= rest > GAP ? GAP : rest;
        if (is_name(grid, i))
            name = &widths[i];
        else if (grid->columns[i].kind == TIDE_GRID_PATH)
            path = &widths[i];
        else
            rest -= rest > widths[i] ? widths[i] : rest;
    }
    size_t wanted = (name ? *name : 0) + (path ? *path : 0);
    if (wanted <= rest)
        return;
    if (path && name) {
        size_t share = rest * 2 / 5 > PATH_MIN ? rest * 2 / 5 : PATH_MIN;
        if (*name + share < rest)
            share = rest - *name;
        if (*path > share)
            *path = share;
        *name = rest > *path + NAME_MIN ? rest - *path : NAME_MIN;
    } else if (name) {
        *name = rest > NAME_MIN ? rest : NAME_MIN;
    }
}

static char *fit_cell(enum tide_grid_kind kind, const char *text, size_t width, const tide_style *style) {
    switch (kind) {
    case TIDE_GRID_FUNCTION:
        return tide_text_fit_function(text, width, style);
    case TIDE_GRID_PATH:
        return tide_text_fit_path(text, width, style);
    case TIDE_GRID_TEXT:
        return tide_text_fit(text, width, style);
    case TIDE_GRID_FIGURE:
    default:
        return tide_xstrdup(text);
    }
}

/* `*pending`: spaces that are owed before the next text of the row, so that no line ends with any. */
static void print_cell(FILE *out, enum tide_grid_kind kind, const char *text, size_t width, size_t *pending) {
    size_t columns = tide_text_columns(text), pad = width > columns ? width - columns : 0;
    *pending += GAP + (kind == TIDE_GRID_FIGURE ? pad : 0);
    if (*text) {
        fprintf(out, "%*s%s", (int)*pending, "", text);
        *pending = 0;
    }
    *pending += kind == TIDE_GRID_FIGURE ? 0 : pad;
}

static void print_head(const tide_grid *grid, FILE *out, const size_t *widths, const tide_style *style) {
    size_t pending = 0;
    fputs(style->has_colour ? "\033[1m" : "", out);
    for (size_t i = 0; i < grid->column_count; i++) {
        char *head = tide_text_fit(grid->columns[i].head, widths[i], style);
        print_cell(out, grid->columns[i].kind, head, widths[i], &pending);
        free(head);
    }
    fputs(style->has_colour ? "\033[m\n" : "\n", out);
}

static void print_row(const tide_grid *grid, FILE *out, size_t first_cell, const size_t *widths,
                      const tide_style *style, bool is_cut) {
    size_t pending = 0;
    for (size_t i = 0; i < grid->column_count; i++) {
        enum tide_grid_kind kind = grid->columns[i].kind;
        const char *whole = grid->cells.at[first_cell + i];
        char *text = fit_cell(kind, whole, is_cut ? widths[i] : 0, style);
        bool is_dim = style->has_colour && kind == TIDE_GRID_PATH;
        fputs(is_dim ? "\033[2m" : "", out);
        print_cell(out, kind, text, widths[i], &pending);
        fputs(is_dim ? "\033[m" : "", out);
        free(text);
    }
    putc('\n', out);
}

void tide_grid_print(const tide_grid *grid, FILE *out, uint32_t width_columns, const tide_style *style) {
    size_t widths[COLUMNS_MAX] = {0};
    natural_widths(grid, widths);
    if (width_columns)
        fit_widths(grid, widths, width_columns);
    for (size_t i = 0; i < grid->column_count && !width_columns; i++)
        if (is_name(grid, i) && widths[i] > UNCUT_NAME_MAX)
            widths[i] = UNCUT_NAME_MAX; /* a longer one pushes its row's rest aside, not everybody's */
    print_head(grid, out, widths, style);
    for (size_t first = 0; first < grid->cells.count; first += grid->column_count)
        print_row(grid, out, first, widths, style, width_columns != 0);
}

void tide_grid_free(tide_grid *grid) {
    for (size_t i = 0; i < grid->cells.count; i++)
        free(grid->cells.at[i]);
    tide_vec_free(&grid->cells);
}
