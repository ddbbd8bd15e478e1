/* actor/cell: an actor as the runtime sees it, and how a handle finds it.
 *
 *   handle   63 ───────── 32 31 ────────── 0
 *            │ generation   │ place          │        cell = cells' base + (place - 1) * 256
 *
 * Cells are taken from a pool of their own and stay cells for ever, so that a handle may always look. A cell's
 * generation is raised when its actor ends; a handle of an earlier one finds nobody. 4 G actors in one cell bring a
 * handle back. */
#pragma once
#include "actor/heap.h"
#include "actor/message.h"

/* 64-byte lines: who runs the actor has the first three, senders the last one. A free cell has the pool's link in
 * its first 8 bytes, where nobody else looks. */
typedef struct tide_cell {
    /* Written by who runs the actor, and by who creates it; atomic where others ask for figures. */
    tide_letter *own;               /* payloads of its own, doubly linked */
    _Atomic(tide_letter *) backlog; /* taken out of the inbox, oldest first; the first is being handled */
    void *state;
    _Atomic(const tide_actor_type *) type;
    _Atomic uint64_t taken;                /* the inbox as it was, with the tag that it has since */
    int64_t headroom;                      /* peak, less struct and heap; in places. Who runs it */
    _Atomic uint64_t peak_allocated_bytes; /* of the total */
    uint32_t calm_bytes;      /* smaller messages are no peak when they come alone. Who runs it */
    _Atomic uint32_t creator; /* scheduler */

    tide_heap heap;
    _Atomic uint32_t owner; /* actor/owners.h; 0: nobody watches. By who creates the actor, and who ends it */
    struct tide_cell *next_ready; /* in the list that foreign threads fill; under its lock */

    _Alignas(64) _Atomic uint64_t inbox; /* actor/mailbox.h; written by senders and by who runs the actor */
    _Atomic uint64_t identity; /* generation; in the upper half mailbox_limit_bytes / 32, 0: none. By who
                                            * creates the actor, and who ends it */
    _Atomic(struct tide_waiter *) waiters; /* actor/pressure.h; under the runtime's lock, looked at without */
} tide_cell;

enum { TIDE_CELL_CLASS = 3 };
_Static_assert(sizeof(tide_cell) == 32 << TIDE_CELL_CLASS, "the drawing");

extern tide_pool tide_cells;

/* The cell of a handle, whose actor may be gone; NULL: there never was one. */
TIDE_HOT tide_cell *tide_cell_of(tide_actor actor) {
    uint64_t offset = ((actor.id & UINT32_MAX) - 1) * sizeof(tide_cell);
    /* acquire: with the release in pool.c's cut(); pages below are accessible */
    if (TIDE_UNLIKELY(offset >= atomic_load_explicit(&tide_cells.bytes, memory_order_acquire)))
        return NULL;
    return (tide_cell *)(void *)(tide_cells.base + offset);
}

TIDE_HOT uint32_t tide_generation_of(tide_actor actor) {
    return (uint32_t)(actor.id >> 32);
}

/* acquire: with the release of the actor's end */
TIDE_HOT uint32_t tide_cell_generation(const tide_cell *cell) {
    return (uint32_t)atomic_load_explicit(&cell->identity, memory_order_acquire);
}

TIDE_HOT uint32_t tide_cell_limit(const tide_cell *cell) {
    return (uint32_t)(atomic_load_explicit(&cell->identity, memory_order_relaxed) >> 32);
}

/* The handle of the actor that has the cell now. */
TIDE_HOT tide_actor tide_cell_handle(const tide_cell *cell) {
    uint64_t place = (uint64_t)((const char *)cell - tide_cells.base) / sizeof *cell + 1;
    return (tide_actor){(uint64_t)tide_cell_generation(cell) << 32 | place};
}
