/* track/events: one allocation, one free, one resize: what they change in the ledger.
 *
 *   malloc hook:  p = real malloc ─► tide_on_alloc      free hook:  tide_on_free ─► real free
 *
 * An event goes through three steps, each of which needs memory that is rarely in the cache:
 *
 *   noted      address, size, hash of the stack        asks for p's bucket of rows and for the stack's name
 *   looked up  stack → site, row added or taken away   asks for the site's counters
 *   counted    site, heap, peak                        done
 *
 * and waits after each for the thread's next event: by then the lines have come. Order is kept, so sums and peaks are
 * as if nothing had waited. Once there is a second thread, noting and looking up are one step: that thread may be
 * given the address. Waiting events stand in the thread's row in the ledger, so a program that is killed loses none.
 * A block freed by the next event after its allocation needs no row.
 *
 * Cost on a stack of 17 frames of which 4 change: docs/benchmarks.md, workload W. */
#pragma once
#include "track/process.h"

extern char __libc_single_threaded; /* <sys/single_threaded.h> */

TIDE_COLD void tide_new_peak_many(tide_ledger_header *header, uint64_t heap_bytes);
TIDE_COLD void tide_events_drain_nested(tide_thread *thread, uint32_t generation);
TIDE_COLD void tide_count_foreign_free(tide_thread *thread, uint32_t site, uint64_t bytes);
/* Let no event wait any longer. The gate may be open or shut. */
TIDE_COLD void tide_events_settle(tide_thread *thread);
/* An event that found the gate shut. In a signal handler it is queued; inside the tracker's own work, ignored. */
TIDE_COLD void tide_events_nested(uintptr_t address, uint64_t bytes, uint32_t kind);

/* The function that called the hook. The hooks have frame pointers (this forces one), so rbp and the return address
 * stand at the frame's address. */
#define TIDE_CALLER()                                                     \
    ((tide_frame_state){.pc = (uintptr_t)__builtin_return_address(0),     \
                        .sp = (uintptr_t)__builtin_frame_address(0) + 16, \
                        .rbp = *(const uintptr_t *)__builtin_frame_address(0)})

/* ---- counters */

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

/* ---- from step to step */

/* The site of the stack just unwound, or 0 when the tables are full (and the event is counted as lost). */
TIDE_HOT uint32_t tide_site_of(tide_thread *thread, uint64_t hash, uint32_t kind) {
    if (!hash)
        return thread->last_site;
    uint32_t site = tide_names_find(&thread->process->names, hash);
    if (TIDE_UNLIKELY(!site))
        site = tide_names_add(thread, hash, kind);
    if (TIDE_UNLIKELY(!site)) {
        thread->row->lost_events++;
        tide_chain_forget(&thread->chain);
    }
    return thread->last_site = site;
}

TIDE_HOT void tide_due(tide_thread *thread, enum tide_event what, uint32_t site, uint64_t bytes) {
    tide_thread_row *row = thread->row;
    __builtin_prefetch(&thread->book->sites[site], 1);
    row->due_site = site;
    row->due_bytes = bytes;
    row->due_what = what;
}

TIDE_HOT void tide_look_up_alloc(tide_thread *thread, uint64_t address, uint64_t bytes, uint32_t site,
                                 bool many) {
    if (TIDE_UNLIKELY(!site))
        return;
    if (TIDE_LIKELY(tide_live_insert(thread->book, address, tide_row_make(address, bytes, site), many)))
        tide_due(thread, TIDE_EVENT_ALLOC, site, bytes);
    else
        thread->row->lost_events++;
}

TIDE_HOT void tide_look_up_free(tide_thread *thread, uint64_t address, enum tide_event what, bool many) {
    tide_row block;
    if (TIDE_LIKELY(tide_live_remove(thread->book, address, &block, many)))
        tide_due(thread, what, tide_row_site(block), tide_row_bytes(block));
    else
        thread->row->foreign_frees++;
}

/* noted → looked up; nothing may be due. */
TIDE_HOT void tide_look_up(tide_thread *thread) {
    tide_thread_row *row = thread->row;
    uint64_t what = row->noted_what;
    if (what == TIDE_EVENT_NONE)
        return;
    if (what == TIDE_EVENT_FREE || what == TIDE_EVENT_FREE_TEMPORARY) {
        tide_look_up_free(thread, row->noted_address, (enum tide_event)what, false);
    } else {
        uint32_t site =
            row->noted_hash ? tide_site_of(thread, row->noted_hash, row->noted_kind) : row->noted_site;
        if (TIDE_LIKELY(what == TIDE_EVENT_ALLOC))
            tide_look_up_alloc(thread, row->noted_address, row->noted_bytes, site, false);
        else if (site)
            tide_due(thread, TIDE_EVENT_PAIR, site, row->noted_bytes);
    }
    row->noted_what = TIDE_EVENT_NONE;
}

/* looked up → counted */
TIDE_HOT void tide_count_due(tide_thread *thread, bool many) {
    tide_thread_row *row = thread->row;
    uint32_t what = row->due_what;
    if (what == TIDE_EVENT_NONE)
        return;
    if (what == TIDE_EVENT_ALLOC || what == TIDE_EVENT_PAIR)
        tide_count_alloc(thread, row->due_site, row->due_bytes, many);
    if (what != TIDE_EVENT_ALLOC)
        tide_count_free(thread, row->due_site, row->due_bytes, what != TIDE_EVENT_FREE, many);
    row->due_what = TIDE_EVENT_NONE;
}

