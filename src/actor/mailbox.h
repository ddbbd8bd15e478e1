/* actor/mailbox: many senders, one receiver, no lock.
 *
 *   inbox   63 ─────── 32 31 ────── 0
 *           │ tag        │ newest    │     newest: CLOSED no actor · EMPTY nothing new, and the actor is being run
 *                                                 IDLE   nothing, and nobody runs it · else a message, by its place
 *
 *   send        newest := my message, whose next is the one that was newest       who replaces IDLE has it run
 *   take        newest := EMPTY, next tag; turn the chain round: it is the backlog, oldest first
 *   rest        EMPTY := IDLE, unless something has come
 *   close       newest := CLOSED, next tag; drop the chain
 *
 * A message that came alone is handled where it is, in the inbox; afterwards it is replaced by IDLE, with next tag,
 * unless something has come on top. So a message costs its sender one atomic operation, and the receiver one for
 * each time that it runs, or a few. There is no stub: when an actor rests, its mailbox holds no memory. This is how
 * CAF's inbox works (D. Charousset and others, 2013).
 *
 * What is queued is not counted by an atomic addition, which would cost 2 ns and more. A letter is sent with the sum
 * of itself and of those below it, and the receiver notes what it took:
 *
 *   inbox   tag 7 │ ● ─► letter, sum 300 ─► letter, sum 200 ─► letter, sum 100        holds 300
 *   taken   tag 7 │ ● ─► letter, sum 500     backlog ─► letter of 90, sum 320         holds 500 - 320 + 90
 *
 * To know the sum, a sender looks at the newest letter, which the receiver may be taking out and freeing; then the
 * tag has changed, and the sender tries again. Who asks what is queued does the same: tags and backlog are the same
 * afterwards, or he asks again. For the tag to come round, he would have to stand still between two instructions for
 * exactly 4 G takes. Letters are never anything but letters, so that a look at one that is gone does no harm.
 *
 * Orders: a sender's success releases its message to the receiver's acquire in take. rest and close release what the
 * receiver has done to the sender that makes it run again (acquire), and so, through the queue of actors, to the
 * thread that runs it. */
#pragma once
#include "actor/account.h"
#include <errno.h>

enum { TIDE_CLOSED, TIDE_EMPTY, TIDE_IDLE, TIDE_FIRST_PLACE };

extern tide_pool tide_letters;

TIDE_HOT uint32_t tide_newest(uint64_t inbox) {
    return (uint32_t)inbox;
}

TIDE_HOT uint64_t tide_inbox(uint64_t tag, uint32_t newest) {
    return tag << 32 | newest;
}

/* The tag that follows when the inbox is taken out, and when all that was taken is done with: odd and even. Only who
 * runs the actor changes it. */
TIDE_HOT uint64_t tide_tag_taken(uint64_t inbox) {
    return ((inbox >> 32) + 2) | 1;
}

TIDE_HOT uint64_t tide_tag_done(uint64_t inbox) {
    return ((inbox >> 32) + 2) & ~(uint64_t)1;
}

TIDE_HOT tide_letter *tide_letter_at(uint32_t place) {
    char *base = tide_letters.base - ((size_t)TIDE_FIRST_PLACE << TIDE_CLASS_SHIFT_MIN);
    return (tide_letter *)(void *)(base + ((size_t)place << TIDE_CLASS_SHIFT_MIN));
}

TIDE_HOT uint32_t tide_letter_place(const tide_letter *letter) {
    size_t offset = (size_t)((const char *)letter - tide_letters.base);
    return (uint32_t)(offset >> TIDE_CLASS_SHIFT_MIN) + TIDE_FIRST_PLACE;
}

/* What an inbox weighs; any two numbers when it has been taken out meanwhile. */
TIDE_HOT tide_load tide_inbox_load(uint64_t inbox) {
    if (tide_newest(inbox) < TIDE_FIRST_PLACE)
        return (tide_load){0};
    return tide_letter_sum(tide_letter_at(tide_newest(inbox)));
}

/* What a mailbox weighs: what is in the inbox, and what was taken out and is not handled. Any thread. False: it has
 * changed meanwhile, ask again. Nothing without memtrack_messages. Orders: each load is an acquire, so that none is
 * done after the looks that follow it. */
