#include "actor/deque.h"
#include <errno.h>

enum { FIRST_SLOTS = 256 };

static tide_deque_ring *new_ring(tide_deque *deque, tide_pool *pool, tide_pool_cache *cache, uint64_t slots) {
    uint64_t bytes = sizeof(tide_deque_ring) + slots * sizeof(_Atomic(tide_cell *));
    unsigned class = tide_class_of(bytes);
    tide_deque_ring *ring = class < TIDE_CLASS_COUNT ? tide_pool_get(pool, cache, class) : NULL;
    if (!ring)
        return NULL;
    ring->mask = slots - 1;
    ring->older = atomic_load_explicit(&deque->ring, memory_order_relaxed);
    tide_own_add(&deque->allocated_bytes, tide_class_bytes(class));
    tide_own_add(&deque->used_bytes, bytes);
    return ring;
}

int tide_deque_init(tide_deque *deque, tide_pool *pool, tide_pool_cache *cache) {
    tide_deque_ring *ring = new_ring(deque, pool, cache, FIRST_SLOTS);
    atomic_store_explicit(&deque->ring, ring, memory_order_release);
    return ring ? 0 : -ENOMEM;
}

void tide_deque_fini(tide_deque *deque, tide_pool *pool, tide_pool_cache *cache) {
    tide_deque_ring *ring = atomic_load_explicit(&deque->ring, memory_order_relaxed), *older;
    for (; ring; ring = older) {
        older = ring->older;
        uint64_t bytes = sizeof *ring + (ring->mask + 1) * sizeof ring->slots[0];
        tide_pool_put(pool, cache, tide_class_of(bytes), ring);
    }
    atomic_store_explicit(&deque->ring, NULL, memory_order_relaxed);
}

bool tide_deque_grow(tide_deque *deque, tide_pool *pool, tide_pool_cache *cache) {
    tide_deque_ring *old = atomic_load_explicit(&deque->ring, memory_order_relaxed);
    tide_deque_ring *ring = new_ring(deque, pool, cache, 2 * (old->mask + 1));
    if (!ring)
        return false;
    uint64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed);
    for (uint64_t at = bottom - old->mask - 1; at != bottom; at++) {
        tide_cell *cell = atomic_load_explicit(&old->slots[at & old->mask], memory_order_relaxed);
        atomic_store_explicit(&ring->slots[at & ring->mask], cell, memory_order_relaxed);
    }
    atomic_store_explicit(&deque->ring, ring, memory_order_release);
    return true;
}
