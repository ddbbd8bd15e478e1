/* ledger/writer: the target's side of the tables. libc only; nothing here allocates with malloc, or prints.
 *
 * `many` in the functions below: there is, or was, more than one thread, so shards are locked and shared counters are
 * atomic. It is a constant at each call, so the single-threaded paths carry no trace of it.
 *
 * Locks and their order: a shard's lock, or `mappings_lock`, or the naming lock of track/names.h; never two at once,
 * but for rows_lock, which is taken last, under a shard's. They are held with the thread's gate closed
 * (track/process.h), so a signal handler cannot ask for one again. */
#pragma once
#include "ledger/layout.h"
#include <stdbool.h>
#include <stddef.h>

#define TIDE_LIKELY(x) __builtin_expect(!!(x), 1)
#define TIDE_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define TIDE_HOT static inline __attribute__((always_inline))
#define TIDE_COLD __attribute__((noinline, cold))

enum { TIDE_SPARE_TABLES = 8, TIDE_BUCKET_BITS_MAX = 32 };

typedef struct tide_book { /* a mapped ledger, for writing; pointers into the mapping */
    tide_ledger_header *header;
    tide_thread_row *threads;
    tide_shard *shards;
    tide_mapping_row *mappings;
    uint64_t *log;
    tide_site_row *sites;
    tide_site_note *site_notes;
    tide_owner_row *owners;
    tide_section_row *sections;
    uint8_t *rows;
    uint64_t mapped_bytes; /* of address space */
    struct tide_spare {    /* tables of 2^index buckets that their shards have outgrown; under rows_lock */
        uint32_t count;
        uint64_t offsets[TIDE_SPARE_TABLES];
    } spares[TIDE_BUCKET_BITS_MAX];
    struct tide_opened { /* what of each region is readable and writable so far */
        uint8_t *start;
        uint64_t open_bytes, room_bytes;
    } log_open, sites_open, notes_open, rows_open, threads_open, mappings_open, owners_open, sections_open;
} tide_book;

/* Map the file `fd` and lay out empty tables in it. Room shrinks when the address space is limited (RLIMIT_AS).
 * Memory is opened bit by bit, so that mlockall() of the program locks what is used and no more.
 * Returns 0 or -errno. `fd` may be closed afterwards. */
int tide_book_open(tide_book *book, int fd);

/* Make the first `bytes` of a region usable. Returns false when the room is used up. Caller holds the region's lock. */
bool tide_book_reach(struct tide_opened *opened, uint64_t bytes);

/* Move a shard's rows into a table twice as large. Shard locked. False: no room; the shard stays as it is. */
bool tide_shard_grow(tide_book *book, tide_shard *shard);

/* The log, under the lock of track/names.h. Room for a record of `count` words, its first one filled in; it counts once
 * tide_log_commit is called. NULL: the log is full. */
uint64_t *tide_log_begin(tide_book *book, uint32_t kind, uint32_t count, uint32_t a);
void tide_log_commit(tide_book *book, uint32_t count);
/* A whole record; the length in words[0] is filled in. False: the log is full. */
bool tide_log_append(tide_book *book, const uint64_t *words, uint32_t count);

TIDE_HOT void tide_spin_lock(uint32_t *lock);
TIDE_COLD void tide_spin_wait(uint32_t *lock);

