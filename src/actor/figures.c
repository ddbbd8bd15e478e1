#include "actor/figures.h"
#include <sched.h>

enum { TRIES_BEFORE_YIELD = 100 };

bool tide_actors_counts_memory(void) {
    return TIDE_MEMTRACK;
}

bool tide_actors_counts_messages(void) {
    return TIDE_MEMTRACK_MESSAGES;
}

#if TIDE_MEMTRACK

/* ---- an actor: its figures are read between two looks. When nothing has changed that tells of a change, they belong
 * together; else somebody was changing them, which takes a few instructions. */

typedef struct tide_look {
    uint32_t generation, version;
    bool is_closed;
} tide_look;

static tide_look look_at(const tide_cell *cell) {
    return (tide_look){
        .is_closed = tide_newest(atomic_load_explicit(&cell->inbox, memory_order_acquire)) == TIDE_CLOSED,
        .generation = tide_cell_generation(cell),
        .version = atomic_load_explicit(&cell->heap.version, memory_order_acquire),
    };
}

static uint64_t get(const _Atomic uint64_t *figure) {
    return atomic_load_explicit(figure, memory_order_acquire);
}

/* False: the mailbox was changing. */
static bool read_figures(const tide_cell *cell, tide_actor_figures *figures) {
    tide_load queued;
    figures->heap = (tide_figures){get(&cell->heap.used_bytes), get(&cell->heap.allocated_bytes)};
    figures->peak_allocated_bytes = get(&cell->peak_allocated_bytes);
    figures->type = atomic_load_explicit(&cell->type, memory_order_relaxed);
    figures->scheduler = atomic_load_explicit(&cell->creator, memory_order_relaxed);
    if (!tide_mailbox_load(cell, &queued))
        return false;
    figures->mailbox = (tide_figures){queued.bytes, tide_load_allocated_bytes(queued)};
    figures->mailbox_messages = tide_load_count(queued);
    return true;
}

static tide_look read_together(const tide_cell *cell, tide_actor_figures *figures) {
    for (unsigned tries = 1;; tries++) {
        tide_look before = look_at(cell);
        if (before.is_closed)
            return before;
        bool is_read = read_figures(cell, figures);
        tide_look after = look_at(cell);
        if (is_read && !(before.version & 1) && before.version == after.version &&
            before.generation == after.generation)
            return before;
        if (tries % TRIES_BEFORE_YIELD == 0)
            sched_yield();
    }
}

int tide_cell_figures(const tide_cell *cell, tide_actor_figures *ret_figures) {
    tide_actor_figures figures = {0};
    tide_look look = read_together(cell, &figures);
    if (look.is_closed)
        return -ESTALE;
    figures.actor.id = (uint64_t)look.generation << 32 | (uint32_t)tide_cell_handle(cell).id;
    figures.structure = tide_account_struct(figures.type);
    tide_figures_add(&figures.total, figures.structure);
    tide_figures_add(&figures.total, figures.heap);
    tide_figures_add(&figures.total, figures.mailbox);
    if (figures.peak_allocated_bytes < figures.total.allocated_bytes)
        figures.peak_allocated_bytes = figures.total.allocated_bytes;
    *ret_figures = figures;
    return 0;
}

int tide_actor_figures_get(tide_actor actor, tide_actor_figures *ret_figures) {
    if (!atomic_load_explicit(&tide_rt.is_running, memory_order_acquire))
        return -ESRCH;
    if (tide_here)
        tide_payload_settle(tide_here);
    const tide_cell *cell = tide_cell_of(actor);
    tide_actor_figures figures;
    int code = cell ? tide_cell_figures(cell, &figures) : -ESTALE;
    if (code == 0 && figures.actor.id != actor.id)
        code = -ESTALE;
    if (code == 0)
        *ret_figures = figures;
    return code;
}

/* ---- a scheduler */

/* Structs of live actors: created, less ended; in an order in which nothing that changes meanwhile makes used exceed
 * allocated: allocated is at least, and used at most, what it was at any moment in between. */
