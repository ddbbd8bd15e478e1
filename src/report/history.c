#include "report/history.h"

static void drop_every_second(tide_history *history) {
    size_t kept = 0;
    for (size_t i = 0; i < history->points.count; i++)
        if (i % 2)
            tide_vec_free(&history->points.at[i].live_bytes);
        else
            history->points.at[kept++] = history->points.at[i];
    history->points.count = kept;
    history->stride *= 2;
}

static void add_point(tide_history *history, const tide_heap *heap) {
    tide_history_point *point = tide_vec_push(&history->points);
    *point = (tide_history_point){.time_ns = heap->totals.time_ns, .heap_bytes = heap->totals.heap_bytes};
    (void)tide_vec_extend(&point->live_bytes, heap->sites.count);
    for (size_t i = 0; i < heap->sites.count; i++) {
        const tide_counts *counts = &heap->sites.at[i].counts;
        point->live_bytes.at[i] = counts->allocated_bytes - counts->freed_bytes;
    }
}

void tide_history_see(void *arg, const tide_heap *heap, const tide_change *changes, size_t change_count) {
    (void)changes, (void)change_count;
    tide_history *history = arg;
    if (!history->stride)
        history->stride = 1;
    if (history->points.count == TIDE_HISTORY_MAX)
        drop_every_second(history);
    if (history->moment_count++ % history->stride == 0)
        add_point(history, heap);
}

void tide_history_free(tide_history *history) {
    for (size_t i = 0; i < history->points.count; i++)
        tide_vec_free(&history->points.at[i].live_bytes);
    tide_vec_free(&history->points);
}
