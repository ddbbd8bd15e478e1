/* tidemark/actor.h: actors that run on scheduler threads, and what each of them weighs. Link with -ltideactor.
 *
 * An actor has a state, a heap and a mailbox of its own. It handles one message at a time, on whichever scheduler
 * thread takes it; so its handler needs no locks. Every byte belongs to an actor, a scheduler or the runtime, and
 * any thread may ask at any time:
 *
 *              used       what was asked for: state, blocks, queued messages, with their headers
 *            ≤ allocated  the same in the sizes that memory is given out in (32, 64, 128 … bytes)
 *            ≤ reserved   what the runtime has from the kernel; what is not allocated of it is cached
 *
 * One runtime per process. Functions that can fail return 0 or a negative errno and then have changed nothing;
 * figures are 0 or more, or a negative errno:
 *   -ESTALE   the actor is gone (its handle is never taken for another one's)
 *   -ENOTSUP  built without memtrack, or for mailboxes without memtrack_messages: it was not counted
 *   -ESRCH    no runtime is running, or there is no such scheduler
 *   -EPERM    only a handler may call this, for its own actor
 * "Threads: any" includes handlers and threads that the runtime knows nothing of. Nothing here may be called in a
 * signal handler. A child of fork() may not use the runtime of its parent.
 * docs/actors.md explains the figures; examples/actors are programs to begin with. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TIDE_ACTOR_API __attribute__((visibility("default")))

/* ---- The runtime */

typedef struct tide_actors_config {
    unsigned scheduler_count; /* threads; 0: one for each CPU that this process may use; at most 255 */
    unsigned batch_messages;  /* handled in a row before others have their turn; 0: 100 */
} tide_actors_config;

/* Start the scheduler threads. `config` is borrowed for the call; NULL: all defaults.
 * Returns 0, -EALREADY, -EINVAL, -ENOMEM, -EAGAIN (no thread to be had). Threads: any, one at a time. */
TIDE_ACTOR_API int tide_actors_start(const tide_actors_config *config);

/* Wait until nothing is left to do: all mailboxes empty, all handlers returned, no timer armed.
 * Returns 0, -ESRCH, -EDEADLK in a handler. Threads: any but schedulers. */
TIDE_ACTOR_API int tide_actors_quiesce(void);

/* End the threads after the batches that they are in, then all actors, on the calling thread; drop what is queued,
 * and give back the memory. To lose nothing, call tide_actors_quiesce first. Nobody else may call anything meanwhile.
 * Returns 0, -ESRCH, -EDEADLK in a handler. Cost: O(actors + queued messages). */
TIDE_ACTOR_API int tide_actors_stop(void);

/* Give memory that is free, but cached, back to the kernel. Waits until each scheduler has come by.
 * Returns the bytes given back (0: there were none), -ESRCH, -EDEADLK in a handler. Threads: any but schedulers. */
TIDE_ACTOR_API int64_t tide_actors_trim(void);

/* ---- Actors */

typedef struct tide_actor {
    uint64_t id; /* place and generation; 0: no actor */
} tide_actor;

typedef struct tide_message {
    uint32_t type;       /* the sender's, for the receiver to tell messages apart */
    uint32_t bytes;      /* of payload */
    const void *payload; /* aligned to 16; borrowed until the handler returns, or kept (tide_payload_keep) */
} tide_message;

/* What actors of a kind have in common. Static: it outlives the runtime. */
typedef struct tide_actor_type {
    const char *name;   /* static; what people see */
    size_t state_bytes; /* of each actor's state, zeroed, aligned to 16; at most 1 MiB */
    size_t
        mailbox_limit_bytes; /* queued messages that are allocated before senders are refused; 0: no limit */
    void (*receive)(void *state, const tide_message *message); /* handle a message; not NULL */
    void (*end)(void *state); /* last words, before the heap is freed; NULL: none. May send */
} tide_actor_type;

/* Make an actor. Its memory is counted for the scheduler that calls, or for "foreign" when another thread does.
 * Returns 0, -EINVAL, -ENOMEM, -ESRCH, -ENOTSUP (a limit, without memtrack_messages). Threads: any. Cost: O(1). */
TIDE_ACTOR_API int tide_actor_create(const tide_actor_type *type, tide_actor *ret_actor);

/* The actor whose handler calls; in other places no actor. */
TIDE_ACTOR_API tide_actor tide_actor_self(void);

