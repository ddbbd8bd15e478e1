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

/* The heap has grown; is it a maximum? Equal ones count: of equal maxima the latest is the peak. */
TIDE_HOT void tide_heap_grow(tide_ledger_header *header, uint64_t bytes, bool many) {
    if (many) {
        uint64_t now = __atomic_add_fetch(&header->heap_bytes, bytes, __ATOMIC_RELAXED);
        if (TIDE_UNLIKELY(now >= __atomic_load_n(&header->peak_bytes, __ATOMIC_RELAXED)))
            tide_new_peak_many(header, now);
        return;
    }
    uint64_t now = header->heap_bytes += bytes;
    if (now >= header->peak_bytes) {
        header->peak_bytes = now;
        header->peak_time_ns = header->clock_ns;
        header->epoch++;
    }
}

TIDE_HOT void tide_heap_shrink(tide_ledger_header *header, uint64_t bytes, bool many) {
    if (many)
        __atomic_fetch_sub(&header->heap_bytes, bytes, __ATOMIC_RELAXED);
    else
        header->heap_bytes -= bytes;
}

TIDE_HOT void tide_count_alloc(tide_thread *thread, uint32_t site_id, uint64_t bytes, bool many) {
    tide_book *book = thread->book;
    tide_site_row *site = &book->sites[site_id];
    tide_site_sync(site, &book->site_notes[site_id], book->header->epoch);
    site->allocated_bytes += bytes;
    site->allocated_blocks++;
    site->lifetime_ns -= book->header->clock_ns;
    thread->row->size_blocks[tide_size_class(bytes)]++;
    tide_heap_grow(book->header, bytes, many);
}

TIDE_HOT void tide_count_free(tide_thread *thread, uint32_t site_id, uint64_t bytes, bool is_temporary,
                              bool many) {
    tide_book *book = thread->book;
    tide_site_row *site = &book->sites[site_id];
    if (many && TIDE_UNLIKELY((site->epoch_thread & 0xffff) != thread->index)) {
        tide_count_foreign_free(thread, site_id, bytes);
        return;
    }
    tide_site_sync(site, &book->site_notes[site_id], book->header->epoch);
    site->freed_bytes += bytes;
    site->freed_blocks++;
    site->lifetime_ns += book->header->clock_ns;
    if (TIDE_UNLIKELY(is_temporary))
        book->site_notes[site_id].temporary_blocks++;
    tide_heap_shrink(book->header, bytes, many);
}
