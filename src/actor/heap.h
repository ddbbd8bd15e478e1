/* actor/heap: an actor's own memory, freed as a whole when it ends.
 *
 *   slab, 1 KiB, aligned to 1 KiB     │ header 48 │ slot │ slot │ slot │ …    slots of one size, 16 to 480 bytes
 *   large block, aligned likewise     │ header 48 │ what was asked for …      from 481 bytes on, in a block of its own
 *
 * So whatever tide_actor_alloc gave, its header is at the KiB below. A heap keeps, for each size of slot, a list of
 * slabs with room, and one list of all other slabs and large blocks. An empty slab goes back to the pool unless it
 * is the only one of its size that has room.
 *
 * Counted as used: slots, and 48 bytes for each header; of a large block what was asked for. As allocated: blocks. */
#pragma once
#include "actor/pool.h"

enum { TIDE_SLOT_SIZES = 9, TIDE_LARGEST_SLOT = 480 };

typedef struct tide_slab {
    struct tide_slab *next, *previous;
    struct tide_heap *heap;
    tide_block *free; /* slots that came back */
    uint64_t bytes;   /* large: asked for */
    uint16_t fresh;   /* where slots begin that were never used */
    uint16_t used_slots;
    uint8_t size_index; /* TIDE_SLOT_SIZES: large */
    uint8_t class;      /* of its block */
    _Alignas(16) char slots[];
} tide_slab;

/* Written by who runs the actor, lists and figures; figures are read by any thread (actor/account.h). */
typedef struct tide_heap {
    tide_slab *with_room[TIDE_SLOT_SIZES];
    tide_slab *others;
    _Atomic uint64_t used_bytes, allocated_bytes;
    _Atomic uint32_t version;
} tide_heap;

struct tide_scheduler;

/* The scheduler is the calling thread's. NULL: no memory. Aligned to 16. */
void *tide_heap_get(struct tide_scheduler *scheduler, tide_heap *heap, size_t bytes);
/* A block of another heap is left alone. */
void tide_heap_put(struct tide_scheduler *scheduler, tide_heap *heap, void *block);
/* How many bytes of a block may be used. */
size_t tide_heap_room(const void *block);
/* Free all of it. */
void tide_heap_fini(struct tide_scheduler *scheduler, tide_heap *heap);
