#include "track/counters.h"

void tide_new_peak_many(tide_ledger_header *header, uint64_t heap_bytes) {
    uint64_t peak = __atomic_load_n(&header->peak_bytes, __ATOMIC_RELAXED);
    while (heap_bytes >= peak) {
        if (!__atomic_compare_exchange_n(&header->peak_bytes, &peak, heap_bytes, false, __ATOMIC_RELAXED,
                                         __ATOMIC_RELAXED))
            continue;
        header->peak_time_ns = header->clock_ns;
        __atomic_fetch_add(&header->epoch, 1, __ATOMIC_RELAXED);
        return;
    }
}

void tide_count_foreign_free(tide_thread *thread, uint32_t site_id, uint64_t bytes, uint64_t event_epoch) {
    tide_book *book = thread->book;
    tide_site_note *note = &book->site_notes[site_id];
    tide_site_keep_peak(&book->sites[site_id], note, book->header->epoch, event_epoch, -bytes, -1ull);
    __atomic_fetch_add(&note->foreign_bytes, bytes, __ATOMIC_RELAXED);
    __atomic_fetch_add(&note->foreign_blocks, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&note->foreign_lifetime_ns, book->header->clock_ns, __ATOMIC_RELAXED);
}
