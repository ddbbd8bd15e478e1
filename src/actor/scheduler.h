/* actor/scheduler: a thread that runs actors, and what it has at hand for that.
 *
 *   its deque ──► run: up to a batch of messages ──► IDLE, or back to the end of the deque
 *      ▲ empty? the list of foreign threads, then another's deque, then sleep (actor/world.h)
 *
 * One more scheduler, "foreign", has no thread and no deque: threads that the runtime knows nothing of use it in
 * turn, under its lock, and put the actors that they wake into a list. So whatever they create and send is counted
 * as well. */
#pragma once
#include "actor/deque.h"
#include "actor/mailbox.h"

enum { TIDE_SCHEDULERS_MAX = 255 };

/* Written by its own thread but for what says otherwise. */
typedef struct tide_scheduler {
    tide_pool_cache letters, blocks, cells;
    tide_cell *running;    /* the actor whose handler runs; else NULL */
    tide_letter *handling; /* its message; NULL when it was kept */
    bool is_in_inbox;      /* that message, still: it came alone */
    tide_letter *fresh;    /* the payload that the running actor has made last, not among its own yet; NULL */
    unsigned index;
    bool is_foreign;
    uint32_t turn;         /* actors taken */
    unsigned lonely_index; /* a deque that had one actor when it was last looked at … */
    uint64_t lonely_top;   /* … and which one; + 1, 0: none */
    uint32_t random;

    /* Structs of the actors that it has created; and, written by whoever ends them, of those that have ended. Both only
     * grow, and who reads `ended` first never finds more of them than `created`. */
    _Atomic uint64_t created_count, created_bytes, created_allocated_bytes;
    _Alignas(64) _Atomic uint64_t ended_count, ended_bytes, ended_allocated_bytes;

    tide_deque deque;

    /* actor/world.h; under its lock */
    pthread_t thread;
    pthread_cond_t wake;
    bool is_asleep;
    struct tide_scheduler *next_asleep;
} tide_scheduler;

typedef struct tide_runtime {
    /* Set by tide_actors_start, before threads. */
    unsigned scheduler_count, batch_messages;
    bool is_watched;                                     /* actor/owners.h */
    tide_scheduler *schedulers[TIDE_SCHEDULERS_MAX + 1]; /* the last of scheduler_count + 1 is foreign */
    _Atomic bool is_running;

    pthread_mutex_t foreign_lock; /* of the foreign scheduler, and of timers; taken before the world's lock */
} tide_runtime;

extern tide_runtime tide_rt;
extern tide_pool tide_blocks;
/* The calling thread's; NULL: it is foreign. */
extern _Thread_local tide_scheduler *tide_here __attribute__((tls_model("initial-exec")));

/* The thread of a scheduler: the argument. */
void *tide_scheduler_main(void *argument);

/* Have an actor run that somebody else's message has woken: the calling thread's. */
void tide_scheduler_ready(tide_scheduler *scheduler, tide_cell *cell);

/* ---- every function of the interface begins and ends with these */
TIDE_COLD tide_scheduler *tide_foreign_enter(void);
TIDE_COLD void tide_foreign_leave(void);

/* NULL: no runtime is running. */
TIDE_HOT tide_scheduler *tide_enter(void) {
    tide_scheduler *scheduler = tide_here;
    return TIDE_LIKELY(scheduler != NULL) ? scheduler : tide_foreign_enter();
}

TIDE_HOT void tide_leave(const tide_scheduler *scheduler) {
    if (TIDE_UNLIKELY(scheduler != tide_here))
        tide_foreign_leave();
}

/* ---- messages: actor/send.c */

/* A block of the class, for a letter. NULL: no memory. */
TIDE_HOT tide_letter *tide_letter_new(tide_scheduler *scheduler, unsigned class) {
    return tide_pool_get(&tide_letters, &scheduler->letters, class);
}

TIDE_HOT void tide_letter_free(tide_scheduler *scheduler, tide_letter *letter, unsigned class) {
    tide_pool_put(&tide_letters, &scheduler->letters, class, letter);
}

/* Send, and have the receiver run. Returns 0, -ESTALE, -EAGAIN when `is_limited`; then the letter is the caller's. */
TIDE_HOT int tide_deliver(tide_scheduler *scheduler, tide_actor to, tide_letter *letter, uint64_t head,
                          unsigned class, bool is_limited) {
    tide_cell *cell = tide_cell_of(to);
    int code =
        cell ? tide_mailbox_send(cell, tide_generation_of(to), letter, head, class, is_limited) : -ESTALE;
    if (code <= 0)
        return code;
    tide_scheduler_ready(scheduler, cell);
    return 0;
}

/* The same whatever the limit is; a letter that cannot be sent is freed. */
int tide_deliver_or_free(tide_scheduler *scheduler, tide_actor to, tide_letter *letter, uint64_t head);
/* A message without payload. */
int tide_deliver_empty(tide_scheduler *scheduler, tide_actor to, uint64_t head);

/* The payload that was made last has not been sent at once: it is the running actor's own. */
TIDE_COLD void tide_payload_settle(tide_scheduler *scheduler);

/* ---- the end of an actor: actor/actor.c. It is running, on this thread; afterwards the cell is free. */
void tide_actor_end(tide_scheduler *scheduler, tide_cell *cell);
