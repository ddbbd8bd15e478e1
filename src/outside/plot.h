/* outside/plot: a figure over time, in a few lines of block characters.
 *
 *   90.2 MiB ┤       ▂▅▇███▇▅
 *            ┤    ▃▆█████████▇▇▇
 *        0 B ┤▁▄▇███████████████▅▅▅
 *             0 s            12.3 s */
#pragma once
#include "base/text.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct tide_plot_point {
    uint64_t time_ns, bytes;
} tide_plot_point;

/* `points`: by time. A column shows the highest of its points, and where it has none, the last one before; time begins
 * at the first point. Nothing for less than two points, or no room. */
void tide_plot_print(FILE *out, const tide_plot_point *points, size_t count, unsigned columns, unsigned rows,
                     const tide_style *style);
