/* track/counters: what an allocation and a free add to a site, to the heap and to its peak. See ledger/layout.h for the
 * epoch, by which each site keeps its value at the peak. */
#pragma once
#include "track/tally.h"

TIDE_COLD void tide_new_peak_many(tide_ledger_header *header, uint64_t heap_bytes);
/* What tide_count_free does to a site of another thread. */
TIDE_COLD void tide_count_foreign_free(tide_thread *thread, uint32_t site, uint64_t bytes,
                                       uint64_t event_epoch);

/* The heap changes at once, with each event, so that a maximum is never made of blocks that an idle thread has freed.
 * Both return the epoch that the event belongs to. The header's line is touched once: it may be on another core. */
TIDE_HOT uint64_t tide_heap_grow(tide_ledger_header *header, uint64_t bytes, bool many) {
    uint64_t now = many ? __atomic_add_fetch(&header->heap_bytes, bytes, __ATOMIC_RELAXED)
                        : (header->heap_bytes += bytes);
    uint64_t epoch = __atomic_load_n(&header->epoch, __ATOMIC_RELAXED);
    if (TIDE_LIKELY(now < __atomic_load_n(&header->peak_bytes, __ATOMIC_RELAXED)))
        return epoch;
    if (many) { /* equal ones count: of equal maxima the latest is the peak */
        tide_new_peak_many(header, now);
    } else {
        header->peak_bytes = now;
        header->peak_time_ns = header->clock_ns;
        header->epoch = epoch + 1;
    }
    return epoch;
}

TIDE_HOT uint64_t tide_heap_shrink(tide_ledger_header *header, uint64_t bytes, bool many) {
    if (many)
        __atomic_fetch_sub(&header->heap_bytes, bytes, __ATOMIC_RELAXED);
    else
        header->heap_bytes -= bytes;
    return __atomic_load_n(&header->epoch, __ATOMIC_RELAXED);
}

/* Before a site's live value changes by these: keep the value that it had at the last maximum. An event of an earlier
 * epoch, which is counted only now, is part of that maximum. See ledger/layout.h. */
TIDE_HOT void tide_site_keep_peak(tide_site_row *site, const tide_site_note *note, uint64_t epoch,
                                  uint64_t event_epoch, uint64_t bytes, uint64_t blocks) {
    bool is_saved = site->epoch_thread >> 16 == epoch;
    if (TIDE_LIKELY(event_epoch == epoch)) {
        if (TIDE_LIKELY(is_saved))
            return;
        site->saved_bytes =
            site->allocated_bytes + note->resized_bytes - site->freed_bytes - note->foreign_bytes;
        site->saved_blocks =
            site->allocated_blocks + note->resized_blocks - site->freed_blocks - note->foreign_blocks;
        site->epoch_thread = epoch << 16 | (site->epoch_thread & 0xffff);
    } else if (is_saved) {
        site->saved_bytes += bytes;
        site->saved_blocks += blocks;
    }
}

TIDE_HOT void tide_count_alloc(tide_thread *thread, uint32_t site_id, uint64_t bytes, uint64_t event_epoch) {
    const tide_ledger_header *header = thread->book->header;
    tide_site_row *site = &thread->book->sites[site_id];
    tide_site_keep_peak(site, &thread->book->site_notes[site_id], header->epoch, event_epoch, bytes, 1);
    site->allocated_bytes += bytes;
    site->allocated_blocks++;
    site->lifetime_ns -= header->clock_ns;
    thread->row->size_blocks[tide_size_class(bytes)]++;
    if (TIDE_UNLIKELY(thread->tallies))
        tide_tally_alloc(thread, site_id, bytes);
}

TIDE_HOT void tide_count_free(tide_thread *thread, uint32_t site_id, uint64_t bytes, bool is_temporary,
                              uint64_t event_epoch) {
    const tide_ledger_header *header = thread->book->header;
    tide_site_row *site = &thread->book->sites[site_id];
    tide_site_note *note = &thread->book->site_notes[site_id];
    if (TIDE_UNLIKELY(thread->tallies))
        tide_tally_free(thread, site_id, bytes);
    if (TIDE_UNLIKELY((site->epoch_thread & 0xffff) != thread->index)) {
        tide_count_foreign_free(thread, site_id, bytes, event_epoch);
        return;
    }
    tide_site_keep_peak(site, note, header->epoch, event_epoch, -bytes, -1ull);
    site->freed_bytes += bytes;
    site->freed_blocks++;
    site->lifetime_ns += header->clock_ns;
    if (TIDE_UNLIKELY(is_temporary))
        note->temporary_blocks++;
}
