/* track/names: hash of (thread, kind of call, owner, stack) → site id. A stack that is new is described in the ledger's
 * log.
 *
 *   table   2^k words   │ low 40 bits of the hash │ site id (24) │    chosen by the hash's top bits, then linear
 *
 * Looked up without locks; added to under `lock`. A word with id 0 has been forgotten: a library on its stack has
 * gone. Two stacks are taken for one with a probability of 2^-40 per pair that shares the top bits: 1e-6 in all for a
 * million. */
#pragma once
#include "ledger/writer.h"

typedef struct tide_names_table {
    uint32_t bits;
    uint64_t words[];
} tide_names_table;

typedef struct tide_names {
    /* replaced by a larger one; the old one stays mapped for whoever still reads it */
    tide_names_table *table;
    uint32_t used_count; /* words that are not 0 */
    uint32_t lock;       /* for adding, and for the log */
} tide_names;

/* Ask for the line that tide_names_find will need. */
TIDE_HOT void tide_names_prefetch(const tide_names *names, uint64_t hash) {
    const tide_names_table *table = names->table;
    __builtin_prefetch(&table->words[hash >> (64 - table->bits)]);
}

/* 0: not there. */
TIDE_HOT uint32_t tide_names_find(const tide_names *names, uint64_t hash) {
    tide_names_table *table = __atomic_load_n(&names->table, __ATOMIC_ACQUIRE);
    uint64_t mask = (1ull << table->bits) - 1, tag = hash << TIDE_SITE_BITS;
    for (uint64_t i = hash >> (64 - table->bits);; i = (i + 1) & mask) {
        uint64_t word = __atomic_load_n(&table->words[i], __ATOMIC_RELAXED) ^ tag;
        if (TIDE_LIKELY(word < TIDE_SITES_MAX))
            return (uint32_t)word;
        if (word == tag)
            return 0;
    }
}

struct tide_thread;
struct tide_process;
bool tide_names_init(tide_names *names);
/* Forget the id of this hash; the word stays taken. Lock held. */
void tide_names_drop(tide_names *names, uint64_t hash, uint32_t id);
/* `hashes`: of each id, one every `stride_bytes`, for when the table grows. Lock held. False: no memory. */
bool tide_names_put(tide_names *names, uint64_t hash, uint32_t id, const uint64_t *hashes,
                    size_t stride_bytes);

/* Name the stack that `thread` has just unwound. `kind`: | owner << TIDE_KIND_BITS. 0: no room for more sites. */
TIDE_COLD uint32_t tide_names_add(struct tide_thread *thread, uint64_t hash, uint32_t kind);
/* Name a stack that could not be unwound: an event inside the tracker (heap/heap.h, TIDE_CODE_UNRESOLVED). */
TIDE_COLD uint32_t tide_names_add_unresolved(struct tide_thread *thread, uint64_t hash, uint32_t kind);
/* Forget all sites named since log word `from` that have an address in [start, end) on their stack. Lock held. */
void tide_names_forget(struct tide_process *process, uint64_t from, uint64_t start, uint64_t end);
