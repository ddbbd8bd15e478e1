#include "actor/scheduler.h"
#include "actor/owners.h"
#include "actor/pressure.h"
#include "actor/world.h"

enum {
    FOREIGN_EVERY = 64, /* actors between two looks at those that foreign threads have woken */
    SEARCHES = 64,      /* looks at all deques before sleeping, some 50 us */
    PAUSES = 16,        /* between two of them */
};

tide_runtime tide_rt;
tide_pool tide_cells, tide_blocks, tide_letters;
_Thread_local tide_scheduler *tide_here __attribute__((tls_model("initial-exec")));

void tide_scheduler_ready(tide_scheduler *scheduler, tide_cell *cell) {
    if (TIDE_UNLIKELY(scheduler->is_foreign) ||
        TIDE_UNLIKELY(!tide_deque_add(&scheduler->deque, &tide_blocks, &scheduler->blocks, cell))) {
        tide_world_ready(cell);
        return;
    }
    uint64_t top;
    /* relaxed: see actor/world.h */
    if (TIDE_UNLIKELY(atomic_load_explicit(&tide_the_world.asleep_count, memory_order_relaxed)) &&
        tide_deque_count(&scheduler->deque, &top) > 1)
        tide_world_wake();
}

/* False: the actor has kept its message. */
static bool handle(tide_scheduler *scheduler, const tide_cell *cell, const tide_actor_type *type,
                   tide_letter *letter, uint64_t head) {
    tide_message message = {(uint32_t)head, tide_head_size(head), letter->payload};
    scheduler->handling = letter;
    type->receive(cell->state, &message);
    if (TIDE_UNLIKELY(scheduler->fresh != NULL))
        tide_payload_settle(scheduler);
    return TIDE_LIKELY(scheduler->handling != NULL);
}

/* A message that came alone. True: the actor rests. */
static bool run_single(tide_scheduler *scheduler, tide_cell *cell, const tide_actor_type *type,
                       tide_letter *letter, uint64_t head) {
    scheduler->is_in_inbox = true;
    bool is_left = handle(scheduler, cell, type, letter, head);
    scheduler->is_in_inbox = false;
    if (TIDE_UNLIKELY(!is_left))
        return false;
    bool rests = tide_mailbox_rest_after(cell, letter);
    if (TIDE_UNLIKELY(!rests))
        tide_mailbox_take(cell, letter);
    tide_letter_free(scheduler, letter, tide_head_class(head));
    return rests;
}

/* Up to a batch of messages. False: the actor has rested, or ended. */
static bool run_batch(tide_scheduler *scheduler, tide_cell *cell, const tide_actor_type *type) {
    for (unsigned left = tide_rt.batch_messages; left; left--) {
        tide_letter *letter = atomic_load_explicit(&cell->backlog, memory_order_relaxed);
        bool is_single = !letter && (letter = tide_mailbox_single(cell));
        if (!letter && !(letter = tide_mailbox_take(cell, NULL))) {
            if (tide_mailbox_rest(cell))
                return false;
            continue;
        }
        uint64_t head = tide_letter_get_head(letter);
        if (TIDE_UNLIKELY(head & TIDE_LETTER_STOP)) {
            tide_actor_end(scheduler, cell);
            return false;
        }
        if (is_single) {
            tide_account_single(cell, head);
            if (run_single(scheduler, cell, type, letter, head))
                return false;
        } else if (handle(scheduler, cell, type, letter, head)) {
            /* release: who looks at what is queued sees it go before it is freed */
            atomic_store_explicit(&cell->backlog, letter->next, memory_order_release);
            tide_letter_free(scheduler, letter, tide_head_class(head));
        }
    }
    return true;
}

static void run(tide_scheduler *scheduler, tide_cell *cell) {
    const tide_actor_type *type = atomic_load_explicit(&cell->type, memory_order_relaxed);
    scheduler->running = cell;
    uint32_t owner = TIDE_UNLIKELY(tide_rt.is_watched) ? tide_owners_enter(cell) : 0;
    if (run_batch(scheduler, cell, type))
        tide_scheduler_ready(scheduler, cell);
    scheduler->running = NULL;
    if (TIDE_UNLIKELY(tide_rt.is_watched))
        tide_owners_leave(owner);
    if (TIDE_UNLIKELY(type->mailbox_limit_bytes))
        tide_pressure_ease(scheduler, cell);
}

/* ---- finding something to do */

/* An actor that waits alone may be about to be run, on the processor where its data is; so it is left where it is
 * until it is met there a second time. */
static tide_cell *steal(tide_scheduler *scheduler, unsigned index) {
    tide_deque *deque = &tide_rt.schedulers[index]->deque;
    uint64_t top, count = tide_deque_count(deque, &top);
    if (!count)
        return NULL;
    if (count == 1 && (scheduler->lonely_index != index || scheduler->lonely_top != top + 1)) {
        scheduler->lonely_index = index;
        scheduler->lonely_top = top + 1;
        return NULL;
    }
    return tide_deque_take(deque);
}

static tide_cell *steal_from_anyone(tide_scheduler *scheduler) {
    unsigned count = tide_rt.scheduler_count;
    scheduler->random = scheduler->random * 1664525 + 1013904223; /* D. Knuth's and H. Lewis's */
    unsigned first = (scheduler->random >> 16) % count;
    for (unsigned i = 0; i < count; i++) {
        unsigned index = first + i < count ? first + i : first + i - count;
        tide_cell *cell = index == scheduler->index ? NULL : steal(scheduler, index);
        if (cell)
            return cell;
    }
    return NULL;
}

static TIDE_COLD tide_cell *search(tide_scheduler *scheduler) {
    tide_cell *cell = tide_world_take();
    scheduler->lonely_top = 0;
    for (unsigned i = 0; !cell && tide_rt.scheduler_count > 1 && i < SEARCHES; i++) {
        for (unsigned pause = 0; pause < PAUSES; pause++)
            __builtin_ia32_pause();
        cell = steal_from_anyone(scheduler);
        cell = cell ? cell : tide_world_take();
    }
    return cell;
}

static tide_cell *next(tide_scheduler *scheduler) {
    tide_cell *cell = NULL;
    uint64_t top;
    if (TIDE_UNLIKELY(++scheduler->turn % FOREIGN_EVERY == 0))
        cell = tide_world_take();
    while (!cell && tide_deque_count(&scheduler->deque, &top))
        cell = tide_rt.scheduler_count == 1 ? tide_deque_take_alone(&scheduler->deque)
                                            : tide_deque_take(&scheduler->deque);
    return cell;
}

void *tide_scheduler_main(void *argument) {
    tide_scheduler *scheduler = tide_here = argument;
    for (unsigned naps = 0;;) {
        if (TIDE_UNLIKELY(atomic_load_explicit(&tide_the_world.attention, memory_order_relaxed)) &&
            tide_world_attend())
            return NULL;
        tide_cell *cell = next(scheduler);
        if (TIDE_UNLIKELY(!cell) && !(cell = search(scheduler))) {
            tide_world_sleep(scheduler, &naps);
            continue;
        }
        naps = 0;
        run(scheduler, cell);
    }
}