static inline bool tide_mailbox_load(const tide_cell *cell, tide_load *ret_load) {
    *ret_load = (tide_load){0};
    if (!TIDE_MEMTRACK_MESSAGES)
        return true;
    uint64_t inbox = atomic_load_explicit(&cell->inbox, memory_order_acquire);
    uint64_t taken = atomic_load_explicit(&cell->taken, memory_order_acquire);
    const tide_letter *backlog = atomic_load_explicit(&cell->backlog, memory_order_acquire);
    bool is_taken = inbox >> 32 & 1;
    tide_load load = tide_inbox_load(inbox);
    if (backlog && is_taken) {
        load = tide_load_add(load, tide_inbox_load(taken));
        load = tide_load_subtract(load, tide_letter_sum(backlog));
        load = tide_load_add(load, tide_head_load(tide_letter_get_head(backlog)));
    }
    *ret_load = load;
    return atomic_load_explicit(&cell->backlog, memory_order_relaxed) == backlog &&
           atomic_load_explicit(&cell->inbox, memory_order_relaxed) >> 32 == inbox >> 32 &&
           (!is_taken || taken >> 32 == inbox >> 32);
}

/* The heap has grown: is the total a peak now? Who runs the actor. */
static inline void tide_account_grown(tide_cell *cell) {
    tide_load queued;
    if (tide_mailbox_load(cell, &queued)) /* else soon, when messages are taken out */
        tide_account_peak(cell, queued);
}

/* At most so many places are queued. Any thread: a moment ago. One that changes all the time is taken for full. */
static inline bool tide_mailbox_is_within(const tide_cell *cell, uint32_t places) {
    tide_load load;
    for (int tries = 0; tries < 100; tries++)
        if (tide_mailbox_load(cell, &load))
            return (uint32_t)load.places <= places;
    return false;
}

/* The handle's generation is not all there is to the cell's identity: an actor that is gone, or has a limit. */
static TIDE_COLD int tide_mailbox_admit(const tide_cell *cell, uint32_t generation, bool is_limited) {
    if (tide_cell_generation(cell) != generation)
        return -ESTALE;
    return is_limited && !tide_mailbox_is_within(cell, tide_cell_limit(cell) - 1) ? -EAGAIN : 0;
}

/* `head`: the letter's, without flags; `class`: its block's. Returns 1: sent, and who calls has to have the actor
 * run; 0: sent; -ESTALE; -EAGAIN: full, when `is_limited`. */
TIDE_HOT int tide_mailbox_send(tide_cell *cell, uint32_t generation, tide_letter *letter, uint64_t head,
                               unsigned class, bool is_limited) {
    uint32_t place = tide_letter_place(letter);
    /* acquire: with the opening's release, so that a new actor's identity is seen with its inbox */
    uint64_t inbox = atomic_load_explicit(&cell->inbox, memory_order_acquire);
    do {
        uint32_t newest = tide_newest(inbox);
        if (TIDE_UNLIKELY(newest == TIDE_CLOSED))
            return -ESTALE;
        if (TIDE_UNLIKELY(atomic_load_explicit(&cell->identity, memory_order_relaxed) != generation)) {
            int code = tide_mailbox_admit(cell, generation, is_limited);
            if (code)
                return code;
        }
        if (newest < TIDE_FIRST_PLACE) {
            letter->next = NULL;
            atomic_store_explicit(&letter->head, head | TIDE_LETTER_FIRST, memory_order_relaxed);
        } else {
            tide_letter *below = tide_letter_at(newest);
            letter->next = below;
            atomic_store_explicit(&letter->head, head, memory_order_relaxed);
#if TIDE_MEMTRACK_MESSAGES
            tide_load sum = tide_letter_sum(below);
            sum = tide_load_add(sum, tide_letter_load(class, head));
            atomic_store_explicit(&letter->sum[0], sum.places, memory_order_relaxed);
            atomic_store_explicit(&letter->sum[1], sum.bytes, memory_order_relaxed);
#else
            (void)class;
#endif
        }
    } while (TIDE_UNLIKELY(!atomic_compare_exchange_weak_explicit(
        &cell->inbox, &inbox, tide_inbox(inbox >> 32, place), memory_order_acq_rel, memory_order_acquire)));
    return tide_newest(inbox) == TIDE_IDLE;
}

