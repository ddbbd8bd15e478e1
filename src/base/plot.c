#include "base/plot.h"
#include "base/format.h"

enum { LABEL_COLUMNS = 9, POINTS_MAX = 4096, STEPS = 8 }; /* steps of height in one character */

void tide_plot_add(tide_plot *plot, uint64_t time_ns, uint64_t bytes) {
    if (plot->points.count == POINTS_MAX) {
        for (size_t i = 0; i < POINTS_MAX / 2; i++) {
            const tide_plot_point *pair = &plot->points.at[2 * i];
            plot->points.at[i] = pair[0].bytes >= pair[1].bytes ? pair[0] : pair[1];
        }
        plot->points.count = POINTS_MAX / 2;
    }
    *tide_vec_push(&plot->points) = (tide_plot_point){time_ns, bytes};
}

void tide_plot_free(tide_plot *plot) {
    tide_vec_free(&plot->points);
}

static uint64_t span_ns(const tide_plot *plot) {
    return plot->points.at[plot->points.count - 1].time_ns - plot->points.at[0].time_ns;
}

static uint64_t highest_bytes(const tide_plot *plot) {
    uint64_t highest = 0;
    for (size_t i = 0; i < plot->points.count; i++)
        if (plot->points.at[i].bytes > highest)
            highest = plot->points.at[i].bytes;
    return highest;
}

static unsigned column_of(const tide_plot *plot, size_t point, unsigned columns) {
    uint64_t time_ns = plot->points.at[point].time_ns - plot->points.at[0].time_ns;
    return (unsigned)((double)time_ns / ((double)span_ns(plot) + 1) * columns);
}

/* Heights in steps, one for each column. */
static void scale(unsigned *heights, unsigned columns, unsigned height_max, const tide_plot *plot) {
    double highest = (double)highest_bytes(plot) + 1;
    unsigned last = 0;
    size_t next = 0;
    for (unsigned column = 0; column < columns; column++) {
        unsigned height = last;
        for (bool is_first = true; next < plot->points.count && column_of(plot, next, columns) == column;
             next++, is_first = false) {
            last = (unsigned)((double)plot->points.at[next].bytes / highest * height_max + 0.5);
            height = is_first || last > height ? last : height;
        }
        heights[column] = height;
    }
}

static void put_row(FILE *out, const unsigned *heights, unsigned columns, unsigned below,
                    const tide_style *style) {
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const plain[] = {" ", " ", " ", " ", "#", "#", "#", "#", "#"};
    for (unsigned column = 0; column < columns; column++) {
        unsigned above = heights[column] > below ? heights[column] - below : 0;
        fputs((style->is_unicode ? blocks : plain)[above < STEPS ? above : STEPS], out);
    }
    putc('\n', out);
}

void tide_plot_print(FILE *out, const tide_plot *plot, unsigned columns, unsigned rows,
                     const tide_style *style) {
    char label[TIDE_FORMAT_MAX];
    if (plot->points.count < 2 || columns < 3 * LABEL_COLUMNS)
        return;
    columns -= LABEL_COLUMNS + 1;
    unsigned *heights = tide_xcalloc(columns, sizeof *heights);
    scale(heights, columns, rows * STEPS, plot);
    for (unsigned row = rows; row--;) {
        bool is_top = row + 1 == rows;
        fprintf(out, "%*s ", LABEL_COLUMNS, is_top ? tide_format_bytes(label, highest_bytes(plot)) : "");
        put_row(out, heights, columns, row * STEPS, style);
    }
    fprintf(out, "%*s 0 s%*s\n", LABEL_COLUMNS, "", (int)columns - 3,
            tide_format_duration(label, span_ns(plot)));
    free(heights);
}
