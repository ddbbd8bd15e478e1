/* cli/record: a program that is started with the tracker in it: by record, by run --live and by live -- PROGRAM. What
 * can be said of all three is defined here, once:
 *
 *   enum { OPT_LIVE, OPT_TRACKED };
 *   const tide_option table[] = {[OPT_LIVE] = …, TIDE_TRACKED_OPTIONS(OPT_TRACKED, "with --live: ", "…"), {NULL}};
 *   … case OPT_TRACKED + TIDE_TRACKED_FIRST … TIDE_TRACKED_LAST ─► tide_tracked_take ─► tide_record_session */
#pragma once
#include "cli/command.h"
#include "launch/session.h"

enum tide_tracked_option {
    TIDE_TRACKED_OUTPUT,
    TIDE_TRACKED_FORCE,
    TIDE_TRACKED_QUIET,
    TIDE_TRACKED_DEBUGINFOD,
    TIDE_TRACKED_NATIVE,
    TIDE_TRACKED_PYTHON_ALLOCATORS,
    TIDE_TRACKED_PAGES,
    TIDE_TRACKED_COUNT,
};

/* Rows of a command's table from index `first` on. `when`: "with --live: ", or "" where they go without saying. */
#define TIDE_TRACKED_OPTIONS(first, when, output_summary)                                                   \
    [(first) +                                                                                              \
        TIDE_TRACKED_OUTPUT] = {"output", 'o', "FILE", output_summary},                                     \
        [(first) + TIDE_TRACKED_FORCE] = {"force", 'f', NULL, when "replace an existing file"},             \
        [(first) + TIDE_TRACKED_QUIET] = {"quiet", 'q', NULL, when "sum nothing up at the end"},            \
        [(first) + TIDE_TRACKED_DEBUGINFOD] = {"debuginfod", 0, NULL,                                       \
                                               when                                                         \
                                               "ask the servers in DEBUGINFOD_URLS for debug information"}, \
        [(first) +                                                                                          \
            TIDE_TRACKED_NATIVE] = {"native", 0, NULL, "of a Python program, show native frames, too"},     \
        [(first) + TIDE_TRACKED_PYTHON_ALLOCATORS] =                                                        \
            {"python-allocators", 0, NULL,                                                                  \
             when "of a Python program, see each object; else those above 512 bytes, and buffers"},         \
        [(first) + TIDE_TRACKED_PAGES] = {"pages", 0, "[=INTERVAL]",                                        \
                                          when "look at what is resident, too (every 100ms)"}

typedef struct tide_tracked {
    tide_session_options session; /* argv is left to the command */
    bool quiet;
} tide_tracked;

/* `option`: its index less `first`. False, after a line on stderr: the value makes no sense. */
bool tide_tracked_take(tide_tracked *tracked, const char *command, int option, const char *value);

/* Run it and tell on stderr what came of it, unless it is to be quiet; the words for the user (say, progress,
 * tool_version) are filled in here. Returns the exit status: the program's own, or TIDE_EXIT_OK when the start was
 * called off. */
int tide_record_session(const tide_tracked *tracked);
