/* report/grid: rows and columns that fit the screen. Figures are never cut; names share what is left of the width.
 *
 *       own          total  allocations  function           where
 *   8.1 MiB  62.3%  12 MiB        1,204  std::vector<…>::…  …/src/parse.cc:80 */
#pragma once
#include "base/text.h"
#include "base/vec.h"
#include <stdint.h>
#include <stdio.h>

enum tide_grid_kind { TIDE_GRID_FIGURE, TIDE_GRID_TEXT, TIDE_GRID_FUNCTION, TIDE_GRID_PATH };

typedef struct tide_grid_column {
    const char *head;
    enum tide_grid_kind kind; /* figures stand to the right, everything else to the left; paths come last */
} tide_grid_column;

typedef struct tide_grid {
    const tide_grid_column *columns; /* borrowed */
    size_t column_count;
    TIDE_VEC(char *) cells; /* owned; row by row */
} tide_grid;

/* The next cell; `text` is owned by the grid from here on. */
void tide_grid_put(tide_grid *grid, char *text);
/* `width_columns` 0: nothing is cut. */
void tide_grid_print(const tide_grid *grid, FILE *out, uint32_t width_columns, const tide_style *style);
void tide_grid_free(tide_grid *grid);
