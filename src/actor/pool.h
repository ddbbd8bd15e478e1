/* actor/pool: memory in sizes of powers of two, from 32 bytes to 1 GiB, that threads give back and take anew.
 *
 *   region   |████████ chunk ████████|████████ chunk ████████|░░░░░ not opened yet ░░░░ … up to 128 GiB of addresses
 *             └─ blocks of one class; a chunk never changes its class
 *
 *   thread's cache, for each class     free   ─► block ─► block ─► …       up to a batch: no lock, no atomic addition
 *                                      spare  ─► a whole batch, or none
 *   pool, for each class               batches ═► batch ═► batch ═► …          under the pool's lock
 *                                      bump … bump_end                         of the chunk that is being cut up
 *                                      returned ─► chunk ─► …                  free, and without pages but the first
 *
 * A batch that a thread has too many goes to the pool as a whole, where another thread takes it: so memory that is
 * allocated on one thread and freed on another costs a lock for each 64 blocks.
 *
 * Two pools: one for messages, one for all the rest; and a third for actors' cells (actor/cell.h). Addresses are
 * reserved once, with a system call of our own, since they are not memory yet and `tidemark record` should not take
 * them for it. They stay until the process ends, whatever runtimes come and go: an address in a message pool may be
 * read at any time, though the message may be another one (actor/mailbox.h). */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIDE_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define TIDE_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define TIDE_HOT static inline __attribute__((always_inline))
#define TIDE_COLD __attribute__((cold, noinline))

enum {
    TIDE_CLASS_SHIFT_MIN = 5, /* 32 bytes */
    TIDE_CLASS_COUNT = 26,    /* the last: 1 GiB */
    TIDE_CHUNK_BYTES = 64 * 1024,
    TIDE_BATCH_BLOCKS = 64, /* of classes up to 1 KiB */
    TIDE_CLASS_LARGE = 15,  /* from 1 MiB on, a free block's pages go back to the kernel at once */
};

/* A free block. Behind `next` nothing is ever written but atomically: others may still look (actor/message.h). */
typedef struct tide_block {
    struct tide_block *next;
    _Atomic(struct tide_block *) next_batch; /* in the first block of a batch */
} tide_block;

/* What a thread has of one class. Written by it alone; counts are read by whoever asks what is cached. */
typedef struct tide_pool_list {
    tide_block *free, *spare;
    _Atomic uint32_t free_count, spare_count;
} tide_pool_list;

typedef struct tide_pool_cache {
    tide_pool_list lists[TIDE_CLASS_COUNT];
} tide_pool_cache;

typedef struct tide_pool_class {
    tide_block *batches, *returned;
    char *bump, *bump_end;
    uint64_t free_bytes; /* in batches, and from bump to bump_end */
} tide_pool_class;

typedef struct tide_pool {
    char *base;              /* set once, before threads */
    _Atomic uint64_t bytes;  /* cut into chunks so far; under lock, read by any */
    uint64_t opened_bytes;   /* made accessible so far */
    uint64_t capacity_bytes; /* of addresses */
    uint64_t returned_bytes; /* of returned chunks: all but their first pages */
    bool keeps_pages;        /* free memory must keep what it says: nothing is returned */
    pthread_mutex_t lock;    /* protects all but base, and the caches */
    tide_pool_class classes[TIDE_CLASS_COUNT];
} tide_pool;

typedef struct tide_pool_figures {
    uint64_t reserved_bytes; /* from the kernel */
    uint64_t free_bytes;     /* of it, in the pool; what is in threads' caches comes on top */
} tide_pool_figures;

/* Reserve addresses; nothing to do when they are. Returns 0 or -ENOMEM. */
int tide_pool_init(tide_pool *pool, uint64_t capacity_bytes, bool keeps_pages);

/* Hand all of a cache to the pool. The thread that it belongs to does not use it meanwhile. */
void tide_pool_flush(tide_pool *pool, tide_pool_cache *cache);

/* Give free chunks back to the kernel. Returns how many bytes. Threads: any. Cost: O(free blocks). */
uint64_t tide_pool_trim(tide_pool *pool);

tide_pool_figures tide_pool_figures_get(tide_pool *pool);
uint64_t tide_pool_resident_bytes(tide_pool *pool);
uint64_t tide_pool_cached_bytes(const tide_pool_cache *cache);

/* The smallest class whose blocks have room for `bytes`, 1 to 1 GiB. */
TIDE_HOT unsigned tide_class_of(size_t bytes) {
    return bytes <= 32 ? 0 : 64 - (unsigned)__builtin_clzll(bytes - 1) - TIDE_CLASS_SHIFT_MIN;
}

TIDE_HOT uint64_t tide_class_bytes(unsigned class) {
    return (uint64_t)1 << (class + TIDE_CLASS_SHIFT_MIN);
}

/* Blocks in a batch: 64, then as many as a chunk has, then one. Large blocks are not cached by threads: 0. */
TIDE_HOT uint32_t tide_class_batch(unsigned class) {
    unsigned shift = class + TIDE_CLASS_SHIFT_MIN;
    return shift <= 10  ? TIDE_BATCH_BLOCKS
           : shift < 16 ? (uint32_t)TIDE_CHUNK_BYTES >> shift
                        : class < TIDE_CLASS_LARGE;
}

/* A figure with one writer, that others read: a number, nothing that it stands for; hence relaxed. */
TIDE_HOT uint64_t tide_own_get(const _Atomic uint64_t *figure) {
    return atomic_load_explicit(figure, memory_order_relaxed);
}

TIDE_HOT void tide_own_add(_Atomic uint64_t *figure, uint64_t value) {
    atomic_store_explicit(figure, tide_own_get(figure) + value, memory_order_relaxed);
}

/* The same, and whoever sees it sees what was stored before (actor/account.h). */
TIDE_HOT void tide_own_set(_Atomic uint64_t *figure, uint64_t value) {
    atomic_store_explicit(figure, value, memory_order_release);
}

/* ---- how it is done */
TIDE_COLD tide_block *tide_pool_refill(tide_pool *pool, tide_pool_list *list, unsigned class);
TIDE_COLD void tide_pool_spill(tide_pool *pool, tide_pool_list *list, unsigned class, tide_block *block);

/* A block of the class; NULL: no memory. Its content is anything. */
TIDE_HOT void *tide_pool_get(tide_pool *pool, tide_pool_cache *cache, unsigned class) {
    tide_pool_list *list = &cache->lists[class];
    tide_block *block = list->free;
    if (TIDE_UNLIKELY(!block))
        return tide_pool_refill(pool, list, class);
    list->free = block->next;
    /* relaxed, here and below: one writer; who reads it wants a number, nothing that it stands for */
    atomic_store_explicit(&list->free_count,
                          atomic_load_explicit(&list->free_count, memory_order_relaxed) - 1,
                          memory_order_relaxed);
    return block;
}

TIDE_HOT void tide_pool_put(tide_pool *pool, tide_pool_cache *cache, unsigned class, void *memory) {
    tide_pool_list *list = &cache->lists[class];
    uint32_t count = atomic_load_explicit(&list->free_count, memory_order_relaxed);
    tide_block *block = memory;
    if (TIDE_UNLIKELY(count >= tide_class_batch(class))) {
        tide_pool_spill(pool, list, class, block);
        return;
    }
    block->next = list->free;
    list->free = block;
    atomic_store_explicit(&list->free_count, count + 1, memory_order_relaxed);
}