static tide_figures live_structs(const tide_scheduler *scheduler) {
    uint64_t ended_allocated = get(&scheduler->ended_allocated_bytes);
    uint64_t created = get(&scheduler->created_bytes);
    uint64_t ended = get(&scheduler->ended_bytes);
    uint64_t created_allocated = get(&scheduler->created_allocated_bytes);
    return (tide_figures){created > ended ? created - ended : 0, created_allocated - ended_allocated};
}

tide_sched_figures tide_scheduler_figures(const tide_scheduler *scheduler) {
    tide_sched_figures figures = {.scheduler = scheduler->index, .is_foreign = scheduler->is_foreign};
    uint64_t class_bytes = tide_class_bytes(tide_class_of(sizeof *scheduler));
    figures.structure.used_bytes = sizeof *scheduler + get(&scheduler->deque.used_bytes);
    figures.structure.allocated_bytes = class_bytes + get(&scheduler->deque.allocated_bytes);
    figures.created = live_structs(scheduler);
    uint64_t ended_count = get(&scheduler->ended_count); /* first: there are never more of them */
    figures.created_count = get(&scheduler->created_count) - ended_count;
    figures.cached_bytes = tide_pool_cached_bytes(&scheduler->letters) +
                           tide_pool_cached_bytes(&scheduler->blocks) +
                           tide_pool_cached_bytes(&scheduler->cells);
    return figures;
}

#else /* nothing was counted */

int tide_cell_figures(const tide_cell *cell, tide_actor_figures *ret_figures) {
    (void)cell, (void)ret_figures;
    return -ENOTSUP;
}

int tide_actor_figures_get(tide_actor actor, tide_actor_figures *ret_figures) {
    (void)actor, (void)ret_figures;
    return -ENOTSUP;
}

tide_sched_figures tide_scheduler_figures(const tide_scheduler *scheduler) {
    return (tide_sched_figures){.scheduler = scheduler->index, .is_foreign = scheduler->is_foreign};
}

#endif

unsigned tide_sched_count(void) {
    return atomic_load_explicit(&tide_rt.is_running, memory_order_acquire) ? tide_rt.scheduler_count + 1 : 0;
}

/* ---- Pony's eight */

static int answers_for(unsigned scheduler) {
    if (!TIDE_MEMTRACK)
        return -ENOTSUP;
    return scheduler < tide_sched_count() ? 0 : -ESRCH;
}

int64_t tide_sched_static_mem_size(void) {
    int code = answers_for(0);
    return code ? code : (int64_t)(tide_sched_count() * sizeof(tide_scheduler));
}

int64_t tide_sched_static_alloc_size(void) {
    int code = answers_for(0);
    return code ? code
                : (int64_t)(tide_sched_count() * tide_class_bytes(tide_class_of(sizeof(tide_scheduler))));
}

int64_t tide_sched_total_mem_size(unsigned scheduler) {
    int code = answers_for(scheduler);
    return code ? code : (int64_t)tide_scheduler_figures(tide_rt.schedulers[scheduler]).created.used_bytes;
}

int64_t tide_sched_total_memory_size(unsigned scheduler) {
    return tide_sched_total_mem_size(scheduler);
}

int64_t tide_sched_total_alloc_size(unsigned scheduler) {
    int code = answers_for(scheduler);
    return code ? code
                : (int64_t)tide_scheduler_figures(tide_rt.schedulers[scheduler]).created.allocated_bytes;
}

int64_t tide_actor_mem_size(tide_actor actor) {
    tide_actor_figures figures;
    int code = tide_actor_figures_get(actor, &figures);
    return code ? code : (int64_t)figures.structure.used_bytes;
}

int64_t tide_actor_alloc_size(tide_actor actor) {
    tide_actor_figures figures;
    int code = tide_actor_figures_get(actor, &figures);
    return code ? code : (int64_t)figures.structure.allocated_bytes;
}

int64_t tide_actor_total_mem_size(tide_actor actor) {
    tide_actor_figures figures;
    int code = tide_actor_figures_get(actor, &figures);
    return code ? code : (int64_t)figures.total.used_bytes;
}

int64_t tide_actor_total_alloc_size(tide_actor actor) {
    tide_actor_figures figures;
    int code = tide_actor_figures_get(actor, &figures);
    return code ? code : (int64_t)figures.total.allocated_bytes;
}
