/* outside/run: run a program, watch its memory from outside, and tell the peak. Nothing is injected: any program will
 * do, static, setuid or a script.
 *
 *   argv ─► find ─► signals, control group ─► fork ─► go ─► loop ─────────────────► result
 *           nothing has been started:                       │
 *           -errno, one clear line                          ├ a look, perhaps a reading     (sampler, family, tree)
 *                                                           ├ signals: passed on            (launch/signals)
 *                                                           └ who has ended: its mark       (wait4; tracer)
 *
 * What the peak is known from:
 *
 *   readings of PSS        at_least: the highest one. Between two of them there may have been more
 *   the kernel's mark      the highest RSS of one process, exact also between readings; PSS is never above RSS. Of a
 *                          program that was one process all the time it bounds the peak: at_most
 *   the control group      exact, of all processes together, but it counts other things (outside/cgroup) */
#pragma once
#include "base/err.h"
#include "outside/cgroup.h"
#include "outside/tree.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum tide_peak_method {
    TIDE_PEAK_NONE, /* nothing could be measured */
    TIDE_PEAK_READ, /* the highest reading of PSS */
    TIDE_PEAK_MARK, /* that, and what the kernel's mark rose above its RSS: the peak came between readings */
    TIDE_PEAK_RSS,  /* RSS: PSS was never read, or may not be */
} tide_peak_method;

typedef struct tide_run_options {
    char *const *argv; /* the program and its arguments */
    bool recursive;    /* it, and all that it starts */
    bool exact;        /* stop processes at their end */
    bool wait_tree;    /* until all of them have ended */
    /* After each reading; `start_ns`: CLOCK_MONOTONIC when the program started. */
    void (*sample)(void *arg, const tide_reading *reading, uint64_t start_ns);
    void (*say)(void *arg, const char *line); /* something the user should know now */
    void *arg;
} tide_run_options;

typedef struct tide_run_result {
    bool is_program_at_fault; /* after an error: as a shell would say of the program */
    int wait_status;          /* of the program */
    uint64_t start_ns;        /* CLOCK_MONOTONIC */
    uint64_t duration_ns;     /* until the program's end */
    uint64_t watched_ns;      /* until watching ended */

    uint64_t peak_bytes;
    tide_peak_method peak_method;
    tide_reading peak;      /* the highest reading of PSS; without processes when there was none */
    uint64_t at_most_bytes; /* PSS; 0: not known */
    uint64_t
        highest_process_bytes; /* the kernel's mark: RSS of the one process that had most; 0: not known */
    uint64_t all_marks_bytes;  /* the sum of all processes' marks, as if all had come at once; exact only */
    bool has_cgroup;
    tide_cgroup_figures cgroup;

    size_t processes_count; /* that were seen; with exact all that were */
    size_t unseen_count;    /* recursive: at most so many more began and ended between two looks */
    size_t looks_count, readings_count;
    uint64_t ended_count;        /* processes that ended while being read */
    uint32_t denied_count;       /* at most, in one reading: processes that may not be read */
    uint64_t cpu_ns;             /* what watching cost */
    bool has_unwatched_children; /* not recursive, and it has started others */
    tide_reading still_running;  /* recursive: who outlived the program */
} tide_run_result;

/* 0 once the program was started, whatever became of it then. `*ret` is the caller's (tide_run_result_free), also after
 * an error. */
int tide_run(tide_run_result *ret, const tide_run_options *options, tide_err *err);
void tide_run_result_free(tide_run_result *result);
