/* track/events: one allocation, one free, one resize: what they change in the ledger.
 *
 *   malloc hook:  p = real malloc ─► tide_on_alloc      free hook:  tide_on_free ─► real free
 *
 * An event goes through three steps, each of which needs memory that is rarely in the cache:
 *
 *   noted      address, size, site of the stack if it is remembered, else hash   asks for p's bucket and for the name
 *   looked up  hash → site, row added or taken away                              asks for the site's counters
 *   counted    site, heap, peak                                                  done
 *
 * and waits after each for the thread's next event: by then the lines have come. Order is kept, so sums and peaks are
 * as if nothing had waited. A thread that is not alone (track/sole.h) notes and looks up in one step, since others may
 * be given the address. Waiting events stand in the thread's row in the ledger, so a program that is killed loses none.
 * A block freed by the next event after its allocation needs no row.
 *
 * Cost on a stack of 17 frames of which 4 change: docs/benchmarks.md, calltree. */
#pragma once
#include "track/process.h"

/* What the hooks pass on: their own frame. They have frame pointers (asking for it forces one), so the caller's rbp and
 * the return address into the caller stand there, and the caller's stack begins behind them. */
#define TIDE_FRAME() __builtin_frame_address(0)

/* `thread` is what tide_thread_enter gave; addresses are not 0. After the real allocation; before the real free. */
void tide_on_alloc(tide_thread *thread, uintptr_t address, uint64_t bytes, uint32_t kind, const void *frame);
void tide_on_free(tide_thread *thread, uintptr_t address);

/* A block is resized in two steps, so that its old address can be given to another thread in between: take it out,
 * let the real realloc run, put it back in as it is then. The block stays with the site that created it. */
typedef struct tide_resize {
    tide_row block; /* as it was; place 0: not known, so the result is a new block */
} tide_resize;
tide_resize tide_resize_begin(tide_thread *thread, uintptr_t address);
/* `address` 0: it failed, or freed the block (`was_freed`). */
void tide_resize_end(tide_thread *thread, const tide_resize *resize, uintptr_t address, uint64_t bytes,
                     bool was_freed);

/* The site of a call from here; 0: no room. Gate shut, nothing waiting. */
uint32_t tide_events_site(tide_thread *thread, const void *frame, uint32_t kind);

/* The row of a block, with what waits looked up. False: it is not known. */
TIDE_COLD bool tide_events_find(tide_thread *thread, uintptr_t address, tide_row *ret_row);

/* Let no event wait any longer. The gate may be open or shut. */
TIDE_COLD void tide_events_settle(tide_thread *thread);
/* The same for a thread that is kept out (track/sole.c). `many`: others may have events at the same time. */
TIDE_COLD void tide_events_finish(tide_thread *thread, bool many);

/* An event that found the gate shut. In a signal handler it is queued; inside the tracker's own work, ignored. */
TIDE_COLD void tide_events_nested(uintptr_t address, uint64_t bytes, uint32_t kind);
TIDE_COLD void tide_events_drain_nested(tide_thread *thread, uint32_t generation);

/* Open the gate again, after what signal handlers have queued is done. Asked again afterwards: one that comes between
 * the question and the opening must not wait, since the program may free its blocks in the next event. */
TIDE_HOT void tide_events_end(tide_thread *thread, uint32_t generation) {
    if (TIDE_LIKELY(!thread->nested_count)) {
        tide_gate_open(thread, generation);
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        if (TIDE_LIKELY(!thread->nested_count))
            return;
    }
    tide_events_drain_nested(thread, generation);
}

#ifdef TIDE_CHECK_UNWIND /* tests/unwind: what do others say about this stack? Then sites are named at once. */
#define TIDE_IS_CHECKED true
void tide_check_site(const tide_thread *thread, tide_frame_state caller, uint32_t site, bool is_remembered);
#else
#define TIDE_IS_CHECKED false
TIDE_HOT void tide_check_site(const tide_thread *thread, tide_frame_state caller, uint32_t site,
                              bool is_remembered) {
    (void)thread, (void)caller, (void)site, (void)is_remembered;
}
#endif
