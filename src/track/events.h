/* track/events: one allocation, one free, one resize: what they change in the ledger.
 *
 *   malloc hook:  p = real malloc ─► tide_on_alloc   prefetch p's bucket, unwind, prefetch the stack's name, and leave
 *                                                    the rest (name, row, counters) *pending*
 *   next event:   the pending one is finished first: by then its cache lines have come
 *   free hook:    tide_on_free ─► real free          the row is taken away before the address can be given out again
 *
 * With one thread frees are deferred by one event as well. With more threads nothing is deferred: another thread may be
 * given the address. Pending events stand in the thread's row in the ledger, so a program killed between two events loses
 * none. A block that is freed before the next event of its thread never gets a row.
 *
 * Cost on a stack of 17 frames of which 4 change: see docs/benchmarks.md, workload W. */
#pragma once
#include "track/process.h"

extern char __libc_single_threaded; /* <sys/single_threaded.h> */

TIDE_COLD void tide_new_peak_many(tide_ledger_header *header, uint64_t heap_bytes);
TIDE_COLD void tide_events_drain_nested(tide_thread *thread, uint32_t generation);
TIDE_COLD void tide_count_foreign_free(tide_thread *thread, uint32_t site, uint64_t bytes);
/* Finish what is pending. The gate may be open or shut. */
TIDE_COLD void tide_events_settle(tide_thread *thread);
/* An event that found the gate shut. In a signal handler it is queued; inside the tracker's own work, ignored. */
TIDE_COLD void tide_events_nested(uintptr_t address, uint64_t bytes, uint32_t kind);

/* The function that called the hook. The hooks have frame pointers (this forces one), so rbp and the return address stand
 * at the frame's address. */
#define TIDE_CALLER()                                                                                            \
    ((tide_frame_state){.pc = (uintptr_t)__builtin_return_address(0),                                       \
                        .sp = (uintptr_t)__builtin_frame_address(0) + 16,                                   \
                        .rbp = *(const uintptr_t *)__builtin_frame_address(0)})

/* ---- counters */

/* Before a site changes: keep the value that it had at the last maximum. See ledger/layout.h. */
TIDE_HOT void tide_site_sync(tide_site_row *site, const tide_site_note *note, uint64_t epoch) {
    if (TIDE_LIKELY(site->epoch_thread >> 16 == epoch)) return;
    site->saved_bytes = site->allocated_bytes + note->resized_bytes - site->freed_bytes - note->foreign_bytes;
    site->saved_blocks = site->allocated_blocks + note->resized_blocks - site->freed_blocks - note->foreign_blocks;
    site->epoch_thread = epoch << 16 | (site->epoch_thread & 0xffff);
}

