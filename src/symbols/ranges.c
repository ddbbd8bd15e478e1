#include "symbols/ranges.h"
#include <stdbool.h>

void tide_ranges_add(tide_ranges *ranges, uint64_t start, uint64_t end, uint32_t value) {
    if (start < end)
        *tide_vec_push(ranges) = (tide_range){start, end, value};
}

static int outer_first(const void *left, const void *right) {
    const tide_range *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->end != b->end)
        return a->end > b->end ? -1 : 1;
    return (a->value > b->value) - (a->value < b->value);
}

static bool is_sorted(const tide_ranges *ranges) {
    size_t i = 1;
    while (i < ranges->count && outer_first(&ranges->at[i - 1], &ranges->at[i]) <= 0)
        i++;
    return i >= ranges->count;
}

/* The sweep over sorted ranges: `open` holds those that have begun, innermost last; everything below `done` is out. */
struct sweep {
    tide_ranges open, out;
    uint64_t done;
};

static void emit_up_to(struct sweep *sweep, uint64_t end, uint32_t value) {
    if (end <= sweep->done)
        return;
    tide_range *last = sweep->out.count ? &sweep->out.at[sweep->out.count - 1] : NULL;
    if (last && last->end == sweep->done && last->value == value)
        last->end = end;
    else
        tide_ranges_add(&sweep->out, sweep->done, end, value);
    sweep->done = end;
}

static void close_up_to(struct sweep *sweep, uint64_t address) {
    while (sweep->open.count && sweep->open.at[sweep->open.count - 1].end <= address) {
        const tide_range *innermost = &sweep->open.at[--sweep->open.count];
        emit_up_to(sweep, innermost->end, innermost->value);
    }
    if (sweep->open.count && address != UINT64_MAX)
        emit_up_to(sweep, address, sweep->open.at[sweep->open.count - 1].value);
}

void tide_ranges_flatten(tide_ranges *ranges) {
    if (!ranges->count)
        return;
    if (!is_sorted(ranges)) /* symbol tables are, and large */
        qsort(ranges->at, ranges->count, sizeof *ranges->at, outer_first);
    struct sweep sweep = {0};
    for (size_t i = 0; i < ranges->count; i++) {
        close_up_to(&sweep, ranges->at[i].start);
        sweep.done = ranges->at[i].start;
        *tide_vec_push(&sweep.open) = ranges->at[i];
    }
    close_up_to(&sweep, UINT64_MAX);
    tide_vec_free(&sweep.open);
    tide_vec_free(ranges);
    *ranges = sweep.out;
}

const tide_range *tide_ranges_find(const tide_ranges *ranges, uint64_t address) {
    size_t first = 0, count = ranges->count; /* the last range that starts at or below `address` */
    while (count > 0) {
        size_t half = count / 2;
        if (ranges->at[first + half].start <= address) {
            first += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    const tide_range *range = first ? &ranges->at[first - 1] : NULL;
    return range && address < range->end ? range : NULL;
}
