/* outside/tree: what processes have in memory now, seen from outside: one, several, or with all that they started.
 * Nothing is injected, nobody is stopped.
 *
 *   tidemark get -rv 100                row    pid  depth  kind      pss_bytes
 *   [100] 90.2 MiB (server)              0     100  0      MEASURED  94,580,736
 *     [101] 60.1 MiB (worker)            1     101  1      MEASURED  63,054,848
 *       [102] zombie (sh)                2     102  2      ZOMBIE
 *     [103] in the memory of 100 (sh)    3     103  1      SHARES    shares_with = 100
 *   Total: 150 MiB PSS in 2 processes          total.pss_bytes = 157,635,584
 *
 * A reading is made while processes come and go. What it says of each row is whole: a process that ends before its
 * figures are complete has no row, and is counted in `ended_count`. Processes are read one after the other, so a total
 * is not of one instant: it took `duration_ns`. */
#pragma once
#include "base/vec.h"
#include "proc/smaps_rollup.h"
#include "proc/stat.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef enum tide_process_kind {
    TIDE_PROCESS_MEASURED,
    TIDE_PROCESS_SHARES, /* its memory is that of `shares_with`, and counted there */
    TIDE_PROCESS_ZOMBIE, /* has ended and waits to be reaped: no memory */
    TIDE_PROCESS_KERNEL, /* a kernel thread: no memory of its own */
    TIDE_PROCESS_DENIED, /* may not be read: stat.rss_bytes is all there is, and it is not in the total */
    TIDE_PROCESS_ENDED,  /* a root that is not there */
    TIDE_PROCESS_REUSED, /* a root whose PID is another process's now */
} tide_process_kind;

typedef enum tide_method { TIDE_METHOD_ROLLUP, TIDE_METHOD_SMAPS } tide_method;

typedef struct tide_process {
    pid_t pid;
    uint32_t depth; /* 0: a root */
    tide_process_kind kind;
    tide_method method;            /* of `memory` */
    pid_t shares_with;             /* SHARES only */
    tide_proc_stat stat;           /* of all but ENDED and REUSED */
    tide_proc_smaps_rollup memory; /* MEASURED only; else all 0 */
} tide_process;

typedef struct tide_root {
    pid_t pid;
    uint64_t start_ticks; /* which process is meant; 0: whoever has the PID */
} tide_root;

typedef struct tide_reading {
    TIDE_VEC(tide_process)
    processes;                    /* each root followed by what it started, depth first; each process once */
    tide_proc_smaps_rollup total; /* of the MEASURED ones */
    uint32_t measured_count, denied_count;
    uint32_t ended_count; /* ended while being read, so in no row; roots are rows */
    int shortage;         /* 0, or the errno for which it cannot be made: the tool has no descriptor left */
    bool by_parent;       /* children were found by their parent's PID: this kernel does not list them */
    bool
        is_kcmp_refused; /* to some processes: of them only vfork's children are recognized as sharers, by a guess */
    uint32_t guessed_count; /* SHARES by that guess (measure.c) */
    uint64_t time_ns;       /* CLOCK_MONOTONIC when it began */
    uint64_t duration_ns;
} tide_reading;

/* Read `count` roots and, when `recursive`, all of their descendants. A root that another root started is listed under
 * it, once. Fills `*ret`, which is freed with tide_reading_free; zero it before first use, an older reading in it is
 * replaced. Returns 0 or a negative errno, and then no reading: /proc cannot be read, or not all of it for want of
 * descriptors.
 * Threads: any, one per reading. Cost: per process 20 us, plus what proc/smaps_rollup costs. */
int tide_tree_read(tide_reading *ret, const tide_root *roots, size_t count, bool recursive);
void tide_reading_free(tide_reading *reading);

const char *tide_process_kind_name(tide_process_kind kind); /* "measured"; static */
const char *tide_method_name(tide_method method);           /* "rollup"; static */
