/* launch/session: run a program and record it, and with `follow` all that it starts.
 *
 *   argv ─► find, preflight ─► door, signals ─► fork ─► file ─► go ─► loop ─► names ─► result
 *           nothing has been started: -errno, one clear line         │
 *                                                                    ├ door: who asks gets a ledger     (guests)
 *                                                                    ├ each tick: clocks and samples    (target)
 *                                                                    ├ pidfds: who ended is finished    (finisher)
 *                                                                    └ signals: passed on               (signals)
 */
#pragma once
#include "base/err.h"
#include "recording/recording.h"
#include <stdbool.h>
#include <stddef.h>

/* Somebody else who is told of the program while it runs: the live view. All is called from the session's loop, and
 * must not wait for anything. */
typedef struct tide_onlooker {
    int fd; /* readable: `act` has something to do */
    void (*act)(void *arg);
    void (*prepared)(void *arg); /* all that can be known before the start is well */
    bool (*is_ready)(void *arg); /* the program is started as soon as this is true */
    /* A program has its ledger, at `start_ns` by CLOCK_MONOTONIC; after an exec, another one. All borrowed. */
    void (*started)(void *arg, const tide_info *info, uint64_t start_ns, int ledger_fd);
    void (*sampled)(void *arg, const tide_sample *sample);
    /* TIDE_END_EXEC: of a program, the process goes on; else of the process */
    void (*ended)(void *arg, tide_end end);
    void *arg;
} tide_onlooker;

typedef struct tide_session_options {
    char *const *argv;  /* the program and its arguments */
    const char *output; /* the recording's file; with follow FILE.PID; NULL: tidemark-PROGRAM-PID.tide here */
    bool has_no_file;   /* nothing is written, whatever `output` says; without follow */
    const tide_onlooker *onlooker; /* NULL: none; without follow */
    bool force;                    /* replace existing files */
    bool follow;                   /* record what it starts, too */
    uint64_t pages_interval_ns;    /* look at pages so often; 0: never */
    bool debuginfod;               /* ask servers for debug information */
    bool python_allocators;        /* record each object of a Python interpreter, which malloc does not see */
    bool shows_native; /* of a program with an interpreter, whoever looks is to see native frames, too */
    const char *tool_version;
    void (*say)(void *arg, const char *line); /* something the user should know now */
    /* Called some times a second while nothing is left but to find names; at last with `recordings_left` 0. */
    void (*progress)(void *arg, size_t recordings_left, size_t named_codes, size_t all_codes);
    void *arg;
} tide_session_options;

typedef struct tide_recorded { /* one file */
    char *path, *command;      /* owned; path NULL: there is no file */
    tide_end end;
    bool asked; /* the tracker ran in it: the figures mean something */
    uint64_t peak_bytes, allocated_bytes, allocated_blocks, leaked_bytes, leaked_blocks, lost_events;
    bool has_unknown_python; /* of heap/heap.h, like its version */
    uint32_t unknown_python;
} tide_recorded;

typedef struct tide_session_result {
    bool is_program_at_fault; /* after an error: as a shell would say of the program */
    int wait_status;          /* of the program */
    bool is_incomplete;       /* something was not recorded or not written; `say` has told what */
    bool is_interrupted;      /* by a signal while names were looked for: the files have none */
    bool is_called_off;       /* by a signal while the onlooker was waited for: nothing was started */
    char *program, *launcher; /* without follow: what was recorded, what it replaced (exec) or NULL; owned */
    size_t launchers_count;   /* so many programs were replaced, `launcher` is the first */
    TIDE_VEC(tide_recorded) recorded; /* in the order in which they ended */
} tide_session_result;

/* 0 once the program was started, whatever became of it then, or the start was called off. Else nothing was
 * started and nothing is left behind. `*ret` is the caller's (tide_session_result_free). */
int tide_session_run(tide_session_result *ret, const tide_session_options *options, tide_err *err);
void tide_session_result_free(tide_session_result *result);
