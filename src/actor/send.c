/* actor/send: messages and payloads, as the interface has them. */
#include "actor/scheduler.h"
#include <string.h>

int tide_send(tide_actor to, uint32_t type, const void *payload, size_t bytes) {
    if (TIDE_UNLIKELY(bytes > TIDE_PAYLOAD_MAX))
        return -EMSGSIZE;
    tide_scheduler *scheduler = tide_enter();
    if (TIDE_UNLIKELY(!scheduler))
        return -ESRCH;
    unsigned class = tide_class_of(sizeof(tide_letter) + bytes);
    tide_letter *letter = tide_letter_new(scheduler, class);
    int code = -ENOMEM;
    if (TIDE_LIKELY(letter != NULL)) {
        if (bytes)
            memcpy(letter->payload, payload, bytes);
        code = tide_deliver(scheduler, to, letter, tide_letter_head(type, bytes), class, true);
        if (TIDE_UNLIKELY(code != 0))
            tide_letter_free(scheduler, letter, class);
    }
    tide_leave(scheduler);
    return code;
}

int tide_deliver_or_free(tide_scheduler *scheduler, tide_actor to, tide_letter *letter, uint64_t head) {
    unsigned class = tide_head_class(head);
    int code = tide_deliver(scheduler, to, letter, head, class, false);
    if (code)
        tide_letter_free(scheduler, letter, class);
    return code;
}

int tide_deliver_empty(tide_scheduler *scheduler, tide_actor to, uint64_t head) {
    tide_letter *letter = tide_letter_new(scheduler, tide_head_class(head));
    return letter ? tide_deliver_or_free(scheduler, to, letter, head) : -ENOMEM;
}

/* ---- payloads that are an actor's own: its heap's bytes. Most are sent by the handler that has made them; the last
 * one is therefore not counted among them before another one is made, the handler returns, or it asks what it
 * weighs. */

static tide_letter *previous_of(const tide_letter *letter) {
    return (tide_letter *)atomic_load_explicit(&letter->sum[0], memory_order_relaxed);
}

static void set_previous(tide_letter *letter, tide_letter *previous) {
    atomic_store_explicit(&letter->sum[0], (uintptr_t)previous, memory_order_relaxed);
}

static void own(tide_cell *cell, tide_letter *letter, uint64_t head) {
    letter->next = cell->own;
    set_previous(letter, NULL);
    if (letter->next)
        set_previous(letter->next, letter);
    cell->own = letter;
    tide_load load = tide_head_load(head);
    tide_account_heap(cell, (int64_t)load.bytes, (int64_t)tide_load_allocated_bytes(load));
    tide_account_grown(cell);
}

static void disown(tide_cell *cell, const tide_letter *letter, uint64_t head) {
    tide_letter *previous = previous_of(letter);
    if (letter->next)
        set_previous(letter->next, previous);
    if (previous)
        previous->next = letter->next;
    else
        cell->own = letter->next;
    tide_load load = tide_head_load(head);
    tide_account_heap(cell, -(int64_t)load.bytes, -(int64_t)tide_load_allocated_bytes(load));
}

void *tide_payload_new(size_t bytes) {
    tide_scheduler *scheduler = tide_here;
    if (!scheduler || !scheduler->running || bytes > TIDE_PAYLOAD_MAX)
        return NULL;
    tide_letter *letter = tide_letter_new(scheduler, tide_class_of(sizeof *letter + bytes));
    if (!letter)
        return NULL;
    atomic_store_explicit(&letter->head, tide_letter_head(0, bytes), memory_order_relaxed);
    if (TIDE_UNLIKELY(scheduler->fresh != NULL))
        tide_payload_settle(scheduler);
    scheduler->fresh = letter;
    return letter->payload;
}

void tide_payload_settle(tide_scheduler *scheduler) {
    tide_letter *letter = scheduler->fresh;
    scheduler->fresh = NULL;
    if (letter)
        own(scheduler->running, letter, tide_letter_get_head(letter));
}

/* It goes its way: to be sent or freed. */
static void let_go(tide_scheduler *scheduler, tide_letter *letter, uint64_t head) {
    if (TIDE_LIKELY(letter == scheduler->fresh))
        scheduler->fresh = NULL;
    else
        disown(scheduler->running, letter, head);
}

void tide_payload_free(void *payload) {
    tide_scheduler *scheduler = tide_here;
    if (!payload || !scheduler || !scheduler->running)
        return;
    tide_letter *letter = tide_letter_of(payload);
    uint64_t head = tide_letter_get_head(letter);
    let_go(scheduler, letter, head);
    tide_letter_free(scheduler, letter, tide_head_class(head));
}

int tide_send_move(tide_actor to, uint32_t type, void *payload) {
    tide_scheduler *scheduler = tide_here;
    if (!scheduler || !scheduler->running || !payload)
        return -EPERM;
    tide_letter *letter = tide_letter_of(payload);
    uint64_t head = tide_letter_head(type, tide_head_size(tide_letter_get_head(letter)));
    let_go(scheduler, letter, head);
    int code = tide_deliver(scheduler, to, letter, head, tide_head_class(head), true);
    if (TIDE_UNLIKELY(code != 0))
        own(scheduler->running, letter, head);
    return code;
}

void *tide_payload_keep(const tide_message *message) {
    tide_scheduler *scheduler = tide_here;
    tide_letter *letter = scheduler ? scheduler->handling : NULL;
    if (!letter || message->payload != letter->payload)
        return NULL;
    tide_cell *cell = scheduler->running;
    scheduler->handling = NULL;
    if (scheduler->is_in_inbox)
        tide_mailbox_take(cell, letter);
    else
        atomic_store_explicit(&cell->backlog, letter->next, memory_order_release);
    own(cell, letter, tide_letter_get_head(letter));
    return letter->payload;
}

/* ---- the heap */

void *tide_actor_alloc(size_t bytes) {
    tide_scheduler *scheduler = tide_here;
    if (TIDE_UNLIKELY(!scheduler || !scheduler->running))
        return NULL;
    return tide_heap_get(scheduler, &scheduler->running->heap, bytes);
}

void tide_actor_free(void *block) {
    tide_scheduler *scheduler = tide_here;
    if (TIDE_LIKELY(block && scheduler && scheduler->running))
        tide_heap_put(scheduler, &scheduler->running->heap, block);
}

void *tide_actor_realloc(void *block, size_t bytes) {
    size_t room = block ? tide_heap_room(block) : 0;
    if (block && bytes <= room && (bytes > room / 2 || room <= TIDE_LARGEST_SLOT))
        return block;
    void *moved = tide_actor_alloc(bytes);
    if (moved && block) {
        memcpy(moved, block, room < bytes ? room : bytes);
        tide_actor_free(block);
    }
    return moved;
}