TIDE_HOT void tide_spin_lock(uint32_t *lock) {
    if (TIDE_UNLIKELY(__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE)))
        tide_spin_wait(lock);
}
TIDE_HOT void tide_spin_unlock(uint32_t *lock) {
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

TIDE_HOT tide_bucket *tide_shard_buckets(const tide_book *book, const tide_shard *shard) {
    return (tide_bucket *)(void *)(book->rows + shard->offset);
}

/* Ask for the line that a later insert or remove of `address` will need. */
TIDE_HOT void tide_live_prefetch(const tide_book *book, uint64_t address) {
    const tide_shard *shard = &book->shards[tide_shard_of(address)];
    __builtin_prefetch(&tide_shard_buckets(book, shard)[tide_bucket_of(address, shard->bucket_count)], 1);
}

/* Which of four rows have this place, one bit each. Without branches, which could not be predicted, and without a loop,
 * which gcc -O2 would not unroll. `ignore_bits`: low bits that do not count. */
TIDE_HOT unsigned tide_bucket_match(const tide_bucket *bucket, uint64_t place, unsigned ignore_bits) {
    const tide_row *row = bucket->row;
    place >>= ignore_bits;
    return (unsigned)(row[0].place >> ignore_bits == place) |
           (unsigned)(row[1].place >> ignore_bits == place) << 1 |
           (unsigned)(row[2].place >> ignore_bits == place) << 2 |
           (unsigned)(row[3].place >> ignore_bits == place) << 3;
}

/* A free row for `address`, at home or after it. Only in a shard that is not full. */
TIDE_HOT tide_row *tide_live_vacancy(const tide_book *book, tide_shard *shard, uint64_t address) {
    tide_bucket *buckets = tide_shard_buckets(book, shard);
    uint32_t home = tide_bucket_of(address, shard->bucket_count), distance = 0;
    tide_bucket *bucket = &buckets[home];
    unsigned found;
    while (TIDE_UNLIKELY(!(found = tide_bucket_match(bucket, 0, 0))))
        bucket = &buckets[(home + ++distance) & (shard->bucket_count - 1)];
    if (TIDE_UNLIKELY(distance > shard->probe_max))
        shard->probe_max = distance;
    return &bucket->row[__builtin_ctz(found)];
}

TIDE_HOT tide_row *tide_live_find(const tide_book *book, const tide_shard *shard, uint64_t address) {
    tide_bucket *buckets = tide_shard_buckets(book, shard);
    uint32_t home = tide_bucket_of(address, shard->bucket_count);
    uint64_t place = address >> 3 << 20;
    for (uint32_t distance = 0; distance <= shard->probe_max; distance++) {
        tide_bucket *bucket = &buckets[(home + distance) & (shard->bucket_count - 1)];
        unsigned found = tide_bucket_match(bucket, place, 20);
        if (TIDE_LIKELY(found))
            return &bucket->row[__builtin_ctz(found)];
    }
    return NULL;
}

/* Where a new row for `address` goes: over a row of the same address, or a free one. With threads a free may be late
 * (a signal handler's waits for what it has interrupted), so that for a moment two rows of one address are right:
 * there only a whole bucket of them is taken for what it is. */
TIDE_HOT tide_row *tide_live_room(const tide_book *book, tide_shard *shard, uint64_t address, bool many) {
    tide_bucket *buckets = tide_shard_buckets(book, shard);
    uint32_t home = tide_bucket_of(address, shard->bucket_count), distance = 0;
    for (;; distance++) {
        tide_bucket *bucket = &buckets[(home + distance) & (shard->bucket_count - 1)];
        unsigned vacant = tide_bucket_match(bucket, 0, 0);
        unsigned same = many && vacant ? 0 : tide_bucket_match(bucket, address >> 3 << 20, 20);
        if (TIDE_UNLIKELY(many ? same == 15 : same))
            return &bucket->row[__builtin_ctz(same)];
        if (TIDE_UNLIKELY(!vacant))
            continue;
        if (TIDE_UNLIKELY(distance > shard->probe_max))
            shard->probe_max = distance;
        return &bucket->row[__builtin_ctz(vacant)];
    }
}

/* Add a row. False: the table is full and cannot grow; the block will be unknown.
 * `ret_stale`: a block at the same address, which must have been freed unseen, and is gone now; place 0: none. */
TIDE_HOT bool tide_live_insert(tide_book *book, uint64_t address, tide_row row, tide_row *ret_stale,
                               bool many) {
    tide_shard *shard = &book->shards[tide_shard_of(address)];
    if (many)
        tide_spin_lock(&shard->lock);
    bool room = TIDE_LIKELY(shard->row_count < shard->row_limit) || tide_shard_grow(book, shard);
    ret_stale->place = 0;
    if (TIDE_LIKELY(room)) {
        tide_row *at = tide_live_room(book, shard, address, many);
        if (TIDE_UNLIKELY(at->place)) {
            *ret_stale = *at;
            __atomic_store_n(&at->place, 0, __ATOMIC_RELEASE);
            shard->row_count--;
        }
        at->what = row.what;
        __atomic_store_n(&at->place, row.place, __ATOMIC_RELEASE); /* readers see a whole row, or none */
        shard->row_count++;
    }
    if (many)
        tide_spin_unlock(&shard->lock);
    return room;
}

/* Take the row of `address` away. False: it is not there. */
TIDE_HOT bool tide_live_remove(tide_book *book, uint64_t address, tide_row *ret_row, bool many) {
    tide_shard *shard = &book->shards[tide_shard_of(address)];
    if (many)
        tide_spin_lock(&shard->lock);
    tide_row *at = tide_live_find(book, shard, address);
    if (TIDE_LIKELY(at)) {
        *ret_row = *at;
        at->place = 0;
        shard->row_count--;
    }
    if (many)
        tide_spin_unlock(&shard->lock);
    return at != NULL;
}
