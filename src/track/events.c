#include "track/events.h"

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

void tide_count_foreign_free(tide_thread *thread, uint32_t site_id, uint64_t bytes) {
    tide_book *book = thread->book;
    tide_site_note *note = &book->site_notes[site_id];
    tide_site_sync(&book->sites[site_id], note, book->header->epoch);
    __atomic_fetch_add(&note->foreign_bytes, bytes, __ATOMIC_RELAXED);
    __atomic_fetch_add(&note->foreign_blocks, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&note->foreign_lifetime_ns, book->header->clock_ns, __ATOMIC_RELAXED);
    tide_heap_shrink(book->header, bytes, true);
}

void tide_events_settle(tide_thread *thread) {
    uint32_t generation = thread->gate;
    tide_gate_shut(thread);
    bool many = tide_is_many();
    tide_count_due(thread, many);
    /* without a lock: something is noted only while there is one thread, or just was */
    tide_look_up(thread);
    tide_count_due(thread, many);
    tide_gate_open(thread, generation);
}

/* ---- events of signal handlers */
void tide_events_nested(uintptr_t address, uint64_t bytes, uint32_t kind) {
    tide_thread *thread = tide_thread_interrupted();
    if (!thread || !address)
        return;
    uint32_t index = thread->nested_count;
    if (index == TIDE_NESTED_MAX) {
        thread->row->lost_events++;
        return;
    }
    thread->nested[index] = (tide_nested){.address = address, .bytes = bytes, .kind = kind};
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    thread->nested_count = index + 1;
}

static void record_nested(tide_thread *thread, const tide_nested *event) {
    tide_count_due(thread, true);
    if (event->kind == TIDE_KIND_COUNT) {
        tide_look_up_free(thread, event->address, TIDE_EVENT_FREE, true);
        return;
    }
    uint64_t hash = tide_hash_step(TIDE_PC_UNRESOLVED, (uint64_t)event->kind << 16 | thread->index);
    uint32_t site = tide_names_add_unresolved(thread, hash, event->kind);
    tide_look_up_alloc(thread, event->address, event->bytes, site, true);
    thread->row->lost_events += !site;
}

void tide_events_drain_nested(tide_thread *thread, uint32_t generation) {
    tide_events_settle(thread); /* the handler ran after what waits, and may have freed it */
    uint32_t done = 0, expected;
    do {
        while (done < __atomic_load_n(&thread->nested_count, __ATOMIC_RELAXED))
            record_nested(thread, &thread->nested[done++]);
        expected = done;
    } while (!__atomic_compare_exchange_n(&thread->nested_count, &expected, 0, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    tide_gate_open(thread, generation);
}

/* ---- resizing */
tide_resize tide_resize_begin(tide_thread *thread, uintptr_t address) {
    tide_resize resize = {0};
    uint32_t generation = thread->gate;
    tide_live_prefetch(thread->book, address);
    tide_events_settle(thread);
    tide_gate_shut(thread);
    if (!tide_live_remove(thread->book, address, &resize.block, tide_is_many()))
        resize.block.place = 0;
    tide_events_end(thread, generation);
    return resize;
}

static void put_back(tide_thread *thread, uintptr_t address, uint64_t bytes, uint32_t site) {
    if (!tide_live_insert(thread->book, address, tide_row_make(address, bytes, site), tide_is_many()))
        thread->row->lost_events++;
}

/* The site's block was old_bytes and is new_bytes. Peaks see the difference only: there is no moment with both, or
 * none. */
static void count_resize(tide_thread *thread, uint32_t site_id, uint64_t old_bytes, uint64_t new_bytes) {
    tide_book *book = thread->book;
    tide_site_note *note = &book->site_notes[site_id];
    bool many = tide_is_many();
    tide_site_sync(&book->sites[site_id], note, book->header->epoch);
    __atomic_fetch_add(&note->resized_bytes, new_bytes, __ATOMIC_RELAXED);
    __atomic_fetch_add(&note->resized_blocks, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&note->foreign_bytes, old_bytes, __ATOMIC_RELAXED);
    __atomic_fetch_add(&note->foreign_blocks, 1, __ATOMIC_RELAXED);
    thread->row->size_blocks[tide_size_class(new_bytes)]++;
    if (new_bytes >= old_bytes)
        tide_heap_grow(book->header, new_bytes - old_bytes, many);
    else
        tide_heap_shrink(book->header, old_bytes - new_bytes, many);
}

void tide_resize_end(tide_thread *thread, const tide_resize *resize, uintptr_t address, uint64_t bytes,
                     bool was_freed) {
    uint32_t generation = thread->gate, site = tide_row_site(resize->block);
    uint64_t old_bytes = tide_row_bytes(resize->block);
    tide_gate_shut(thread);
    if (address) {
        put_back(thread, address, bytes, site);
        count_resize(thread, site, old_bytes, bytes);
        thread->last_address = address;
    } else if (was_freed) {
        tide_count_free(thread, site, old_bytes, false, tide_is_many());
    } else {
        put_back(thread, tide_row_address(resize->block), old_bytes, site);
    }
    tide_events_end(thread, generation);
}
