/* What the process and the calling thread have allocated and freed. */
#include "api/sections.h"
#include "track/tally.h"

void tide_api_usage(tide_usage *ret, const tide_tally *tally) {
    uint64_t freed_bytes = __atomic_load_n(&tally->freed_bytes, __ATOMIC_RELAXED);
    uint64_t freed_blocks = __atomic_load_n(&tally->freed_blocks, __ATOMIC_RELAXED);
    uint64_t total_bytes = __atomic_load_n(&tally->allocated_bytes, __ATOMIC_RELAXED);
    uint64_t total_blocks = __atomic_load_n(&tally->allocated_blocks, __ATOMIC_RELAXED);
    *ret = (tide_usage){
        .current_bytes = (int64_t)(total_bytes - freed_bytes),
        .current_blocks = (int64_t)(total_blocks - freed_blocks),
        .peak_bytes = __atomic_load_n(&tally->peak_bytes, __ATOMIC_RELAXED),
        .peak_blocks = __atomic_load_n(&tally->peak_blocks, __ATOMIC_RELAXED),
        .total_bytes = total_bytes,
        .total_blocks = total_blocks,
        .freed_bytes = freed_bytes,
        .freed_blocks = freed_blocks,
    };
}

/* See ledger/layout.h: what it had at the last maximum was saved, or is what it has. */
static uint64_t blocks_at_peak(const tide_site_row *site, const tide_site_note *note, uint64_t epoch) {
    if (site->epoch_thread >> 16 == epoch)
        return site->saved_blocks;
    return site->allocated_blocks + note->resized_blocks - site->freed_blocks - note->foreign_blocks;
}

static bool is_below(const tide_book *book, uint32_t owner, uint32_t above) {
    while (owner && owner != above)
        owner = book->owners[owner].parent;
    return owner == above;
}

void tide_api_add_waiting(tide_usage *ret, const tide_thread *thread, uint32_t owner, bool is_all) {
    const tide_book *book = thread->book;
    const tide_thread *other = __atomic_load_n(&thread->process->all, __ATOMIC_ACQUIRE);
    for (; other; other = other->next) {
        uint32_t what = __atomic_load_n(&other->row->due_what, __ATOMIC_RELAXED);
        if (other == thread || !what ||
            (!is_all && !is_below(book, book->site_notes[other->row->due_site].owner, owner)))
            continue;
        uint64_t bytes = other->row->due_bytes;
        if (what == TIDE_EVENT_ALLOC || what == TIDE_EVENT_PAIR) {
            ret->total_bytes += bytes;
            ret->total_blocks++;
        }
        if (what != TIDE_EVENT_ALLOC) {
            ret->freed_bytes += bytes;
            ret->freed_blocks++;
        }
    }
    ret->current_bytes = (int64_t)(ret->total_bytes - ret->freed_bytes);
    ret->current_blocks = (int64_t)(ret->total_blocks - ret->freed_blocks);
}

/* Of the sites with this owner, or of all. Ad-hoc events are sites, too, whose blocks and bytes are none. */
void tide_api_sum_sites(tide_usage *ret, const tide_thread *thread, uint32_t owner, bool is_all) {
    const tide_book *book = thread->book;
    uint32_t count = __atomic_load_n(&book->header->site_count, __ATOMIC_ACQUIRE);
    uint64_t epoch = book->header->epoch;
    *ret = (tide_usage){0};
    for (uint32_t i = 1; i <= count; i++) {
        const tide_site_row *site = &book->sites[i];
        const tide_site_note *note = &book->site_notes[i];
        if (note->is_event || (!is_all && note->owner != owner))
            continue;
        ret->freed_bytes += site->freed_bytes + note->foreign_bytes;
        ret->freed_blocks += site->freed_blocks + note->foreign_blocks;
        ret->total_bytes += site->allocated_bytes + note->resized_bytes;
        ret->total_blocks += site->allocated_blocks + note->resized_blocks;
        ret->peak_blocks += (int64_t)blocks_at_peak(site, note, epoch);
    }
    tide_api_add_waiting(ret, thread, owner, is_all);
}

int tide_usage_of_process(tide_usage *ret) {
    tide_thread *thread = tide_api_thread();
    if (!ret)
        return -EINVAL;
    if (!thread)
        return TIDE_API_NO_THREAD;
    tide_events_settle(thread);
    tide_api_sum_sites(ret, thread, 0, true);
    ret->peak_bytes = (int64_t)thread->book->header->peak_bytes;
    tide_api_peak_of_process(thread, ret);
    return 0;
}

int tide_usage_of_thread(tide_usage *ret) {
    tide_thread *thread = tide_api_thread();
    if (!ret)
        return -EINVAL;
    if (!thread || !tide_tally_want(thread, TIDE_TALLY_THREAD))
        return thread ? -ENOMEM : TIDE_API_NO_THREAD;
    tide_events_settle(thread);
    tide_api_usage(ret, &thread->tally);
    tide_api_peak_of_thread(thread, ret);
    return 0;
}
