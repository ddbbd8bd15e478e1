#include "outside/plot.h"
#include "base/alloc.h"
#include "base/format.h"
#include <stdlib.h>
#include <string.h>

enum { LABEL_COLUMNS = 10, STEPS = 8 }; /* steps of height in one character */

static uint64_t highest_of(const tide_plot_point *points, size_t count) {
    uint64_t highest_bytes = 0;
    for (size_t i = 0; i < count; i++)
        highest_bytes = points[i].bytes > highest_bytes ? points[i].bytes : highest_bytes;
    return highest_bytes;
}

/* Heights in steps, one for each column. */
static void scale(unsigned *heights, unsigned columns, unsigned rows, const tide_plot_point *points,
                  size_t count) {
    double span_ns = (double)(points[count - 1].time_ns - points[0].time_ns);
    double unit_bytes = (double)highest_of(points, count) / (rows * STEPS);
    size_t next = 0;
    uint64_t last_bytes = points[0].bytes;
    for (unsigned column = 0; column < columns; column++) {
        double until_ns = span_ns * (column + 1) / columns;
        uint64_t bytes =
            next < count && (double)(points[next].time_ns - points[0].time_ns) <= until_ns ? 0 : last_bytes;
        for (; next < count && (double)(points[next].time_ns - points[0].time_ns) <= until_ns; next++) {
            last_bytes = points[next].bytes;
            bytes = last_bytes > bytes ? last_bytes : bytes;
        }
        heights[column] = unit_bytes > 0 ? (unsigned)((double)bytes / unit_bytes + 0.5) : 0;
    }
}

static void put_row(FILE *out, const unsigned *heights, unsigned columns, unsigned below,
                    const tide_style *style) {
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const ascii[] = {" ", " ", " ", " ", "#", "#", "#", "#", "#"};
    for (unsigned column = 0; column < columns; column++) {
        unsigned above = heights[column] > below ? heights[column] - below : 0;
        fputs((style->is_unicode ? blocks : ascii)[above < STEPS ? above : STEPS], out);
    }
    putc('\n', out);
}

static void put_axis(FILE *out, unsigned columns, uint64_t span_ns) {
    char span[TIDE_FORMAT_MAX];
    tide_format_duration(span, span_ns);
    fprintf(out, "%*s 0 s%*s\n", LABEL_COLUMNS, "", (int)columns - 3, span);
}

void tide_plot_print(FILE *out, const tide_plot_point *points, size_t count, unsigned columns, unsigned rows,
                     const tide_style *style) {
    if (count < 2 || columns < 3 * LABEL_COLUMNS || !rows)
        return;
    columns -= LABEL_COLUMNS + 1;
    unsigned *heights = tide_xcalloc(columns, sizeof *heights);
    scale(heights, columns, rows, points, count);
    for (unsigned row = rows; row--;) {
        char label[TIDE_FORMAT_MAX] = "";
        if (row + 1 == rows)
            tide_format_bytes(label, highest_of(points, count));
        fprintf(out, "%*s ", LABEL_COLUMNS, label);
        put_row(out, heights, columns, row * STEPS, style);
    }
    put_axis(out, columns, points[count - 1].time_ns - points[0].time_ns);
    free(heights);
}
