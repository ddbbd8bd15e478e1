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

static void add_child(tide_owner_sums *to, const tide_owner_sums *child) {
    add(&to->all, &child->all);
    to->used_bytes += child->used_bytes;
    to->allocated_bytes += child->allocated_bytes;
    to->reserved_bytes += child->reserved_bytes;
}

void tide_owner_sums_get(tide_owner_sums_list *ret, const tide_heap *heap) {
    ret->count = 0;
    (void)tide_vec_extend(ret, heap->owners.count);
    for (size_t i = 0; i < ret->count; i++) {
        const tide_owner *owner = &heap->owners.at[i];
        ret->at[i] = (tide_owner_sums){.used_bytes = owner->used_bytes,
                                       .allocated_bytes = owner->allocated_bytes,
                                       .reserved_bytes = owner->reserved_bytes};
    }
    for (size_t i = 0; i < heap->sites.count; i++) {
        const tide_site *site = &heap->sites.at[i];
        if (site->kind != TIDE_MMAP && site->owner < ret->count)
            add(&ret->at[site->owner].all, &site->counts);
    }
    for (size_t i = ret->count; i-- > 1;) { /* a parent has a lower number than those below it */
        uint64_t parent = heap->owners.at[i].parent;
        if (parent)
            add_child(&ret->at[parent], &ret->at[i]);
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
