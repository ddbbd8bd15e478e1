/* actor/deque: a scheduler's queue of actors that are ready, from which other schedulers steal.
 *
 *   ring     │  │ D │ E │ F │  │  │        bottom: where the owner adds; only he writes it
 *                 ▲           ▲            top: the oldest; who raises it by one has that actor
 *                top        bottom
 *
 * Chase and Lev's deque (SPAA 2005), used at one end: the owner too takes the oldest. Were he to take the newest,
 * two actors that answer each other would keep all others waiting for ever. Nobody then competes for the last one
 * but by raising top, and the fence between owner and thieves that the deque is known for is not needed.
 *
 * A full ring is replaced by one of twice its size. Thieves may still read in the old one, so it is kept until the
 * runtime stops; all of them together are smaller than the last.
 *
 * Orders: bottom is stored with release and loaded with acquire: a thief sees the actor, and all that was done to it,
 * before it was added. The ring's pointer likewise. top is raised with acq_rel: a slot is read before it can be
 * reused. */
#pragma once
#include "actor/cell.h"

typedef struct tide_deque_ring {
    struct tide_deque_ring *older;
    uint64_t mask; /* slots - 1 */
    _Atomic(tide_cell *) slots[];
} tide_deque_ring;

typedef struct tide_deque {
    _Alignas(64) _Atomic uint64_t top;            /* owner and thieves */
    _Alignas(64) _Atomic uint64_t bottom;         /* owner */
    _Atomic(tide_deque_ring *) ring;              /* owner */
    _Atomic uint64_t used_bytes, allocated_bytes; /* of all rings; owner */
} tide_deque;

/* Returns 0 or -ENOMEM. */
int tide_deque_init(tide_deque *deque, tide_pool *pool, tide_pool_cache *cache);
void tide_deque_fini(tide_deque *deque, tide_pool *pool, tide_pool_cache *cache);

/* ---- how it is done */
TIDE_COLD bool tide_deque_grow(tide_deque *deque, tide_pool *pool, tide_pool_cache *cache);

/* Add an actor. False: no memory. Owner. */
TIDE_HOT bool tide_deque_add(tide_deque *deque, tide_pool *pool, tide_pool_cache *cache, tide_cell *cell) {
    uint64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed);
    tide_deque_ring *ring = atomic_load_explicit(&deque->ring, memory_order_relaxed);
    /* acquire: with the thief's release, whose slot is used again */
    if (TIDE_UNLIKELY(bottom - atomic_load_explicit(&deque->top, memory_order_acquire) > ring->mask)) {
        if (!tide_deque_grow(deque, pool, cache))
            return false;
        ring = atomic_load_explicit(&deque->ring, memory_order_relaxed);
    }
    atomic_store_explicit(&ring->slots[bottom & ring->mask], cell, memory_order_relaxed);
    atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_release);
    return true;
}

/* How many there are, and in `ret_top` which is the oldest. Any thread; a moment ago. */
TIDE_HOT uint64_t tide_deque_count(const tide_deque *deque, uint64_t *ret_top) {
    *ret_top = atomic_load_explicit(&deque->top, memory_order_acquire);
    uint64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_acquire);
    return bottom > *ret_top ? bottom - *ret_top : 0;
}

/* Take the oldest. NULL: there is none, or somebody else was faster. Any thread. */
TIDE_HOT tide_cell *tide_deque_take(tide_deque *deque) {
    uint64_t top;
    if (!tide_deque_count(deque, &top))
        return NULL;
    tide_deque_ring *ring = atomic_load_explicit(&deque->ring, memory_order_acquire);
    tide_cell *cell = atomic_load_explicit(&ring->slots[top & ring->mask], memory_order_relaxed);
    return atomic_compare_exchange_strong_explicit(&deque->top, &top, top + 1, memory_order_acq_rel,
                                                   memory_order_relaxed)
               ? cell
               : NULL;
}

/* The same where there are no thieves, and there is one: no atomic operation. */
TIDE_HOT tide_cell *tide_deque_take_alone(tide_deque *deque) {
    uint64_t top = atomic_load_explicit(&deque->top, memory_order_relaxed);
    tide_deque_ring *ring = atomic_load_explicit(&deque->ring, memory_order_relaxed);
    atomic_store_explicit(&deque->top, top + 1, memory_order_relaxed);
    return atomic_load_explicit(&ring->slots[top & ring->mask], memory_order_relaxed);
}
