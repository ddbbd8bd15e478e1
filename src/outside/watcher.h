/* outside/watcher: what is known of a program's memory while it runs, and at its end.
 *
 *   look ─► family: RSS, faults ─► sampler: is it worth a reading? ─► tree: PSS ─► the highest one is kept
 *   end: exact only ─► is the sum higher than ever? ───────────────┘
 *   mark: the kernel's own figure of a process that has ended     ─────────────► bounds, and what readings missed */
#pragma once
#include "outside/family.h"
#include "outside/run.h"
#include "outside/sampler.h"

typedef struct tide_watcher {
    const tide_run_options *options; /* borrowed */
    tide_run_result *result;         /* borrowed; figures of memory and cost are written here */
    tide_family family;
    tide_sampler sampler;
    uint64_t start_cpu_ns, look_due_ns; /* look_due: since the start */
    uint64_t ends_cost_ns;              /* of reading who ends: exact only, and beside the sampler's budget */
    uint64_t highest_rss_bytes;         /* of all members together, in a look */
    uint64_t read_process_bytes,
        read_process_pss_bytes; /* RSS and PSS of the one with most RSS in a reading */
} tide_watcher;

/* Now is the start. The CPU time of the calling thread is what watching costs, from here on. */
void tide_watcher_init(tide_watcher *watcher, const tide_run_options *options, tide_run_result *result,
                       pid_t program);
uint64_t tide_watcher_time_ns(const tide_watcher *watcher); /* since the start */
void tide_watcher_look(tide_watcher *watcher);
/* `pid` is about to end, and its memory is still there: read it, and all of them when that can be the highest sum. What
 * others have is taken as it was read last, so that hundreds may end without being read by hundreds. */
void tide_watcher_see_end(tide_watcher *watcher, pid_t pid);
/* The most RSS that one process has had. */
void tide_watcher_mark(tide_watcher *watcher, uint64_t rss_bytes);
/* The program has ended: fill in the result. `is_one_process`: it never had others, so that its mark bounds all. */
void tide_watcher_finish(tide_watcher *watcher, bool is_one_process);
void tide_watcher_fini(tide_watcher *watcher);
