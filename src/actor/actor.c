/* actor/actor: from create to the end. */
#include "actor/owners.h"
#include "actor/pressure.h"
#include "actor/world.h"
#include <string.h>

enum { STATE_BYTES_MAX = 1 << 20 };

static int check(const tide_actor_type *type) {
    if (!type || !type->name || !type->receive || type->state_bytes > STATE_BYTES_MAX)
        return -EINVAL;
    if (type->mailbox_limit_bytes && !tide_actors_counts_messages())
        return -ENOTSUP;
    return 0;
}

static uint64_t limit_places(const tide_actor_type *type) {
    size_t places = (type->mailbox_limit_bytes + 31) >> TIDE_CLASS_SHIFT_MIN;
    return places < UINT32_MAX ? places : UINT32_MAX;
}

/* ---- actors are counted for who creates them; by its thread when they begin, and by whoever ends them. What is used
 * is within what is allocated at every moment in between. */

static void count_created(tide_scheduler *scheduler, const tide_actor_type *type) {
    if (!TIDE_MEMTRACK)
        return;
    tide_figures structure = tide_account_struct(type);
    tide_own_add(&scheduler->created_count, 1);
    tide_own_add(&scheduler->created_allocated_bytes, structure.allocated_bytes);
    tide_own_set(&scheduler->created_bytes, tide_own_get(&scheduler->created_bytes) + structure.used_bytes);
}

/* release: who sees that it has ended sees that it was created (actor/figures.c) */
static void count_ended(tide_scheduler *creator, const tide_actor_type *type) {
    if (!TIDE_MEMTRACK)
        return;
    tide_figures structure = tide_account_struct(type);
    atomic_fetch_add_explicit(&creator->ended_count, 1, memory_order_release);
    atomic_fetch_add_explicit(&creator->ended_bytes, structure.used_bytes, memory_order_release);
    atomic_fetch_add_explicit(&creator->ended_allocated_bytes, structure.allocated_bytes,
                              memory_order_release);
}

/* ---- */

static tide_cell *new_cell(tide_scheduler *scheduler, const tide_actor_type *type) {
    tide_cell *cell = tide_pool_get(&tide_cells, &scheduler->cells, TIDE_CELL_CLASS);
    if (!cell)
        return NULL;
    cell->state = NULL;
    if (type->state_bytes) {
        cell->state = tide_pool_get(&tide_blocks, &scheduler->blocks, tide_class_of(type->state_bytes));
        if (!cell->state) {
            tide_pool_put(&tide_cells, &scheduler->cells, TIDE_CELL_CLASS, cell);
            return NULL;
        }
        memset(cell->state, 0, type->state_bytes);
    }
    return cell;
}

int tide_actor_create(const tide_actor_type *type, tide_actor *ret_actor) {
    int code = check(type);
    if (code)
        return code;
    if (tide_here && tide_here->is_foreign) /* last words, while the runtime stops */
        return -ESRCH;
    tide_scheduler *scheduler = tide_enter();
    if (!scheduler)
        return -ESRCH;
    tide_cell *cell = new_cell(scheduler, type);
    if (cell) {
        /* All else is as tide_actor_end has left it, or zero. */
        atomic_store_explicit(&cell->backlog, NULL, memory_order_relaxed);
        cell->own = NULL;
        atomic_store_explicit(&cell->creator, scheduler->index, memory_order_relaxed);
        atomic_store_explicit(&cell->type, type, memory_order_relaxed);
        uint32_t generation = tide_cell_generation(cell);
        atomic_store_explicit(&cell->identity, limit_places(type) << 32 | (generation ? generation : 1),
                              memory_order_relaxed);
        count_created(scheduler, type);
        cell->headroom = cell->calm_bytes = 0;
        atomic_store_explicit(&cell->peak_allocated_bytes, tide_account_struct(type).allocated_bytes,
                              memory_order_relaxed);
        if (TIDE_UNLIKELY(tide_rt.is_watched))
            tide_owners_add(cell);
        tide_mailbox_open(cell);
        *ret_actor = tide_cell_handle(cell);
    }
    tide_leave(scheduler);
    return cell ? 0 : -ENOMEM;
}

tide_actor tide_actor_self(void) {
    const tide_scheduler *scheduler = tide_here;
    return scheduler && scheduler->running ? tide_cell_handle(scheduler->running) : (tide_actor){0};
}

int tide_actor_stop(tide_actor actor) {
    tide_scheduler *scheduler = tide_enter();
    if (!scheduler)
        return -ESRCH;
    int code = tide_deliver_empty(scheduler, actor, TIDE_LETTER_STOP);
    tide_leave(scheduler);
    return code;
}

static void drop(tide_scheduler *scheduler, tide_letter *letter) {
    for (tide_letter *next; letter; letter = next) {
        next = letter->next;
        tide_letter_free(scheduler, letter, tide_head_class(tide_letter_get_head(letter)));
    }
}

void tide_actor_end(tide_scheduler *scheduler, tide_cell *cell) {
    const tide_actor_type *type = atomic_load_explicit(&cell->type, memory_order_relaxed);
    scheduler->handling = NULL;
    if (type->end)
        type->end(cell->state);
    tide_payload_settle(scheduler);
    /* release: who finds the next generation finds nothing of this one */
    atomic_store_explicit(&cell->identity, (uint32_t)(tide_cell_generation(cell) + 1), memory_order_release);
    drop(scheduler, tide_mailbox_close(cell));
    drop(scheduler, atomic_load_explicit(&cell->backlog, memory_order_relaxed));
    drop(scheduler, cell->own);
    tide_heap_fini(scheduler, &cell->heap);
    /* what is left are payloads of its own */
    tide_account_heap(cell, -(int64_t)tide_own_get(&cell->heap.used_bytes),
                      -(int64_t)tide_own_get(&cell->heap.allocated_bytes));
    if (cell->state)
        tide_pool_put(&tide_blocks, &scheduler->blocks, tide_class_of(type->state_bytes), cell->state);
    count_ended(tide_rt.schedulers[atomic_load_explicit(&cell->creator, memory_order_relaxed)], type);
    if (TIDE_UNLIKELY(tide_rt.is_watched))
        tide_owners_remove(cell);
    scheduler->running = NULL;
    tide_pressure_ease(scheduler, cell);
    tide_pool_put(&tide_cells, &scheduler->cells, TIDE_CELL_CLASS, cell);
}
