/* base/plot: a figure over time, in a few lines of block characters.
 *
 *   90.2 MiB ┤       ▂▅▇███▇▅
 *            ┤    ▃▆█████████▇▇▇
 *        0 B ┤▁▄▇███████████████▅▅▅
 *             0 s            12.3 s */
#pragma once
#include "base/text.h"
#include "base/vec.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct tide_plot_point {
    uint64_t time_ns, bytes;
} tide_plot_point;

typedef struct tide_plot {
    TIDE_VEC(tide_plot_point) points; /* by time; some thousand at most */
} tide_plot;

/* When there are too many, each two that follow one another become the higher of the two. */
void tide_plot_add(tide_plot *plot, uint64_t time_ns, uint64_t bytes);
/* A column shows the highest of its points, and where it has none, the last one before; time begins at the first point.
 * Nothing for less than two points, or no room. */
void tide_plot_print(FILE *out, const tide_plot *plot, unsigned columns, unsigned rows,
                     const tide_style *style);
void tide_plot_free(tide_plot *plot);
