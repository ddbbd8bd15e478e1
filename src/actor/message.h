/* actor/message: a payload with a header, in one block of the message pool: a *letter*.
 *
 *   bytes   0      8      12     16            24      32
 *           │ next │ type │ size │ sum: places │ bytes │ payload …         queued
 *           │ next │  –   │ size │ previous    │   –   │ payload …         an actor's own (tide_payload_new, _keep)
 *           │ next │ next batch  │             –       │ …                 free (actor/pool.h)
 *
 * The *sum* is that of the letter and all that lay below it in the inbox when it came: so the newest one knows what
 * an inbox holds (actor/mailbox.h). A letter that came first has no need to write it: its flag says that it is its
 * own. Senders and those who ask for figures may look at a letter that has become another one by then; they find out
 * afterwards. Therefore what they look at is only ever written atomically. */
#pragma once
#include "actor/pool.h"
#include <tidemark/actor.h>

typedef struct tide_letter {
    struct tide_letter *next; /* whoever has the letter */
    _Atomic uint64_t head;    /* type, and in the upper half size and flags; by its sender */
    /* While it is queued: a sum, by its sender. While it is an actor's own: [0] is the previous one, by that actor. */
    _Atomic uint64_t sum[2];
    max_align_t payload[]; /* aligned to 16 */
} tide_letter;
_Static_assert(sizeof(tide_letter) == 32, "the drawing");

#define TIDE_LETTER_FIRST ((uint64_t)1 << 63) /* nothing lay below */
#define TIDE_LETTER_STOP ((uint64_t)1 << 62)  /* after this message an actor ends */
#define TIDE_LETTER_SIZE (TIDE_LETTER_STOP - 1)

TIDE_HOT uint64_t tide_letter_head(uint32_t type, size_t payload_bytes) {
    return (uint64_t)payload_bytes << 32 | type;
}

TIDE_HOT uint32_t tide_head_size(uint64_t head) {
    return (uint32_t)((head & TIDE_LETTER_SIZE) >> 32);
}

/* acquire, here and below: who only guesses makes sure afterwards (tide_mailbox_load) */
TIDE_HOT uint64_t tide_letter_get_head(const tide_letter *letter) {
    return atomic_load_explicit(&letter->head, memory_order_acquire);
}

TIDE_HOT unsigned tide_head_class(uint64_t head) {
    return tide_class_of(sizeof(tide_letter) + tide_head_size(head));
}

TIDE_HOT tide_letter *tide_letter_of(void *payload) {
    return (tide_letter *)(void *)((char *)payload - offsetof(tide_letter, payload));
}

/* What letters weigh, in two words that are added and subtracted as wholes: neither half of the first can overflow
 * into the other below 4 G letters and 128 GiB. */
typedef struct tide_load {
    uint64_t places; /* count in the upper half; allocated bytes / 32 in the lower one */
    uint64_t bytes;  /* used */
} tide_load;

TIDE_HOT tide_load tide_letter_load(unsigned class, uint64_t head) {
    return (tide_load){(uint64_t)1 << 32 | (uint64_t)1 << class, sizeof(tide_letter) + tide_head_size(head)};
}

TIDE_HOT tide_load tide_head_load(uint64_t head) {
    return tide_letter_load(tide_head_class(head), head);
}

TIDE_HOT tide_load tide_letter_sum(const tide_letter *letter) {
    uint64_t head = tide_letter_get_head(letter);
    if (head & TIDE_LETTER_FIRST)
        return tide_head_load(head);
    return (tide_load){atomic_load_explicit(&letter->sum[0], memory_order_acquire),
                       atomic_load_explicit(&letter->sum[1], memory_order_acquire)};
}

TIDE_HOT tide_load tide_load_add(tide_load load, tide_load more) {
    return (tide_load){load.places + more.places, load.bytes + more.bytes};
}

TIDE_HOT tide_load tide_load_subtract(tide_load load, tide_load less) {
    return (tide_load){load.places - less.places, load.bytes - less.bytes};
}

TIDE_HOT uint64_t tide_load_count(tide_load load) {
    return load.places >> 32;
}

TIDE_HOT uint64_t tide_load_allocated_bytes(tide_load load) {
    return (load.places & UINT32_MAX) << TIDE_CLASS_SHIFT_MIN;
}
