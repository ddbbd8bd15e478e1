#include "report/range.h"
#include "base/format.h"
#include <errno.h>

static uint64_t live_bytes(const tide_counts *counts) {
    return counts->allocated_bytes - counts->freed_bytes;
}

static uint64_t live_blocks(const tide_counts *counts) {
    return counts->allocated_blocks - counts->freed_blocks;
}

static uint64_t less(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* All that lived at the start is old; nothing has been seen to be freed. */
static void begin(tide_range *range) {
    for (size_t i = 0; i < range->sites.count; i++) {
        tide_range_site *site = &range->sites.at[i];
        site->start = site->end;
        site->least_bytes = live_bytes(&site->start);
        site->least_blocks = live_blocks(&site->start);
    }
    range->is_begun = true;
}

static void take_changes(tide_range *range, const tide_heap *heap, const tide_change *changes,
                         size_t change_count) {
    if (range->sites.count < heap->sites.count)
        (void)tide_vec_extend(&range->sites, heap->sites.count - range->sites.count);
    for (size_t i = 0; i < change_count; i++) {
        tide_range_site *site = &range->sites.at[changes[i].site];
        site->end = heap->sites.at[changes[i].site].counts;
        site->least_bytes = less(site->least_bytes, live_bytes(&site->end));
        site->least_blocks = less(site->least_blocks, live_blocks(&site->end));
    }
}

void tide_range_see(void *arg, const tide_heap *heap, const tide_change *changes, size_t change_count) {
    tide_range *range = arg;
    uint64_t time_ns = heap->totals.time_ns;
    if (range->is_ended)
        return;
    if (time_ns > range->from_ns && !range->is_begun)
        begin(range);
    take_changes(range, heap, changes, change_count);
    if (!range->is_begun)
        range->start_ns = time_ns;
    else if (time_ns >= range->to_ns) {
        range->to_ns = time_ns;
        range->is_ended = true;
    }
}

static tide_counts cut_site(const tide_range *range, const tide_range_site *site) {
    const tide_counts *start = &site->start, *end = &site->end;
    uint64_t bytes = live_bytes(end) - site->least_bytes, blocks = live_blocks(end) - site->least_blocks;
    tide_counts cut = {.allocated_bytes = end->allocated_bytes - start->allocated_bytes,
                       .allocated_blocks = end->allocated_blocks - start->allocated_blocks,
                       .peak_bytes = bytes,
                       .peak_blocks = blocks,
                       .temporary_blocks = end->temporary_blocks - start->temporary_blocks,
                       .resized_blocks = end->resized_blocks - start->resized_blocks,
                       .lifetime_ns = end->lifetime_ns - start->lifetime_ns +
                                      live_blocks(end) * range->to_ns - live_blocks(start) * range->start_ns};
    cut.freed_bytes = cut.allocated_bytes - bytes;
    cut.freed_blocks = cut.allocated_blocks - blocks;
    return cut;
}

static void cut_sites(tide_range *range, tide_heap *heap) {
    uint64_t heap_bytes = 0, mapped_bytes = 0;
    for (size_t i = 0; i < heap->sites.count; i++) {
        const tide_range_site *site = &range->sites.at[i];
        tide_counts *counts = &heap->sites.at[i].counts;
        *counts = cut_site(range, site);
        bool is_mapped = heap->sites.at[i].kind == TIDE_MMAP;
        *(is_mapped ? &mapped_bytes : &heap_bytes) += counts->peak_bytes;
        if (!is_mapped)
            range->live_bytes_max += less(counts->allocated_bytes, live_bytes(&site->end));
    }
    heap->totals.heap_bytes = heap->totals.heap_peak_bytes = heap_bytes;
    heap->totals.mapped_bytes = heap->totals.mapped_peak_bytes = mapped_bytes;
    heap->totals.peak_time_ns = range->to_ns; /* time_ns stays: when the recording ended */
}

int tide_range_cut(tide_range *range, tide_recording *recording, tide_err *err) {
    tide_heap *heap = &recording->heap;
    uint64_t end_ns = heap->totals.time_ns;
    if (!range->is_begun) {
        char end[TIDE_FORMAT_MAX];
        return tide_fail(err, -ERANGE, "the range begins where the recording ends, after %s",
                         tide_format_duration(end, end_ns));
    }
    if (!range->is_ended)
        range->to_ns = end_ns;
    range->from_ns = range->start_ns;
    if (range->sites.count < heap->sites.count) /* told of, and never counted */
        (void)tide_vec_extend(&range->sites, heap->sites.count - range->sites.count);
    cut_sites(range, heap);
    return 0;
}

void tide_range_free(tide_range *range) {
    tide_vec_free(&range->sites);
}
