#include "track/given.h"
#include "track/process.h"
#include <string.h>

enum { HEAD_WORDS = 2 };

static uint64_t hash_of(const char *name, size_t name_bytes, uint32_t parent) {
    uint64_t hash = tide_hash_step(name_bytes, parent);
    for (size_t at = 0; at < name_bytes; at += 8) {
        uint64_t word = 0;
        memcpy(&word, name + at, name_bytes - at < 8 ? name_bytes - at : 8);
        hash = tide_hash_step(hash, word);
    }
    return hash + !hash;
}

static bool describe(tide_book *book, enum tide_log_kind kind, uint32_t number, const char *name,
                     size_t name_bytes, uint32_t parent) {
    uint32_t words = HEAD_WORDS + (uint32_t)((name_bytes + 7) / 8);
    uint64_t *record = tide_log_begin(book, kind, words, number);
    if (!record)
        return false;
    record[1] = name_bytes | (uint64_t)parent << 32;
    memcpy(&record[HEAD_WORDS], name, name_bytes);
    tide_log_commit(book, words);
    return true;
}

/* The number of a name, or 0 and the lock held: it is to be made. */
static uint32_t find_or_lock(tide_process *process, tide_names *names, uint64_t hash) {
    uint32_t number = __atomic_load_n(&names->table, __ATOMIC_ACQUIRE) ? tide_names_find(names, hash) : 0;
    if (number)
        return number;
    tide_spin_lock(&process->names.lock);
    if ((names->table || tide_names_init(names)) && !(number = tide_names_find(names, hash)))
        return 0;
    tide_spin_unlock(&process->names.lock);
    return number;
}

/* ---- owners */
static uint32_t owner_row(tide_process *process) {
    tide_given *given = &process->given;
    tide_book *book = &process->book;
    if (given->retired_count)
        return given->retired[--given->retired_count];
    uint32_t owner = book->header->owner_count + 1;
    return owner < TIDE_OWNER_ROWS_MAX &&
                   tide_book_reach(&book->owners_open, (owner + 1ull) * sizeof *book->owners)
               ? owner
               : 0;
}

static uint32_t owner_new(tide_process *process, uint64_t hash, const char *name, size_t name_bytes,
                          uint32_t parent) {
    tide_book *book = &process->book;
    uint32_t owner = owner_row(process);
    if (!owner ||
        !tide_names_put(&process->given.owners, hash, owner, &book->owners->hash, sizeof *book->owners))
        return 0;
    book->owners[owner] = (tide_owner_row){.parent = parent, .is_used = 1, .hash = hash};
    if (owner > book->header->owner_count)
        __atomic_store_n(&book->header->owner_count, owner, __ATOMIC_RELEASE);
    return describe(book, TIDE_LOG_OWNER, owner, name, name_bytes, parent) ? owner : 0;
}

uint32_t tide_given_owner(tide_process *process, const char *name, uint32_t parent) {
    size_t name_bytes = strnlen(name, TIDE_GIVEN_NAME_BYTES_MAX);
    uint64_t hash = hash_of(name, name_bytes, parent);
    uint32_t owner = find_or_lock(process, &process->given.owners, hash);
    if (owner || !process->given.owners.table)
        return owner;
    owner = owner_new(process, hash, name, name_bytes, parent);
    tide_spin_unlock(&process->names.lock);
    return owner;
}

void tide_given_retire(tide_process *process, uint32_t owner) {
    tide_given *given = &process->given;
    tide_owner_row *row = &process->book.owners[owner];
    tide_spin_lock(&process->names.lock);
    if (row->is_used && !row->site_count &&
        given->retired_count < sizeof given->retired / sizeof *given->retired) {
        row->is_used = 0;
        tide_names_drop(&given->owners, row->hash, owner);
        given->retired[given->retired_count++] = owner;
    }
    tide_spin_unlock(&process->names.lock);
}

/* ---- sections */
static uint32_t section_new(tide_process *process, uint64_t hash, const char *name, size_t name_bytes) {
    tide_book *book = &process->book;
    uint32_t row = book->header->section_count;
    if (row >= TIDE_SECTION_ROWS_MAX ||
        !tide_book_reach(&book->sections_open, (row + 1ull) * sizeof *book->sections) ||
        !tide_names_put(&process->given.sections, hash, row + 1, &book->sections[-1].hash,
                        sizeof *book->sections))
        return 0;
    book->sections[row].hash = hash;
    book->sections[row].first_begin_ns = book->header->clock_ns;
    if (!describe(book, TIDE_LOG_SECTION, row, name, name_bytes, 0))
        return 0;
    __atomic_store_n(&book->header->section_count, row + 1, __ATOMIC_RELEASE);
    return row + 1;
}

uint32_t tide_given_section(tide_process *process, const char *name) {
    size_t name_bytes = strnlen(name, TIDE_GIVEN_NAME_BYTES_MAX);
    uint64_t hash = hash_of(name, name_bytes, 0);
    uint32_t number = find_or_lock(process, &process->given.sections, hash);
    if (number || !process->given.sections.table)
        return number;
    number = section_new(process, hash, name, name_bytes);
    tide_spin_unlock(&process->names.lock);
    return number;
}

/* ---- kinds of events */
static uint32_t event_new(tide_process *process, uint64_t hash, const char *name, size_t name_bytes) {
    tide_given *given = &process->given;
    uint32_t index = process->book.header->event_count;
    if (index >= TIDE_EVENT_NAMES_MAX ||
        !tide_names_put(&given->events, hash, index + 1, given->event_hashes, sizeof *given->event_hashes))
        return 0;
    given->event_hashes[index + 1] = hash;
    process->book.header->event_count = index + 1;
    return describe(&process->book, TIDE_LOG_EVENT, index, name, name_bytes, 0) ? index + 1 : 0;
}

uint32_t tide_given_event(tide_process *process, const char *name) {
    size_t name_bytes = strnlen(name, TIDE_GIVEN_NAME_BYTES_MAX);
    uint64_t hash = hash_of(name, name_bytes, 0);
    uint32_t number = find_or_lock(process, &process->given.events, hash);
    if (number || !process->given.events.table)
        return number;
    number = event_new(process, hash, name, name_bytes);
    tide_spin_unlock(&process->names.lock);
    return number;
}
