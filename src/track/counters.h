/* track/counters: what an allocation and a free add to a site, to the heap and to its peak. See ledger/layout.h for the
 * epoch, by which each site keeps its value at the peak. */
#pragma once
#include "track/process.h"

extern char
    __libc_single_threaded; /* <sys/single_threaded.h>: it turns to 0 for good before the second thread starts */

TIDE_HOT bool tide_is_many(void) {
    return TIDE_UNLIKELY(!__libc_single_threaded);
}

TIDE_COLD void tide_new_peak_many(tide_ledger_header *header, uint64_t heap_bytes);
/* What tide_count_free does to a site of another thread. */
TIDE_COLD void tide_count_foreign_free(tide_thread *thread, uint32_t site, uint64_t bytes);

/* Before a site changes: keep the value that it had at the last maximum. See ledger/layout.h. */
TIDE_HOT void tide_site_sync(tide_site_row *site, const tide_site_note *note, uint64_t epoch) {
    if (TIDE_LIKELY(site->epoch_thread >> 16 == epoch))
        return;
    site->saved_bytes = site->allocated_bytes + note->resized_bytes - site->freed_bytes - note->foreign_bytes;
    site->saved_blocks =
        site->allocated_blocks + note->resized_blocks - site->freed_blocks - note->foreign_blocks;
    site->epoch_thread = epoch << 16 | (site->epoch_thread & 0xffff);
}

/* Returns the heap after the change. With many threads this is the first thing an event touches: its line is on another
 * core, and holds the epoch and the peak that are needed next. */
TIDE_HOT uint64_t tide_heap_add(tide_ledger_header *header, uint64_t bytes, bool many) {
    if (many)
        return __atomic_add_fetch(&header->heap_bytes, bytes, __ATOMIC_RELAXED);
    return header->heap_bytes += bytes;
}

/* After the site has changed: is this a maximum? Equal ones count: of equal maxima the latest is the peak. */
TIDE_HOT void tide_heap_peak(tide_ledger_header *header, uint64_t heap_bytes, bool many) {
    if (TIDE_LIKELY(heap_bytes < __atomic_load_n(&header->peak_bytes, __ATOMIC_RELAXED)))
        return;
    if (many) {
        tide_new_peak_many(header, heap_bytes);
        return;
    }
    header->peak_bytes = heap_bytes;
    header->peak_time_ns = header->clock_ns;
    header->epoch++;
}

TIDE_HOT void tide_count_alloc(tide_thread *thread, uint32_t site_id, uint64_t bytes, bool many) {
    tide_ledger_header *header = thread->book->header;
    tide_site_row *site = &thread->book->sites[site_id];
    uint64_t heap_bytes = tide_heap_add(header, bytes, many);
    tide_site_sync(site, &thread->book->site_notes[site_id], header->epoch);
    site->allocated_bytes += bytes;
    site->allocated_blocks++;
    site->lifetime_ns -= header->clock_ns;
    thread->row->size_blocks[tide_size_class(bytes)]++;
    tide_heap_peak(header, heap_bytes, many);
}

TIDE_HOT void tide_count_free(tide_thread *thread, uint32_t site_id, uint64_t bytes, bool is_temporary,
                              bool many) {
    tide_ledger_header *header = thread->book->header;
    tide_site_row *site = &thread->book->sites[site_id];
    tide_site_note *note = &thread->book->site_notes[site_id];
    tide_heap_add(header, -bytes, many);
    if (many && TIDE_UNLIKELY((site->epoch_thread & 0xffff) != thread->index)) {
        tide_count_foreign_free(thread, site_id, bytes);
        return;
    }
    tide_site_sync(site, note, header->epoch);
    site->freed_bytes += bytes;
    site->freed_blocks++;
    site->lifetime_ns += header->clock_ns;
    if (TIDE_UNLIKELY(is_temporary))
        note->temporary_blocks++;
}