/* End an actor when it has handled what is queued now. Its state, its heap and later messages are freed; its handle
 * answers -ESTALE from then on. Returns 0, -ESTALE, -ENOMEM, -ESRCH. Threads: any. Cost: that of a message. */
TIDE_ACTOR_API int tide_actor_stop(tide_actor actor);

/* ---- Messages
 * Messages of one sender to one receiver arrive in the order in which they were sent. Of what is queued for an actor
 * that ends, nothing arrives. */

/* Send a copy of `bytes` bytes at `payload` (borrowed; NULL when 0).
 * Returns 0, -ESTALE, -EAGAIN (the mailbox is full: see tide_await_room), -EMSGSIZE (above TIDE_PAYLOAD_MAX),
 * -ENOMEM, -ESRCH. Threads: any. Cost: O(bytes); a few ns and no lock in a handler, a lock on other threads. */
TIDE_ACTOR_API int tide_send(tide_actor to, uint32_t type, const void *payload, size_t bytes);

#define TIDE_PAYLOAD_MAX ((size_t)512 * 1024 * 1024)

/* Memory for a payload that is sent without being copied. It is the calling actor's, until it is sent or freed; what
 * is left when the actor ends is freed. NULL: no memory, too large, not in a handler. Aligned to 16; not zeroed. */
TIDE_ACTOR_API void *tide_payload_new(size_t bytes);
TIDE_ACTOR_API void tide_payload_free(void *payload); /* one of the calling actor's own, or NULL */

/* Send a payload of the calling actor's (tide_payload_new, tide_payload_keep): from then on its bytes are the
 * receiver's. Returns what tide_send does, -EPERM. On failure it still is the sender's. Cost: O(1). */
TIDE_ACTOR_API int tide_send_move(tide_actor to, uint32_t type, void *payload);

/* Keep the payload of the message that is being handled: the same address, now the calling actor's own.
 * NULL: not in a handler, or kept already. Cost: O(1). */
TIDE_ACTOR_API void *tide_payload_keep(const tide_message *message);

/* After -EAGAIN: have an empty message of `type` sent to the calling actor, once, when the mailbox of `to` is half
 * empty or `to` is gone. Returns 0, -EPERM, -ENOMEM. Threads: handlers. */
TIDE_ACTOR_API int tide_await_room(tide_actor to, uint32_t type);

/* ---- Timers */

typedef struct tide_timer {
    uint64_t id; /* 0: no timer */
} tide_timer;

/* Send a copy of `payload` after `delay_ns` or a little later. `ret_timer` may be NULL.
 * Returns 0, -ESTALE (no such actor now), -EMSGSIZE, -ENOMEM, -ESRCH. Threads: any. Cost: O(log timers), a lock.
 * The mailbox's limit does not hold for timers. */
TIDE_ACTOR_API int tide_send_after(tide_actor to, uint32_t type, const void *payload, size_t bytes,
                                   uint64_t delay_ns, tide_timer *ret_timer);

/* Returns 0: it will not fire; -ESTALE: it has fired or was cancelled. Threads: any. Cost: O(log timers), a lock. */
TIDE_ACTOR_API int tide_timer_cancel(tide_timer timer);

/* ---- An actor's heap: only handlers may use it, each its own; freed as a whole when the actor ends. */

TIDE_ACTOR_API void *tide_actor_alloc(
    size_t bytes); /* aligned to 16, not zeroed; NULL: no memory, no actor */
TIDE_ACTOR_API void *tide_actor_realloc(void *block,
                                        size_t bytes); /* as realloc; NULL leaves `block` as it is */
TIDE_ACTOR_API void tide_actor_free(void *block);      /* or NULL; another actor's is left alone */

/* ---- Pony's eight functions, here with an answer for any thread. Bytes or a negative errno (above). Cost: O(1).
 * mem: used. alloc: allocated. */

TIDE_ACTOR_API int64_t tide_sched_static_mem_size(void); /* of the schedulers themselves, all together */
TIDE_ACTOR_API int64_t tide_sched_static_alloc_size(void);
/* Of the live actors that scheduler `scheduler` has created: their structs. 0 … tide_sched_count() - 1; the last is
 * "foreign": threads that are no schedulers. */
