/* launch/target: one process while it is recorded: its ledger, and the file that grows from it. A process that replaces
 * its program by exec is two of these, one after the other.
 *
 *   new ─► give_ledger ─► tick, tick, … ─► stop ─► finish ─► free
 *   file   it asked       as pace says     it      names     (finish alone may run in another thread)
 *                                          ended   found
 *
 * Errors while it runs do not end anything: the first one is kept in `trouble`, and the file ends there. */
#pragma once
#include "base/err.h"
#include "heap/heap.h"
#include "heap/ledger_reader.h"
#include "launch/pace.h"
#include "recording/recording.h"
#include "residency/pages.h"
#include "symbols/atlas.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct tide_target {
    pid_t pid;
    char *path;        /* of the recording; owned; NULL: none is written */
    tide_info info;    /* owned */
    uint64_t start_ns; /* CLOCK_MONOTONIC */
    int statm_fd;
    tide_ledger *ledger; /* NULL before it asked, and after stop */
    bool asked;          /* it had a ledger at some time; the tracker asks before main */
    tide_heap heap;
    tide_writer *writer;
    tide_pace pace;
    TIDE_VEC(tide_sample) samples; /* not written yet */
    tide_sample latest;
    tide_pages_watch *pages; /* NULL: not asked for */
    uint64_t pages_interval_ns, pages_due_ns;
    tide_end end;
    int trouble; /* first error that cost the recording something, 0: none */
    tide_err trouble_err;
    _Atomic size_t named_codes, all_codes; /* progress of finish, for other threads */
} tide_target;

/* Create the recording's file; `path` NULL: none. `info` is taken over, also after an error. `*ret` is owned
 * (tide_target_free). */
int tide_target_new(tide_target **ret, const char *path, bool force, tide_info *info, uint64_t start_ns,
                    tide_err *err);
/* Make the ledger; `*ret_fd` is borrowed, to be sent to the process. */
int tide_target_give_ledger(tide_target *target, int *ret_fd, tide_err *err);
/* Before it has a ledger: look at its pages as well, every `interval_ns`, but for a tenth of a CPU at most, and not
 * more often than every 1/512 of the run so far. Does nothing for a recording without a file. */
void tide_target_watch_pages(tide_target *target, uint64_t interval_ns);
/* Set its clock; take a sample and write a moment when they are due. `share`: processes recorded at once. */
void tide_target_tick(tide_target *target, uint64_t now_ns, size_t share);
/* It has replaced its program: what runs under its pid is not what the ledger is about. */
bool tide_target_has_left(const tide_target *target);
/* Read and write the last of it. `end` may be refined by what the ledger says about the end; the first call counts. */
void tide_target_stop(tide_target *target, uint64_t now_ns, tide_end end);
/* Find the names, write them and the end. Takes milliseconds to seconds; what `atlas` has is quick. */
void tide_target_finish(tide_target *target, tide_atlas *atlas, bool debuginfod);
/* Closes the file without an end when it was not finished. */
void tide_target_free(tide_target *target);
/* Nothing was started: the file goes, or is what it was before. Frees `target`. */
void tide_target_discard(tide_target *target);
