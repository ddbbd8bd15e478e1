#include "actor/pressure.h"
#include "actor/world.h"

static unsigned waiter_class(void) {
    return tide_class_of(sizeof(tide_waiter));
}

/* Half of the limit, or nobody there. When the mailbox is changing, whoever changes it will ask again. */
static bool has_room(const tide_cell *cell) {
    return tide_newest(atomic_load_explicit(&cell->inbox, memory_order_acquire)) == TIDE_CLOSED ||
           tide_mailbox_is_within(cell, tide_cell_limit(cell) / 2);
}

static void tell(tide_scheduler *scheduler, const tide_waiter *waiter) {
    tide_deliver_empty(scheduler, waiter->actor, tide_letter_head(waiter->type, 0));
}

void tide_pressure_ease(tide_scheduler *scheduler, tide_cell *cell) {
    if (!atomic_load_explicit(&cell->waiters, memory_order_acquire) || !has_room(cell))
        return;
    pthread_mutex_lock(&tide_the_world.lock);
    tide_waiter *waiter = atomic_load_explicit(&cell->waiters, memory_order_relaxed), *next;
    atomic_store_explicit(&cell->waiters, NULL, memory_order_relaxed);
    pthread_mutex_unlock(&tide_the_world.lock);
    for (; waiter; waiter = next) {
        next = waiter->next;
        tell(scheduler, waiter);
        tide_pool_put(&tide_blocks, &scheduler->blocks, waiter_class(), waiter);
    }
}

int tide_await_room(tide_actor to, uint32_t type) {
    tide_scheduler *scheduler = tide_here;
    if (!scheduler || !scheduler->running)
        return -EPERM;
    tide_waiter *waiter = tide_pool_get(&tide_blocks, &scheduler->blocks, waiter_class());
    if (!waiter)
        return -ENOMEM;
    *waiter = (tide_waiter){.actor = tide_cell_handle(scheduler->running), .type = type};
    tide_cell *cell = tide_cell_of(to);
    if (!cell || tide_cell_generation(cell) != tide_generation_of(to)) {
        tell(scheduler, waiter);
        tide_pool_put(&tide_blocks, &scheduler->blocks, waiter_class(), waiter);
        return 0;
    }
    pthread_mutex_lock(&tide_the_world.lock);
    waiter->next = atomic_load_explicit(&cell->waiters, memory_order_relaxed);
    atomic_store_explicit(&cell->waiters, waiter, memory_order_release);
    pthread_mutex_unlock(&tide_the_world.lock);
    atomic_fetch_add_explicit(&cell->inbox, 0, memory_order_acq_rel); /* see actor/pressure.h */
    tide_pressure_ease(scheduler, cell);
    return 0;
}
