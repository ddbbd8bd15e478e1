#include "actor/pool.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    OPEN_BYTES = 256 * 1024, /* made accessible at a time */
    PAGE_BYTES = 4096,
    RESIDENT_STEP_PAGES = 4096,
};

int tide_pool_init(tide_pool *pool, uint64_t capacity_bytes, bool keeps_pages) {
    if (pool->base)
        return 0;
    /* Where addresses are limited (ulimit -v), take what there is. */
    for (; capacity_bytes >= OPEN_BYTES; capacity_bytes /= 2) {
        long address = syscall(SYS_mmap, NULL, capacity_bytes, PROT_NONE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (address == -1)
            continue;
        pool->base = (char *)address;
        pool->capacity_bytes = capacity_bytes;
        pool->keeps_pages = keeps_pages;
        return -pthread_mutex_init(&pool->lock, NULL);
    }
    return -ENOMEM;
}

static uint64_t chunk_bytes(unsigned class) {
    uint64_t block_bytes = tide_class_bytes(class);
    return block_bytes > TIDE_CHUNK_BYTES ? block_bytes : TIDE_CHUNK_BYTES;
}

static void count_free(tide_pool_list *list, uint32_t free_count, uint32_t spare_count) {
    atomic_store_explicit(&list->free_count, free_count, memory_order_relaxed);
    atomic_store_explicit(&list->spare_count, spare_count, memory_order_relaxed);
}

/* relaxed: under the lock */
static tide_block *next_batch_of(const tide_block *batch) {
    return atomic_load_explicit(&batch->next_batch, memory_order_relaxed);
}

/* ---- under the pool's lock */

static void add_batch(tide_pool *pool, unsigned class, tide_block *batch) {
    atomic_store_explicit(&batch->next_batch, pool->classes[class].batches, memory_order_relaxed);
    pool->classes[class].batches = batch;
}

/* A chunk's first page stays: it has the link. */
static void return_chunk(tide_pool *pool, unsigned class, void *chunk) {
    uint64_t bytes = chunk_bytes(class) - PAGE_BYTES;
    madvise((char *)chunk + PAGE_BYTES, bytes, MADV_DONTNEED);
    tide_block *link = chunk;
    link->next = pool->classes[class].returned;
    pool->classes[class].returned = link;
    pool->returned_bytes += bytes;
}

/* Addresses that nobody has had yet. NULL: no memory. */
static char *cut(tide_pool *pool, uint64_t bytes) {
    uint64_t start = atomic_load_explicit(&pool->bytes, memory_order_relaxed);
    if (bytes > pool->capacity_bytes - start)
        return NULL;
    if (start + bytes > pool->opened_bytes) {
        uint64_t end = (start + bytes + OPEN_BYTES - 1) / OPEN_BYTES * OPEN_BYTES;
        if (mprotect(pool->base + pool->opened_bytes, end - pool->opened_bytes, PROT_READ | PROT_WRITE) != 0)
            return NULL;
        pool->opened_bytes = end;
    }
    /* release: whoever acquires this may read what lies below */
    atomic_store_explicit(&pool->bytes, start + bytes, memory_order_release);
    return pool->base + start;
}

/* A chunk to cut up. */
static bool begin_chunk(tide_pool *pool, unsigned class) {
    tide_pool_class *own = &pool->classes[class];
    char *chunk = (char *)own->returned;
    if (chunk) {
        own->returned = own->returned->next;
        pool->returned_bytes -= chunk_bytes(class) - PAGE_BYTES;
    } else {
        chunk = cut(pool, chunk_bytes(class));
        if (!chunk)
            return false;
        own->free_bytes += chunk_bytes(class);
    }
    own->bump = chunk;
    own->bump_end = chunk + chunk_bytes(class);
    return true;
}

/* Up to a batch of blocks from the chunk that is being cut up. */
static tide_block *carve(tide_pool *pool, unsigned class, uint32_t *ret_count) {
    tide_pool_class *own = &pool->classes[class];
    if (own->bump == own->bump_end && !begin_chunk(pool, class))
        return NULL;
    uint32_t count = 0, most = class < TIDE_CLASS_LARGE ? tide_class_batch(class) : 1;
    tide_block *first = NULL, **end = &first;
    for (; count < most && own->bump < own->bump_end; count++) {
        tide_block *block = (tide_block *)(void *)own->bump;
        own->bump += tide_class_bytes(class);
        *end = block;
        end = &block->next;
    }
    *end = NULL;
    *ret_count = count;
    return first;
}

static tide_block *take_batch(tide_pool *pool, unsigned class, uint32_t *ret_count) {
    tide_pool_class *own = &pool->classes[class];
    tide_block *batch = own->batches;
    if (batch) {
        own->batches = next_batch_of(batch);
        *ret_count = 0;
        for (const tide_block *block = batch; block; block = block->next)
            ++*ret_count;
    } else {
        batch = carve(pool, class, ret_count);
    }
    if (batch)
        own->free_bytes -= *ret_count * tide_class_bytes(class);
    return batch;
}

/* `count` blocks that hang together, or none. */
static void give_batch(tide_pool *pool, unsigned class, tide_block *batch, uint32_t count) {
    if (!batch)
        return;
    tide_pool_class *own = &pool->classes[class];
    own->free_bytes += count * tide_class_bytes(class);
    if (class >= TIDE_CLASS_LARGE && !pool->keeps_pages) {
        return_chunk(pool, class, batch);
        return;
    }
    add_batch(pool, class, batch);
}

/* ---- a thread's cache runs empty, or over */

tide_block *tide_pool_refill(tide_pool *pool, tide_pool_list *list, unsigned class) {
    tide_block *batch = list->spare;
    uint32_t count = atomic_load_explicit(&list->spare_count, memory_order_relaxed);
    list->spare = NULL;
    if (!batch) {
        pthread_mutex_lock(&pool->lock);
        batch = take_batch(pool, class, &count);
        pthread_mutex_unlock(&pool->lock);
        if (!batch)
            return NULL;
    }
    list->free = batch->next;
    count_free(list, count - 1, 0);
    return batch;
}

void tide_pool_spill(tide_pool *pool, tide_pool_list *list, unsigned class, tide_block *block) {
    bool is_large = class >= TIDE_CLASS_LARGE;
    tide_block *batch = is_large ? block : list->spare;
    uint32_t count = is_large ? 1 : atomic_load_explicit(&list->spare_count, memory_order_relaxed);
    block->next = NULL;
    if (batch) {
        pthread_mutex_lock(&pool->lock);
        give_batch(pool, class, batch, count);
        pthread_mutex_unlock(&pool->lock);
    }
    if (is_large)
        return;
    list->spare = list->free;
    list->free = block;
    count_free(list, 1, atomic_load_explicit(&list->free_count, memory_order_relaxed));
}

void tide_pool_flush(tide_pool *pool, tide_pool_cache *cache) {
    pthread_mutex_lock(&pool->lock);
    for (unsigned class = 0; class < TIDE_CLASS_COUNT; class ++) {
        tide_pool_list *list = &cache->lists[class];
        give_batch(pool, class, list->free, atomic_load_explicit(&list->free_count, memory_order_relaxed));
        give_batch(pool, class, list->spare, atomic_load_explicit(&list->spare_count, memory_order_relaxed));
        list->free = list->spare = NULL;
        count_free(list, 0, 0);
    }
    pthread_mutex_unlock(&pool->lock);
}

/* ---- giving back */

static size_t chunk_index(const tide_pool *pool, const tide_block *block) {
    return (size_t)((const char *)block - pool->base) / TIDE_CHUNK_BYTES;
}

/* How many free blocks of the class each chunk has. */
static void count_blocks(const tide_pool *pool, unsigned class, uint32_t *counts) {
    for (const tide_block *batch = pool->classes[class].batches; batch; batch = next_batch_of(batch))
        for (const tide_block *block = batch; block; block = block->next)
            counts[chunk_index(pool, block)]++;
}

/* Take the blocks of chunks that are free as a whole out of a batch; the chunk's first block returns the chunk. */
static tide_block *keep_others(tide_pool *pool, unsigned class, tide_block *batch, const uint32_t *counts,
                               tide_block **ret_returnable) {
    uint64_t in_chunk = chunk_bytes(class) / tide_class_bytes(class);
    tide_block *kept = NULL;
    for (tide_block *block = batch, *next; block; block = next) {
        next = block->next;
        if (counts[chunk_index(pool, block)] < in_chunk) {
            block->next = kept;
            kept = block;
        } else if (((size_t)((char *)block - pool->base)) % TIDE_CHUNK_BYTES == 0) {
            block->next = *ret_returnable;
            *ret_returnable = block;
        }
    }
    return kept;
}

static void trim_class(tide_pool *pool, unsigned class, uint32_t *counts) {
    count_blocks(pool, class, counts);
    tide_block *batch = pool->classes[class].batches, *next_batch, *returnable = NULL;
    pool->classes[class].batches = NULL;
    for (; batch; batch = next_batch) {
        next_batch = next_batch_of(batch);
        tide_block *kept = keep_others(pool, class, batch, counts, &returnable);
        if (kept)
            add_batch(pool, class, kept);
    }
    for (tide_block *chunk = returnable, *next; chunk; chunk = next) {
        next = chunk->next;
        return_chunk(pool, class, chunk);
    }
}

uint64_t tide_pool_trim(tide_pool *pool) {
    if (pool->keeps_pages)
        return 0;
    pthread_mutex_lock(&pool->lock);
    uint64_t before = pool->returned_bytes;
    uint64_t bytes = atomic_load_explicit(&pool->bytes, memory_order_relaxed);
    uint32_t *counts = calloc(bytes / TIDE_CHUNK_BYTES + 1, sizeof *counts);
    for (unsigned class = 0; counts && class < TIDE_CLASS_LARGE; class ++)
        trim_class(pool, class, counts);
    free(counts);
    uint64_t returned = pool->returned_bytes - before;
    pthread_mutex_unlock(&pool->lock);
    return returned;
}

/* ---- figures */

tide_pool_figures tide_pool_figures_get(tide_pool *pool) {
    tide_pool_figures figures = {0};
    pthread_mutex_lock(&pool->lock);
    figures.reserved_bytes = atomic_load_explicit(&pool->bytes, memory_order_relaxed) - pool->returned_bytes;
    for (unsigned class = 0; class < TIDE_CLASS_COUNT; class ++)
        figures.free_bytes += pool->classes[class].free_bytes;
    figures.free_bytes -= pool->returned_bytes;
    pthread_mutex_unlock(&pool->lock);
    return figures;
}

uint64_t tide_pool_resident_bytes(tide_pool *pool) {
    uint64_t bytes = atomic_load_explicit(&pool->bytes, memory_order_acquire), pages = 0;
    unsigned char is_in[RESIDENT_STEP_PAGES];
    for (uint64_t at = 0; at < bytes; at += sizeof is_in * PAGE_BYTES) {
        uint64_t step = bytes - at < sizeof is_in * PAGE_BYTES ? bytes - at : sizeof is_in * PAGE_BYTES;
        if (mincore(pool->base + at, step, is_in) != 0)
            break;
        for (uint64_t page = 0; page < step / PAGE_BYTES; page++)
            pages += is_in[page] & 1;
    }
    return pages * PAGE_BYTES;
}

uint64_t tide_pool_cached_bytes(const tide_pool_cache *cache) {
    uint64_t bytes = 0;
    for (unsigned class = 0; class < TIDE_CLASS_COUNT; class ++) {
        const tide_pool_list *list = &cache->lists[class];
        bytes += tide_class_bytes(class) * (atomic_load_explicit(&list->free_count, memory_order_relaxed) +
                                            atomic_load_explicit(&list->spare_count, memory_order_relaxed));
    }
    return bytes;
}
