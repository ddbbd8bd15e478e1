/* heap/ledger_reader: the tool's side of the ledger. Turns the tables that a target writes into a tide_heap, again
 * and again.
 *
 * The target is not trusted: every offset, index and length is checked against a local copy before it is used. */
#pragma once
#include "base/err.h"
#include "heap/heap.h"
#include "ledger/layout.h"
#include <stdint.h>

typedef struct tide_ledger tide_ledger;

/* Make an empty ledger for one process. `*ret_fd` is a memfd to hand to the target; it is owned by the ledger and
 * closed with it. Cost: two system calls; pages appear as they are used. */
int tide_ledger_new(tide_ledger **ret, int *ret_fd, tide_err *err);
/* Map an existing one for reading (tests, fuzzing); `fd` stays the caller's. */
int tide_ledger_open(tide_ledger **ret, int fd, tide_err *err);
void tide_ledger_free(tide_ledger *ledger);

/* Tell the target what time it is: nanoseconds since the program's start. Birth and death of blocks are stamped with
 * this word, so its step is the resolution of lifetimes and of the peak's time. Cost: one store. */
void tide_ledger_tick(tide_ledger *ledger, uint64_t time_ns);

typedef struct tide_ledger_now { /* what can be had without reading any table */
    uint64_t heap_bytes, heap_peak_bytes, mapped_bytes;
    uint64_t tables_bytes, private_bytes; /* that the tables and the tracker take; one system call */
} tide_ledger_now;
void tide_ledger_now_read(const tide_ledger *ledger, tide_ledger_now *ret);
/* enum tide_ending: what the target said about its end, if anything. Cost: one load. */
uint32_t tide_ledger_ending(const tide_ledger *ledger);

/* Bring `heap` up to date: append new modules, nodes, threads, sites; copy all counts and totals.
 * `heap` must be the one given to earlier calls on this ledger. `is_final`: the target has ended, so events that
 * were half way are completed. -EBADMSG: the tables make no sense (the target scribbled on them); what was read
 * before stays valid. Cost: O(new definitions + sites). */
int tide_ledger_read(tide_ledger *ledger, tide_heap *heap, bool is_final, tide_err *err);
/* As above, not final, and count what waits in the threads' rows (track/events.h), too, where that does not change
 * while this reads: of a program that stands still nothing is missing. The next call counts it anew. What waits of a
 * stack that is not named yet is of an unknown one, in rows at the end of the sites that the next call takes back. */
int tide_ledger_read_now(tide_ledger *ledger, tide_heap *heap, tide_err *err);
