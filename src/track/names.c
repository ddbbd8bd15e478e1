#include "track/names.h"
#include "ledger/system.h"
#include "track/merge.h"
#include "track/process.h"
#include <string.h>

enum { FIRST_BITS = 12 };

/* ---- the table */
static tide_names_table *table_new(uint32_t bits) {
    tide_names_table *table = tide_private_map(sizeof *table + (sizeof(uint64_t) << bits));
    if (table)
        table->bits = bits;
    return table;
}

static uint64_t *vacancy(tide_names_table *table, uint64_t hash) {
    uint64_t mask = (1ull << table->bits) - 1, i = hash >> (64 - table->bits);
    uint64_t tag = hash << TIDE_SITE_BITS;
    /* a forgotten word of this hash will do */
    while (table->words[i] && table->words[i] != tag)
        i = (i + 1) & mask;
    return &table->words[i];
}

/* Half full is full. */
static bool table_grow(tide_names *names, const uint64_t *hashes, size_t stride_bytes) {
    tide_names_table *old = names->table, *table = table_new(old->bits + 1);
    if (!table)
        return false;
    uint32_t used_count = 0;
    for (uint64_t i = 0; i < 1ull << old->bits; i++) {
        uint32_t id = old->words[i] & (TIDE_SITES_MAX - 1);
        if (!id)
            continue;
        uint64_t hash = hashes[id * stride_bytes / sizeof *hashes];
        *vacancy(table, hash) = hash << TIDE_SITE_BITS | id;
        used_count++;
    }
    names->used_count = used_count;
    __atomic_store_n(&names->table, table, __ATOMIC_RELEASE);
    return true;
}

bool tide_names_init(tide_names *names) {
    names->table = table_new(FIRST_BITS);
    return names->table != NULL;
}

bool tide_names_put(tide_names *names, uint64_t hash, uint32_t id, const uint64_t *hashes,
                    size_t stride_bytes) {
    if (names->used_count >= 1u << (names->table->bits - 1) && !table_grow(names, hashes, stride_bytes))
        return false;
    uint64_t *word = vacancy(names->table, hash);
    names->used_count += *word == 0;
    __atomic_store_n(word, hash << TIDE_SITE_BITS | id, __ATOMIC_RELEASE);
    return true;
}

/* ---- new sites */

/* A row for one more site. 0: no room. */
static uint32_t site_new(tide_thread *thread, uint64_t hash, uint32_t kind) {
    tide_book *book = thread->book;
    uint32_t id = book->header->site_count + 1;
    if (id >= TIDE_SITES_MAX || !tide_book_reach(&book->sites_open, (id + 1ull) * sizeof(tide_site_row)) ||
        !tide_book_reach(&book->notes_open, (id + 1ull) * sizeof(tide_site_note)))
        return 0;
    book->sites[id].epoch_thread = book->header->epoch << 16 | thread->index;
    book->site_notes[id].hash = hash;
    book->site_notes[id].owner = kind >> TIDE_KIND_BITS;
    book->site_notes[id].is_event = (kind & ((1u << TIDE_KIND_BITS) - 1)) >= TIDE_KIND_EVENT;
    return id;
}

static uint32_t site_commit(tide_thread *thread, uint32_t id, uint64_t hash, uint32_t words_count) {
    const tide_book *book = thread->book;
    uint32_t owner = book->site_notes[id].owner;
    if (!tide_names_put(&thread->process->names, hash, id, &book->site_notes->hash, sizeof *book->site_notes))
        return 0;
    if (owner)
        book->owners[owner].site_count++;
    thread->has_sites = 1;
    thread->book->header->site_count = id;
    tide_log_commit(thread->book, words_count);
    return id;
}

