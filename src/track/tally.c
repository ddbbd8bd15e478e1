#include "track/tally.h"
#include "track/events.h"

/* `many`: other threads may write here, too. Freed is written and read so that a difference is never too high. */
TIDE_HOT void see_peak(tide_tally *tally, int64_t bytes, bool many) {
    int64_t peak = __atomic_load_n(&tally->peak_bytes, __ATOMIC_RELAXED);
    if (TIDE_LIKELY(bytes <= peak))
        return;
    int64_t blocks = (int64_t)(tally->allocated_blocks - tally->freed_blocks);
    if (!many) {
        tally->peak_bytes = bytes;
        tally->peak_blocks = blocks;
        return;
    }
    while (bytes > peak)
        if (__atomic_compare_exchange_n(&tally->peak_bytes, &peak, bytes, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            __atomic_store_n(&tally->peak_blocks, blocks, __ATOMIC_RELAXED);
            return;
        }
}

TIDE_HOT void add(tide_tally *tally, uint64_t bytes, bool many) {
    uint64_t freed = __atomic_load_n(&tally->freed_bytes, __ATOMIC_RELAXED), allocated;
    if (many) {
        __atomic_fetch_add(&tally->allocated_blocks, 1, __ATOMIC_RELAXED);
        allocated = __atomic_add_fetch(&tally->allocated_bytes, bytes, __ATOMIC_RELAXED);
        freed = __atomic_load_n(&tally->freed_bytes, __ATOMIC_RELAXED);
    } else {
        tally->allocated_blocks++;
        allocated = tally->allocated_bytes += bytes;
    }
    see_peak(tally, (int64_t)(allocated - freed), many);
}

TIDE_HOT void take(tide_tally *tally, uint64_t bytes, bool many) {
    if (many) {
        __atomic_fetch_add(&tally->freed_blocks, 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&tally->freed_bytes, bytes, __ATOMIC_RELAXED);
    } else {
        tally->freed_blocks++;
        tally->freed_bytes += bytes;
    }
}

/* Old size out, new size in, with no moment between. */
TIDE_HOT void change(tide_tally *tally, uint64_t old_bytes, uint64_t new_bytes, bool many) {
    take(tally, old_bytes, many);
    add(tally, new_bytes, many);
}

static bool is_many(const tide_thread *thread) {
    return __atomic_load_n(&thread->process->sole, __ATOMIC_RELAXED) != thread;
}

/* `statement` for each tally that an event of this site goes to; `many` says whether others write to it. */
#define FOR_EACH_TALLY(thread, site, statement)                                       \
    do {                                                                              \
        const tide_book *book = (thread)->book;                                       \
        uint32_t bits = (thread)->tallies;                                            \
        bool many = is_many(thread);                                                  \
        uint64_t owner = bits & TIDE_TALLY_OWNERS ? book->site_notes[site].owner : 0; \
        for (; owner; owner = book->owners[owner].parent) {                           \
            tide_tally *tally = &book->owners[owner].tally;                           \
            statement;                                                                \
        }                                                                             \
        if (bits & TIDE_TALLY_PROCESS) {                                              \
            tide_tally *tally = &book->owners[0].tally;                               \
            statement;                                                                \
        }                                                                             \
        if (bits & TIDE_TALLY_THREAD) {                                               \
            tide_tally *tally = &(thread)->tally;                                     \
            many = false;                                                             \
            statement;                                                                \
        }                                                                             \
    } while (0)

void tide_tally_alloc(tide_thread *thread, uint32_t site, uint64_t bytes) {
    FOR_EACH_TALLY(thread, site, add(tally, bytes, many));
}

void tide_tally_free(tide_thread *thread, uint32_t site, uint64_t bytes) {
    FOR_EACH_TALLY(thread, site, take(tally, bytes, many));
}

void tide_tally_resize(tide_thread *thread, uint32_t site, uint64_t old_bytes, uint64_t new_bytes) {
    FOR_EACH_TALLY(thread, site, change(tally, old_bytes, new_bytes, many));
}

bool tide_tally_want(tide_thread *thread, uint32_t bits) {
    tide_process *process = thread->process;
    uint32_t of_process = bits & ~(uint32_t)TIDE_TALLY_THREAD;
    if (of_process & ~__atomic_load_n(&process->tallies, __ATOMIC_ACQUIRE)) {
        tide_spin_lock(&process->names.lock);
        bool has_rows = tide_book_reach(&process->book.owners_open, sizeof *process->book.owners);
        tide_spin_unlock(&process->names.lock);
        if (!has_rows)
            return false;
        __atomic_or_fetch(&process->tallies, of_process, __ATOMIC_ACQ_REL);
        tide_generation_raise();
    }
    thread->tallies |= bits;
    return true;
}
