#include "heap/owners.h"

static void add(tide_counts *to, const tide_counts *of) {
    to->allocated_bytes += of->allocated_bytes;
    to->allocated_blocks += of->allocated_blocks;
    to->freed_bytes += of->freed_bytes;
    to->freed_blocks += of->freed_blocks;
    to->peak_bytes += of->peak_bytes;
    to->peak_blocks += of->peak_blocks;
    to->temporary_blocks += of->temporary_blocks;
    to->resized_blocks += of->resized_blocks;
    to->lifetime_ns += of->lifetime_ns;
}

static void add_owner(tide_owner_sums *to, const tide_counts *own, const tide_owner *owner) {
    add(&to->all, own);
    to->used_bytes += owner->used_bytes;
    to->allocated_bytes += owner->allocated_bytes;
    to->reserved_bytes += owner->reserved_bytes;
}

void tide_owner_sums_get(tide_owner_sums_list *ret, const tide_heap *heap) {
    ret->count = 0;
    (void)tide_vec_extend(ret, heap->owners.count);
    for (size_t i = 0; i < ret->count; i++)
        ret->at[i] = (tide_owner_sums){0};
    for (size_t i = 0; i < heap->sites.count; i++) {
        const tide_site *site = &heap->sites.at[i];
        if (site->kind != TIDE_MMAP && site->owner < ret->count)
            add(&ret->at[site->owner].own, &site->counts);
    }
    for (uint32_t i = 0; i < ret->count; i++) { /* a parent has a lower number than those below it */
        uint32_t owner = i;
        do
            add_owner(&ret->at[owner], &ret->at[i].own, &heap->owners.at[i]);
        while ((owner = (uint32_t)heap->owners.at[owner].parent));
    }
}

void tide_owner_peaks_raise(tide_heap *heap) {
    tide_owner_sums_list sums = {0};
    tide_owner_sums_get(&sums, heap);
    for (size_t i = 1; i < sums.count; i++) {
        const tide_counts *all = &sums.at[i].all;
        tide_owner *owner = &heap->owners.at[i];
        if (all->allocated_bytes - all->freed_bytes <= owner->peak_bytes)
            continue;
        owner->peak_bytes = all->allocated_bytes - all->freed_bytes;
        owner->peak_blocks = all->allocated_blocks - all->freed_blocks;
    }
    tide_vec_free(&sums);
}
