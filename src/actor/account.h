/* actor/account: counting what an actor weighs. Built out, these functions are empty.
 *
 * Every figure has one writer, the thread that runs the actor, and so costs a plain load, addition and store.
 * Messages are not counted at all: what a mailbox holds stands in its letters (actor/mailbox.h).
 *
 *                    heap.version   even ──► odd ──────────────────────────► even
 *   who runs it                              allocated, used change          used may change too, by itself
 *   who asks         reads version, figures, version: the same and even, so they belong together
 *
 * used ≤ allocated holds at every moment of an even version, since only `used` changes then, within what is
 * allocated. Stores inside are release and loads acquire, rather than relaxed between fences, so that TSan can
 * follow. */
#pragma once
#include "actor/cell.h"

/* meson's options of these names: 0 or 1 */
#ifndef TIDE_MEMTRACK
#define TIDE_MEMTRACK 1
#endif
#ifndef TIDE_MEMTRACK_MESSAGES
#define TIDE_MEMTRACK_MESSAGES 1
#endif
#if TIDE_MEMTRACK_MESSAGES && !TIDE_MEMTRACK
#error "memtrack_messages needs memtrack"
#endif

/* A block of a slab was given out (bytes > 0) or came back. */
TIDE_HOT void tide_account_slot(tide_heap *heap, int64_t bytes) {
    if (!TIDE_MEMTRACK)
        return;
    tide_own_add(&heap->used_bytes, (uint64_t)bytes);
}

/* The heap has taken memory from a pool, or given some back; payloads of its own are part of it. */
static inline void tide_account_heap(tide_cell *cell, int64_t used_bytes, int64_t allocated_bytes) {
    if (!TIDE_MEMTRACK)
        return;
    tide_heap *heap = &cell->heap;
    uint32_t version = atomic_load_explicit(&heap->version, memory_order_relaxed);
    atomic_store_explicit(&heap->version, version + 1, memory_order_relaxed);
    tide_own_set(&heap->allocated_bytes, tide_own_get(&heap->allocated_bytes) + (uint64_t)allocated_bytes);
    tide_own_set(&heap->used_bytes, tide_own_get(&heap->used_bytes) + (uint64_t)used_bytes);
    atomic_store_explicit(&heap->version, version + 2, memory_order_release);
    cell->headroom -= allocated_bytes >> TIDE_CLASS_SHIFT_MIN;
    cell->calm_bytes = 0;
}

/* The struct: the cell, and the state in a block of its own. */
TIDE_HOT tide_figures tide_account_struct(const tide_actor_type *type) {
    uint64_t state_bytes = type->state_bytes;
    return (tide_figures){sizeof(tide_cell) + state_bytes,
                          sizeof(tide_cell) +
                              (state_bytes ? tide_class_bytes(tide_class_of(state_bytes)) : 0)};
}

/* ---- peaks. The mailbox may hold so many places (headroom) before the total is higher than ever;
 * looked at whenever the actor begins to handle what has come, and when the heap grows. */

static inline void tide_account_peak(tide_cell *cell, tide_load queued) {
    if (!TIDE_MEMTRACK)
        return;
    int64_t places = (uint32_t)queued.places;
    if (TIDE_LIKELY(places <= cell->headroom))
        return;
    uint64_t more_bytes = (uint64_t)(places - cell->headroom) << TIDE_CLASS_SHIFT_MIN;
    atomic_store_explicit(&cell->peak_allocated_bytes, tide_own_get(&cell->peak_allocated_bytes) + more_bytes,
                          memory_order_relaxed);
    cell->headroom = places;
}

static TIDE_COLD void tide_account_first_single(tide_cell *cell, uint64_t head) {
    tide_account_peak(cell, tide_head_load(head));
    cell->calm_bytes = tide_head_size(head) + 1;
}

/* A message that came alone. One smaller than a former one is no peak, unless other memory has grown since. */
TIDE_HOT void tide_account_single(tide_cell *cell, uint64_t head) {
    if (!TIDE_MEMTRACK_MESSAGES)
        return;
    if (TIDE_UNLIKELY(tide_head_size(head) >= cell->calm_bytes))
        tide_account_first_single(cell, head);
}
