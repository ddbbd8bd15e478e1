/* api: the calls of include/tidemark/tidemark.h, inside the tracker. What they count with is src/track: owners and
 * tallies (track/tally.h), hooks (track/attention.h), names (track/given.h).
 *
 *   program ─► tide_section_begin ──────────────► (linked)     one of the functions in this room
 *           └► tide_api_table->tide_section_begin (header) ─┘
 *
 * Each function enters the tracker as the hooks do, and is a no-op with an error code where that says no. */
#pragma once
#define TIDE_LINKED
#pragma GCC visibility push(default)
#include <tidemark/tidemark.h>
extern const struct tide_api tide_api_table;
#pragma GCC visibility pop
#include "ledger/system.h"
#include "track/events.h"

/* The calling thread, also while recording is stopped; NULL: it never began here. */
static inline tide_thread *tide_api_thread(void) {
    return tide_thread_enter_any();
}
enum { TIDE_API_NO_THREAD = -ECANCELED };

/* Whether this number is one of an owner that is in use; TIDE_UNOWNED is. */
static inline bool tide_api_is_owner(const tide_thread *thread, tide_owner owner) {
    const tide_book *book = thread->book;
    return !owner || (owner <= __atomic_load_n(&book->header->owner_count, __ATOMIC_ACQUIRE) &&
                      book->owners[owner].is_used);
}

/* Figures as the header has them. */
void tide_api_usage(tide_usage *ret, const tide_tally *tally);