/* The one message that there is, which stays in the inbox while it is handled; NULL: none or several. The backlog is
 * empty. Who runs the actor. */
TIDE_HOT tide_letter *tide_mailbox_single(tide_cell *cell) {
    uint64_t inbox = atomic_load_explicit(&cell->inbox, memory_order_acquire);
    if (tide_newest(inbox) < TIDE_FIRST_PLACE)
        return NULL;
    tide_letter *letter = tide_letter_at(tide_newest(inbox));
    uint64_t head = tide_letter_get_head(letter);
    if (!(head & TIDE_LETTER_FIRST))
        return NULL;
    return letter;
}

/* Move the inbox into the backlog, which is empty. NULL: nothing has come. `handled` (or NULL), the oldest, is left
 * out. Who runs the actor. */
TIDE_HOT tide_letter *tide_mailbox_take(tide_cell *cell, const tide_letter *handled) {
    uint64_t inbox = atomic_load_explicit(&cell->inbox, memory_order_relaxed);
    if (tide_newest(inbox) == TIDE_EMPTY)
        return NULL;
    uint64_t tag = tide_tag_taken(inbox);
    inbox = atomic_exchange_explicit(&cell->inbox, tide_inbox(tag, TIDE_EMPTY), memory_order_acq_rel);
    tide_letter *oldest = NULL;
    for (tide_letter *letter = tide_letter_at(tide_newest(inbox)), *next; letter != handled; letter = next) {
        next = letter->next;
        letter->next = oldest;
        oldest = letter;
    }
    atomic_store_explicit(&cell->backlog, oldest, memory_order_relaxed);
#if TIDE_MEMTRACK_MESSAGES
    /* release: who finds this tag finds the backlog that goes with it */
    atomic_store_explicit(&cell->taken, tide_inbox(tag, tide_newest(inbox)), memory_order_release);
    if (oldest)
        tide_account_peak(cell, tide_inbox_load(inbox));
#endif
    return oldest;
}

/* A single message is handled. True: nothing else has come, so the actor rests, and is not the caller's any more. */
TIDE_HOT bool tide_mailbox_rest_after(tide_cell *cell, const tide_letter *handled) {
    uint64_t inbox = atomic_load_explicit(&cell->inbox, memory_order_relaxed);
    return tide_newest(inbox) == tide_letter_place(handled) &&
           atomic_compare_exchange_strong_explicit(&cell->inbox, &inbox,
                                                   tide_inbox(tide_tag_done(inbox), TIDE_IDLE),
                                                   memory_order_acq_rel, memory_order_relaxed);
}

/* The backlog is empty. True: the actor is not the caller's any more, and may be running elsewhere already. */
TIDE_HOT bool tide_mailbox_rest(tide_cell *cell) {
    uint64_t inbox = atomic_load_explicit(&cell->inbox, memory_order_relaxed);
    return tide_newest(inbox) == TIDE_EMPTY &&
           atomic_compare_exchange_strong_explicit(&cell->inbox, &inbox, tide_inbox(inbox >> 32, TIDE_IDLE),
                                                   memory_order_acq_rel, memory_order_relaxed);
}

/* A cell has an actor from now on, which rests. Who creates it. */
static inline void tide_mailbox_open(tide_cell *cell) {
    uint64_t tag = tide_tag_done(atomic_load_explicit(&cell->inbox, memory_order_relaxed));
    atomic_store_explicit(&cell->inbox, tide_inbox(tag, TIDE_IDLE), memory_order_release);
}

/* The actor is gone. Returns what was in the inbox, newest first. Who runs it. */
static inline tide_letter *tide_mailbox_close(tide_cell *cell) {
    uint64_t tag = tide_tag_done(atomic_load_explicit(&cell->inbox, memory_order_relaxed));
    uint64_t inbox =
        atomic_exchange_explicit(&cell->inbox, tide_inbox(tag, TIDE_CLOSED), memory_order_acq_rel);
    return tide_newest(inbox) < TIDE_FIRST_PLACE ? NULL : tide_letter_at(tide_newest(inbox));
}