/* The heap has grown; is it a maximum? Equal ones count: of equal maxima the latest is the peak. */
TIDE_HOT void tide_heap_grow(tide_ledger_header *header, uint64_t bytes, bool many) {
    if (many) {
        uint64_t now = __atomic_add_fetch(&header->heap_bytes, bytes, __ATOMIC_RELAXED);
        if (TIDE_UNLIKELY(now >= __atomic_load_n(&header->peak_bytes, __ATOMIC_RELAXED))) tide_new_peak_many(header, now);
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
    if (many) __atomic_fetch_sub(&header->heap_bytes, bytes, __ATOMIC_RELAXED);
    else header->heap_bytes -= bytes;
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

TIDE_HOT void tide_count_free(tide_thread *thread, uint32_t site_id, uint64_t bytes, bool is_temporary, bool many) {
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
    if (TIDE_UNLIKELY(is_temporary)) book->site_notes[site_id].temporary_blocks++;
    tide_heap_shrink(book->header, bytes, many);
}

/* ---- finishing what was begun */

/* The site of the stack just unwound, or 0 when the tables are full (and the event is counted as lost). */
TIDE_HOT uint32_t tide_site_of(tide_thread *thread, uint64_t hash, uint32_t kind) {
    uint32_t site = tide_names_find(&thread->process->names, hash);
    if (TIDE_UNLIKELY(!site)) site = tide_names_add(thread, hash, kind);
    if (TIDE_UNLIKELY(!site)) {
        thread->row->lost_events++;
        tide_chain_forget(&thread->chain);
    }
    thread->last_site = site;
    return site;
}

TIDE_HOT uint32_t tide_pending_site(tide_thread *thread) {
    tide_thread_row *row = thread->row;
    return row->pending_hash ? tide_site_of(thread, row->pending_hash, row->pending_kind) : row->pending_site;
}

TIDE_HOT void tide_finish_alloc(tide_thread *thread) {
    tide_thread_row *row = thread->row;
    if (!row->pending_address) return;
    uint32_t site = tide_pending_site(thread);
    if (TIDE_LIKELY(site)) {
        tide_row block = tide_row_make(row->pending_address, row->pending_bytes, site);
        if (TIDE_LIKELY(tide_live_insert(thread->book, row->pending_address, block, false)))
            tide_count_alloc(thread, site, row->pending_bytes, false);
        else row->lost_events++;
    }
    row->pending_address = 0;
}

TIDE_HOT void tide_finish_free(tide_thread *thread, uintptr_t address, bool is_temporary, bool many) {
    tide_row block;
    if (TIDE_LIKELY(tide_live_remove(thread->book, address, &block, many)))
        tide_count_free(thread, tide_row_site(block), tide_row_bytes(block), is_temporary, many);
    else thread->row->foreign_frees++;
}

TIDE_HOT void tide_finish_pending_free(tide_thread *thread) {
    tide_thread_row *row = thread->row;
    if (!row->pending_free) return;
    tide_finish_free(thread, row->pending_free, row->pending_free_temporary, false);
    row->pending_free = 0;
}

TIDE_HOT void tide_events_end(tide_thread *thread, uint32_t generation) {
    if (TIDE_UNLIKELY(thread->nested_count)) tide_events_drain_nested(thread, generation);
    else tide_gate_open(thread, generation);
}

TIDE_HOT bool tide_is_many(void) { return TIDE_UNLIKELY(!__libc_single_threaded); }

/* ---- the three events. `thread` is what tide_thread_enter gave; addresses are not 0. */

/* Unwind from the hook's caller. Returns the stack's hash, or 0: it is the last one, thread->last_site. */
TIDE_HOT uint64_t tide_stack_hash(tide_thread *thread, tide_frame_state caller, uint32_t kind) {
    uint64_t hash;
    tide_chain *chain = &thread->chain;
    if (tide_unwind(chain, &thread->process->rules, caller, &hash)) {
        if (TIDE_LIKELY(kind == thread->last_kind && thread->last_site)) return 0;
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

TIDE_HOT void tide_alloc_many(tide_thread *thread, uintptr_t address, uint64_t bytes, uint64_t hash, uint32_t kind) {
    uint32_t site = hash ? tide_site_of(thread, hash, kind) : thread->last_site;
    if (TIDE_UNLIKELY(!site)) return;
    if (TIDE_LIKELY(tide_live_insert(thread->book, address, tide_row_make(address, bytes, site), true)))
        tide_count_alloc(thread, site, bytes, true);
    else thread->row->lost_events++;
}

TIDE_HOT void tide_on_alloc(tide_thread *thread, uintptr_t address, uint64_t bytes, uint32_t kind, tide_frame_state caller) {
    uint32_t generation = thread->gate;
    tide_gate_shut(thread);
    tide_thread_row *row = thread->row;
    tide_live_prefetch(thread->book, address);
    tide_finish_alloc(thread);
    uint64_t hash = tide_stack_hash(thread, caller, kind);
    thread->last_address = address;
    if (tide_is_many()) {
        tide_finish_pending_free(thread);
        tide_alloc_many(thread, address, bytes, hash, kind);
    } else {
        if (hash) tide_names_prefetch(&thread->process->names, hash);
        row->pending_bytes = bytes;
        row->pending_hash = hash;
        row->pending_site = thread->last_site;
        row->pending_kind = kind;
        __atomic_store_n(&row->pending_address, address, __ATOMIC_RELEASE);
        tide_finish_pending_free(thread);
    }
    tide_events_end(thread, generation);
}

/* Before the real free. */
TIDE_HOT void tide_on_free(tide_thread *thread, uintptr_t address) {
    uint32_t generation = thread->gate;
    tide_gate_shut(thread);
    tide_thread_row *row = thread->row;
    bool is_temporary = address == thread->last_address;
    if (is_temporary && row->pending_address) { /* no row yet, and none needed */
        uint32_t site = tide_pending_site(thread);
        if (TIDE_LIKELY(site)) {
            tide_count_alloc(thread, site, row->pending_bytes, false);
            tide_count_free(thread, site, row->pending_bytes, true, false);
        }
        row->pending_address = 0;
    } else {
        tide_live_prefetch(thread->book, address);
        tide_finish_alloc(thread);
        tide_finish_pending_free(thread);
        if (tide_is_many()) {
            tide_finish_free(thread, address, is_temporary, true);
        } else {
            row->pending_free_temporary = is_temporary;
            __atomic_store_n(&row->pending_free, address, __ATOMIC_RELEASE);
        }
    }
    if (is_temporary) thread->last_address = 0;
    tide_events_end(thread, generation);
}

/* A block is resized in two steps, so that its old address can be given to another thread in between: take it out, let the
 * real realloc run, put it back in as it is then. The block stays with the site that created it. */
typedef struct tide_resize {
    tide_row block; /* as it was; place 0: not known, so the result is a new block */
} tide_resize;
__attribute__((noinline)) tide_resize tide_resize_begin(tide_thread *thread, uintptr_t address);
/* `address` 0: it failed, or freed the block (`was_freed`). */
__attribute__((noinline)) void tide_resize_end(tide_thread *thread, const tide_resize *resize, uintptr_t address,
                                               uint64_t bytes, bool was_freed);
