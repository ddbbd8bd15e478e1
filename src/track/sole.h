/* track/sole: the thread that writes the ledger alone, without locks and atomic additions, and one event behind.
 *
 * Most programs have one thread that allocates at a time, whatever the number of their threads. The sole writer is
 * that one: the first thread, until another one has an event; later, the one that has had TIDE_SOLE_STREAK events while
 * others had hardly any (less than TIDE_SOLE_LOOK in a row are not seen). While there is none, all lock shards and add
 * atomically.
 *
 *   sole writer                         another thread
 *   gate := shut                        sole := being changed
 *   sole = me?  yes: alone              membarrier: the sole writer sees that, or its shut gate is seen here
 *   … event …                           wait for its gate; finish what waits in its row (track/events.h)
 *   gate := open                        sole := nobody
 *
 * So the sole writer pays for a comparison, and the one who comes pays for a system call (a few microseconds). */
#pragma once
#include "track/process.h"

#ifndef TIDE_SOLE_STREAK /* tests/hazards: small */
#define TIDE_SOLE_STREAK 16384
#endif
/* Events between two looks at who else had some: that word is on a line which all of them want. */
#define TIDE_SOLE_LOOK (TIDE_SOLE_STREAK > 64 ? 64 : 1)

/* Begin an event, or another change of what the thread has in the ledger. The gate is shut; the caller opens it when
 * done. True: the thread is alone. False: all that is shared needs locks, and nothing of this thread waits. */
TIDE_HOT bool tide_sole_begin(tide_thread *thread);

/* End an event that was not alone: become the sole writer when nobody else has had one for long. Gate shut. */
TIDE_HOT void tide_sole_count(tide_thread *thread);

/* Once for a process, before it has threads. */
void tide_sole_register(void);

/* The thread is dead, and its struct is about to be used by another one: finish what waits. */
void tide_sole_leave(tide_thread *thread);

/* ---- how it is done */
TIDE_COLD void tide_sole_join(tide_thread *thread);
TIDE_COLD void tide_sole_claim(tide_thread *thread);

TIDE_HOT bool tide_sole_begin(tide_thread *thread) {
    tide_gate_shut(thread);
    const tide_thread *sole = __atomic_load_n(&thread->process->sole, __ATOMIC_ACQUIRE);
    if (TIDE_LIKELY(sole == thread))
        return true;
    if (TIDE_UNLIKELY(sole || thread->was_sole))
        tide_sole_join(thread);
    return false;
}

TIDE_HOT void tide_sole_count(tide_thread *thread) {
    tide_ledger_header *header = thread->book->header;
    if (TIDE_LIKELY(++thread->streak % TIDE_SOLE_LOOK))
        return;
    if (header->last_thread != thread->index) {
        header->last_thread = thread->index;
        thread->streak = 0;
    } else if (TIDE_UNLIKELY(thread->streak >= TIDE_SOLE_STREAK)) {
        tide_sole_claim(thread);
    }
}