static uint32_t add_locked(tide_thread *thread, uint64_t hash, uint32_t kind) {
    tide_process *process = thread->process;
    const tide_chain *chain = &thread->chain;
    const tide_python_stack *python = thread->python.walked;
    uint32_t id = tide_names_find(&process->names, hash);
    if (id)
        return id; /* another thread cannot have it, but a nested event can */
    for (uint32_t i = 0; i < chain->fresh_count; i++)
        tide_modules_meet(process, chain->fresh[i].pc);
    if (!(id = site_new(thread, hash, kind)))
        return 0;
    tide_merge merge = tide_merge_begin(chain, python, thread->python.prior);
    uint64_t *record = tide_log_begin(thread->book, TIDE_LOG_SITE, 3 + merge.count, id);
    if (!record)
        return 0;
    record[1] = (uint64_t)thread->chain_site << 32 | merge.kept;
    record[2] = thread->index | (uint64_t)kind << 16;
    tide_merge_write(&merge, chain, python, &record[3]);
    return site_commit(thread, id, hash, 3 + merge.count);
}

uint32_t tide_names_add(tide_thread *thread, uint64_t hash, uint32_t kind) {
    tide_names *names = &thread->process->names;
    tide_spin_lock(&names->lock);
    uint32_t id = add_locked(thread, hash, kind);
    tide_spin_unlock(&names->lock);
    return id;
}

uint32_t tide_names_add_unresolved(tide_thread *thread, uint64_t hash, uint32_t kind) {
    tide_names *names = &thread->process->names;
    tide_spin_lock(&names->lock);
    uint32_t id = tide_names_find(names, hash);
    if (!id && (id = site_new(thread, hash, kind))) {
        uint64_t *record = tide_log_begin(thread->book, TIDE_LOG_SITE, 4, id);
        if (record) {
            record[1] = 0;
            record[2] = thread->index | (uint64_t)kind << 16;
            record[3] = TIDE_PC_UNRESOLVED;
            id = site_commit(thread, id, hash, 4);
        } else
            id = 0;
    }
    tide_spin_unlock(&names->lock);
    return id;
}

/* ---- forgetting */

/* How many outer frames of the site's stack are clean of [start, end): all of them, UINT32_MAX. */
static uint32_t clean_frames(const uint64_t *record, uint32_t words, const uint32_t *clean_of, uint64_t start,
                             uint64_t end) {
    uint32_t previous = (uint32_t)(record[1] >> 32), kept = (uint32_t)record[1];
    if (clean_of[previous] < kept)
        return clean_of[previous];
    for (uint32_t i = 3; i < words; i++)
        if (record[i] - 1 >= start && record[i] - 1 < end)
            return kept + (i - 3);
    return UINT32_MAX;
}

void tide_names_drop(tide_names *names, uint64_t hash, uint32_t id) {
    uint64_t mask = (1ull << names->table->bits) - 1;
    uint64_t wanted = hash << TIDE_SITE_BITS | id;
    for (uint64_t i = hash >> (64 - names->table->bits); names->table->words[i]; i = (i + 1) & mask) {
        if (names->table->words[i] != wanted)
            continue;
        __atomic_store_n(&names->table->words[i], hash << TIDE_SITE_BITS, __ATOMIC_RELAXED);
        return;
    }
}

void tide_names_forget(tide_process *process, uint64_t from, uint64_t start, uint64_t end) {
    const tide_book *book = &process->book;
    uint64_t sites = book->header->site_count + 1ull, log_words = book->header->log_words;
    uint32_t *clean_of =
        tide_sys_mmap(sites * sizeof *clean_of, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    if (clean_of == MAP_FAILED)
        return;
    memset(clean_of, 0xff, sites * sizeof *clean_of);
    for (uint64_t at = from; at < log_words;) {
        const uint64_t *record = &book->log[at];
        uint32_t words = record[0] >> 8 & TIDE_LOG_RECORD_WORDS_MAX, id = (uint32_t)(record[0] >> 32);
        if ((record[0] & 0xff) == TIDE_LOG_SITE) {
            clean_of[id] = clean_frames(record, words, clean_of, start, end);
            if (clean_of[id] != UINT32_MAX)
                tide_names_drop(&process->names, book->site_notes[id].hash, id);
        }
        at += words;
    }
    tide_sys_munmap(clean_of, sites * sizeof *clean_of);
}
