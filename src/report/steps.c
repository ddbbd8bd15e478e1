#include "report/steps.h"

/* Both are ascending; where both have a site, the later figures hold. */
static tide_step_rows merge_rows(const tide_step_rows *earlier, const tide_step_rows *later) {
    tide_step_rows merged = {0};
    size_t i = 0;
    for (size_t k = 0; k < later->count; k++) {
        uint32_t site = later->at[k].site;
        for (; i < earlier->count && earlier->at[i].site < site; i++)
            *tide_vec_push(&merged) = earlier->at[i];
        i += i < earlier->count && earlier->at[i].site == site;
        *tide_vec_push(&merged) = later->at[k];
    }
    for (; i < earlier->count; i++)
        *tide_vec_push(&merged) = earlier->at[i];
    return merged;
}

static void join(tide_step *earlier, tide_step *later) {
    tide_step_rows merged = merge_rows(&earlier->rows, &later->rows);
    tide_vec_free(&earlier->rows);
    tide_vec_free(&later->rows);
    later->rows = merged;
}

/* Pairs are counted from the start: of an odd number, the last one stays as it is. */
static void halve(tide_steps *steps) {
    size_t kept = 0;
    steps->rows_count = 0;
    for (size_t i = 0; i < steps->items.count; i++) {
        tide_step *step = &steps->items.at[i];
        if (i % 2 == 0 && i + 1 < steps->items.count) {
            join(step, step + 1);
            continue;
        }
        steps->rows_count += step->rows.count;
        steps->items.at[kept++] = *step;
    }
    steps->items.count = kept;
}

void tide_steps_see(void *arg, const tide_heap *heap, const tide_change *changes, size_t change_count) {
    tide_steps *steps = arg;
    tide_step *step = tide_vec_push(&steps->items);
    step->time_ns = heap->totals.time_ns;
    for (size_t i = 0; i < change_count; i++) {
        const tide_counts *counts = &heap->sites.at[changes[i].site].counts;
        *tide_vec_push(&step->rows) =
            (tide_step_row){.site = changes[i].site,
                            .total_bytes = counts->allocated_bytes,
                            .total_blocks = counts->allocated_blocks,
                            .live_bytes = counts->allocated_bytes - counts->freed_bytes,
                            .live_blocks = counts->allocated_blocks - counts->freed_blocks};
    }
    steps->rows_count += step->rows.count;
    size_t rows_max = TIDE_STEPS_ROWS_MAX + 2 * heap->sites.count;
    while (steps->items.count > 2 && (steps->items.count > TIDE_STEPS_MAX || steps->rows_count > rows_max))
        halve(steps);
}

void tide_steps_free(tide_steps *steps) {
    for (size_t i = 0; i < steps->items.count; i++)
        tide_vec_free(&steps->items.at[i].rows);
    tide_vec_free(&steps->items);
}
