#include "actor/heap.h"
#include "actor/scheduler.h"

enum { SLAB_CLASS = 5, SLAB_BYTES = 32 << SLAB_CLASS, HEADER_BYTES = 48 };
_Static_assert(offsetof(tide_slab, slots) == HEADER_BYTES && SLAB_BYTES == 1024, "the drawing");

/* As many as possible of one size shall fill the 976 bytes behind the header. */
static const uint16_t slot_bytes[TIDE_SLOT_SIZES] = {16, 32, 48, 64, 96, 128, 192, 320, TIDE_LARGEST_SLOT};
/* By size in units of 16 bytes, rounded up. */
static const uint8_t size_indices[TIDE_LARGEST_SLOT / 16 + 1] = {
    0, 0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8};

static tide_slab *slab_of(const void *block) {
    return (tide_slab *)((uintptr_t)block & ~(uintptr_t)(SLAB_BYTES - 1));
}

static void link_slab(tide_slab **list, tide_slab *slab) {
    slab->previous = NULL;
    slab->next = *list;
    if (slab->next)
        slab->next->previous = slab;
    *list = slab;
}

static void unlink_slab(tide_slab **list, tide_slab *slab) {
    if (slab->next)
        slab->next->previous = slab->previous;
    if (slab->previous)
        slab->previous->next = slab->next;
    else
        *list = slab->next;
}

/* A block from the pool, with its header. */
static tide_slab *new_slab(tide_scheduler *scheduler, tide_heap *heap, unsigned class, unsigned size_index,
                           size_t bytes) {
    tide_slab *slab = tide_pool_get(&tide_blocks, &scheduler->blocks, class);
    if (!slab)
        return NULL;
    *slab = (tide_slab){.heap = heap,
                        .bytes = bytes,
                        .fresh = HEADER_BYTES,
                        .size_index = (uint8_t)size_index,
                        .class = (uint8_t) class};
    tide_account_heap(scheduler->running, (int64_t)(HEADER_BYTES + bytes), (int64_t)tide_class_bytes(class));
    tide_account_grown(scheduler->running);
    return slab;
}

static void free_slab(tide_scheduler *scheduler, tide_slab *slab) {
    tide_account_heap(scheduler->running, -(int64_t)(HEADER_BYTES + slab->bytes),
                      -(int64_t)tide_class_bytes(slab->class));
    tide_pool_put(&tide_blocks, &scheduler->blocks, slab->class, slab);
}

static TIDE_COLD void *get_large(tide_scheduler *scheduler, tide_heap *heap, size_t bytes) {
    unsigned class = bytes < TIDE_PAYLOAD_MAX ? tide_class_of(HEADER_BYTES + bytes) : TIDE_CLASS_COUNT;
    if (class >= TIDE_CLASS_COUNT)
        return NULL;
    tide_slab *slab = new_slab(scheduler, heap, class, TIDE_SLOT_SIZES, bytes);
    if (!slab)
        return NULL;
    link_slab(&heap->others, slab);
    return slab->slots;
}

void *tide_heap_get(tide_scheduler *scheduler, tide_heap *heap, size_t bytes) {
    if (TIDE_UNLIKELY(bytes > TIDE_LARGEST_SLOT))
        return get_large(scheduler, heap, bytes);
    unsigned index = size_indices[(bytes + 15) / 16];
    tide_slab *slab = heap->with_room[index];
    if (TIDE_UNLIKELY(!slab)) {
        slab = new_slab(scheduler, heap, SLAB_CLASS, index, 0);
        if (!slab)
            return NULL;
        link_slab(&heap->with_room[index], slab);
    }
    void *slot = slab->free;
    if (slot) {
        slab->free = slab->free->next;
    } else {
        slot = (char *)slab + slab->fresh;
        slab->fresh = (uint16_t)(slab->fresh + slot_bytes[index]);
    }
    slab->used_slots++;
    tide_account_slot(heap, slot_bytes[index]);
    if (TIDE_UNLIKELY(!slab->free && slab->fresh + slot_bytes[index] > SLAB_BYTES)) {
        unlink_slab(&heap->with_room[index], slab);
        link_slab(&heap->others, slab);
    }
    return slot;
}

void tide_heap_put(tide_scheduler *scheduler, tide_heap *heap, void *block) {
    tide_slab *slab = slab_of(block);
    unsigned index = slab->size_index;
    if (TIDE_UNLIKELY(slab->heap != heap))
        return;
    if (TIDE_UNLIKELY(index == TIDE_SLOT_SIZES)) {
        unlink_slab(&heap->others, slab);
        free_slab(scheduler, slab);
        return;
    }
    bool was_full = !slab->free && slab->fresh + slot_bytes[index] > SLAB_BYTES;
    tide_block *slot = block;
    slot->next = slab->free;
    slab->free = slot;
    slab->used_slots--;
    tide_account_slot(heap, -(int64_t)slot_bytes[index]);
    if (TIDE_UNLIKELY(was_full)) {
        unlink_slab(&heap->others, slab);
        link_slab(&heap->with_room[index], slab);
    }
    if (TIDE_UNLIKELY(!slab->used_slots) && (slab->next || slab->previous)) {
        unlink_slab(&heap->with_room[index], slab);
        free_slab(scheduler, slab);
    }
}

size_t tide_heap_room(const void *block) {
    const tide_slab *slab = slab_of(block);
    return slab->size_index == TIDE_SLOT_SIZES ? slab->bytes : slot_bytes[slab->size_index];
}

void tide_heap_fini(tide_scheduler *scheduler, tide_heap *heap) {
    for (unsigned list = 0; list <= TIDE_SLOT_SIZES; list++) {
        tide_slab **first = list < TIDE_SLOT_SIZES ? &heap->with_room[list] : &heap->others;
        for (tide_slab *slab = *first, *next; slab; slab = next) {
            next = slab->next;
            if (slab->size_index < TIDE_SLOT_SIZES)
                tide_account_slot(heap, -(int64_t)slab->used_slots * slot_bytes[slab->size_index]);
            free_slab(scheduler, slab);
        }
        *first = NULL;
    }
}