TIDE_ACTOR_API int64_t tide_sched_total_mem_size(unsigned scheduler);
TIDE_ACTOR_API int64_t tide_sched_total_memory_size(unsigned scheduler); /* the name Pony's page has for it */
TIDE_ACTOR_API int64_t tide_sched_total_alloc_size(unsigned scheduler);
TIDE_ACTOR_API int64_t tide_actor_mem_size(tide_actor actor); /* the struct: runtime's part and state */
TIDE_ACTOR_API int64_t tide_actor_alloc_size(tide_actor actor);
TIDE_ACTOR_API int64_t tide_actor_total_mem_size(tide_actor actor); /* struct, heap, mailbox */
TIDE_ACTOR_API int64_t tide_actor_total_alloc_size(tide_actor actor);

/* ---- What Pony does not tell */

typedef struct tide_figures {
    uint64_t used_bytes, allocated_bytes;
} tide_figures;

typedef struct tide_actor_figures {
    tide_actor actor;
    const tide_actor_type *type;
    unsigned scheduler;     /* that created it */
    tide_figures structure; /* the runtime's part of it, and the state */
    tide_figures heap;      /* blocks, and payloads of its own */
    tide_figures mailbox;   /* messages that are queued or being handled */
    tide_figures total;     /* the sum of these three */
    uint64_t mailbox_messages;
    uint64_t
        peak_allocated_bytes; /* of total; looked at when messages are taken out and when the heap grows */
} tide_actor_figures;

/* Returns 0, -ESTALE, -ENOTSUP, -ESRCH. Without memtrack_messages the mailbox is left out. Threads: any. O(1). */
TIDE_ACTOR_API int tide_actor_figures_get(tide_actor actor, tide_actor_figures *ret_figures);

TIDE_ACTOR_API unsigned tide_sched_count(void); /* schedulers and "foreign"; 0: no runtime is running */

typedef struct tide_sched_figures {
    unsigned scheduler;
    bool is_foreign;
    tide_figures structure; /* itself, and its queue of actors */
    tide_figures created;   /* structs of the live actors that it has created; they are the actors' bytes */
    uint64_t created_count; /* live actors that it has created */
    uint64_t cached_bytes;  /* free memory that it has at hand */
} tide_sched_figures;

typedef struct tide_type_figures { /* all live actors of a type */
    const tide_actor_type *type;
    uint64_t actor_count, mailbox_messages;
    tide_figures structure, heap, mailbox, total;
    uint64_t largest_allocated_bytes; /* the largest actor's total */
} tide_type_figures;

typedef struct tide_actors_total {
    tide_figures actors, schedulers, timers; /* disjoint; a timer's message is no actor's yet */
    tide_figures sum;
    uint64_t actor_count, mailbox_messages;
    uint64_t reserved_bytes;    /* from the kernel: allocated and cached */
    uint64_t cached_bytes;      /* free: reserved, and allocated to nobody */
    uint64_t resident_bytes;    /* of what is reserved */
    uint64_t process_rss_bytes; /* of the whole process */
    uint64_t unaccounted_bytes; /* the process's, and not the runtime's: libc, code, stacks, malloc */
} tide_actors_total;

/* All there is at a moment. Actors in order of their places, types by size. */
typedef struct tide_snapshot {
    size_t actor_count, sched_count, type_count;
    tide_actor_figures *actors;
    tide_sched_figures *scheds;
    tide_type_figures *types;
    tide_actors_total total;
} tide_snapshot;

enum {
    TIDE_SNAPSHOT_NOW =
        0, /* read while actors run: each actor's figures are right, but not all of one moment */
    TIDE_SNAPSHOT_EXACT =
        1, /* schedulers wait between two batches meanwhile: what is allocated is what actors have */
};

/* Owned (tide_snapshot_free). Returns 0, -ENOMEM, -ENOTSUP, -ESRCH, -EINVAL.
 * Threads: any. Cost: O(actors + reserved pages); EXACT also waits for running batches to end. */
TIDE_ACTOR_API int tide_snapshot_take(int how, tide_snapshot **ret_snapshot);
TIDE_ACTOR_API void tide_snapshot_free(tide_snapshot *snapshot);

/* As JSON, one line for each actor, exact bytes; docs/actors.md has the members. Returns 0, or -EIO. */
TIDE_ACTOR_API int tide_snapshot_write_json(const tide_snapshot *snapshot, FILE *out);

/* What this library was built to count. */
TIDE_ACTOR_API bool tide_actors_counts_memory(void);   /* memtrack */
TIDE_ACTOR_API bool tide_actors_counts_messages(void); /* memtrack_messages */

#ifdef __cplusplus
}
#endif