TIDE_HOT void tide_events_end(tide_thread *thread, uint32_t generation) {
    if (TIDE_UNLIKELY(thread->nested_count))
        tide_events_drain_nested(thread, generation);
    else
        tide_gate_open(thread, generation);
}

TIDE_HOT bool tide_is_many(void) {
    return TIDE_UNLIKELY(!__libc_single_threaded);
}

/* ---- the three events. `thread` is what tide_thread_enter gave; addresses are not 0. */

#ifdef TIDE_CHECK_UNWIND /* tests/unwind: what do others say about this stack? */
void tide_check_unwind(const tide_thread *thread, tide_frame_state caller, bool is_same);
#else
TIDE_HOT void tide_check_unwind(const tide_thread *thread, tide_frame_state caller, bool is_same) {
    (void)thread, (void)caller, (void)is_same;
}
#endif

/* Unwind from the hook's caller. Returns the stack's hash, or 0: it is the last one, thread->last_site. */
TIDE_HOT uint64_t tide_stack_hash(tide_thread *thread, tide_frame_state caller, uint32_t kind) {
    uint64_t hash;
    tide_chain *chain = &thread->chain;
    bool is_same = tide_unwind(chain, &thread->process->rules, caller, &hash);
    tide_check_unwind(thread, caller, is_same);
    if (is_same) {
        if (TIDE_LIKELY(kind == thread->last_kind && thread->last_site))
            return 0;
        hash = chain->marks[chain->count - 1].hash; /* the same stack, another entry point */
        chain->kept_depth = chain->marks[chain->count - 1].depth;
        chain->fresh_count = 0;
    }
    hash = tide_hash_step(hash, (uint64_t)kind << 16 | thread->index);
    hash += !hash; /* 0 means none */
    thread->last_hash = hash;
    thread->last_kind = kind;
    return hash;
}

TIDE_HOT void tide_on_alloc(tide_thread *thread, uintptr_t address, uint64_t bytes, uint32_t kind,
                            tide_frame_state caller) {
    uint32_t generation = thread->gate;
    bool many = tide_is_many();
    tide_gate_shut(thread);
    tide_thread_row *row = thread->row;
    tide_live_prefetch(thread->book, address);
    if (many) {
        tide_count_due(thread, true);
        if (TIDE_UNLIKELY(row->noted_what))
            tide_events_settle(thread);
        uint64_t hash = tide_stack_hash(thread, caller, kind);
        tide_look_up_alloc(thread, address, bytes, tide_site_of(thread, hash, kind), true);
    } else {
        tide_count_due(thread, false);
        tide_look_up(thread);
        uint64_t hash = tide_stack_hash(thread, caller, kind);
        if (hash)
            tide_names_prefetch(&thread->process->names, hash);
        row->noted_address = address;
        row->noted_bytes = bytes;
        row->noted_hash = hash;
        row->noted_site = thread->last_site;
        row->noted_kind = kind;
        __atomic_store_n(&row->noted_what, TIDE_EVENT_ALLOC, __ATOMIC_RELEASE);
    }
    thread->last_address = address;
    tide_events_end(thread, generation);
}

/* Before the real free. */
TIDE_HOT void tide_on_free(tide_thread *thread, uintptr_t address) {
    tide_thread_row *row = thread->row;
    bool is_temporary = address == thread->last_address;
    enum tide_event what = is_temporary ? TIDE_EVENT_FREE_TEMPORARY : TIDE_EVENT_FREE;
    if (is_temporary) {
        thread->last_address = 0;
        if (row->noted_what == TIDE_EVENT_ALLOC) {
            row->noted_what = TIDE_EVENT_PAIR;
            return;
        }
    }
    uint32_t generation = thread->gate;
    bool many = tide_is_many();
    tide_gate_shut(thread);
    tide_live_prefetch(thread->book, address);
    if (many) {
        tide_count_due(thread, true);
        if (TIDE_UNLIKELY(row->noted_what))
            tide_events_settle(thread);
        tide_look_up_free(thread, address, what, true);
    } else {
        tide_count_due(thread, false);
        tide_look_up(thread);
        row->noted_address = address;
        __atomic_store_n(&row->noted_what, what, __ATOMIC_RELEASE);
    }
    tide_events_end(thread, generation);
}

/* A block is resized in two steps, so that its old address can be given to another thread in between: take it out,
 * let the real realloc run, put it back in as it is then. The block stays with the site that created it. */
typedef struct tide_resize {
    tide_row block; /* as it was; place 0: not known, so the result is a new block */
} tide_resize;
__attribute__((noinline)) tide_resize tide_resize_begin(tide_thread *thread, uintptr_t address);
/* `address` 0: it failed, or freed the block (`was_freed`). */
__attribute__((noinline)) void tide_resize_end(tide_thread *thread, const tide_resize *resize,
                                               uintptr_t address, uint64_t bytes, bool was_freed);
