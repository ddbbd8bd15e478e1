/* cli/view_options: the options that `report` and `diff` share: what is looked at, and how figures look.
 *
 *   enum { OPT_FORMAT, …, OPT_VIEW };                          OPT_VIEW and what follows are the shared ones
 *   … option_table[] = {[OPT_FORMAT] = …, TIDE_VIEW_OPTION_ROWS(OPT_VIEW), {NULL}};
 *   default: return tide_view_option(&view, "diff", option - OPT_VIEW, value); */
#pragma once
#include "cli/command.h"
#include "report/report.h"

enum {
    TIDE_VIEW_OPTION_PEAK,
    TIDE_VIEW_OPTION_LEAKS,
    TIDE_VIEW_OPTION_TOTAL,
    TIDE_VIEW_OPTION_TEMPORARY,
    TIDE_VIEW_OPTION_LIMIT,
    TIDE_VIEW_OPTION_THREAD,
    TIDE_VIEW_OPTION_FILTER,
    TIDE_VIEW_OPTION_NATIVE,
    TIDE_VIEW_OPTION_BYTES,
};
#define TIDE_VIEW_OPTION_ROWS(first)                                                                         \
    [(first) +                                                                                               \
        TIDE_VIEW_OPTION_PEAK] = {"peak", 0, NULL, "what was live when the heap was largest (default)"},     \
        [(first) + TIDE_VIEW_OPTION_LEAKS] = {"leaks", 0, NULL, "what was not freed at the end"},            \
        [(first) + TIDE_VIEW_OPTION_TOTAL] = {"total", 0, NULL, "all that was ever allocated"},              \
        [(first) + TIDE_VIEW_OPTION_TEMPORARY] = {"temporary", 0, NULL,                                      \
                                                  "allocations freed before their thread's next one"},       \
        [(first) +                                                                                           \
            TIDE_VIEW_OPTION_LIMIT] = {"limit", 'n', "ROWS", "rows of a table, branches of a tree; 0: all"}, \
        [(first) + TIDE_VIEW_OPTION_THREAD] = {"thread", 't', "NAME",                                        \
                                               "only what this thread allocated; a name or a number"},       \
        [(first) + TIDE_VIEW_OPTION_FILTER] = {"filter", 0, "REGEX",                                         \
                                               "only stacks with a function or file that matches"},          \
        [(first) +                                                                                           \
            TIDE_VIEW_OPTION_NATIVE] = {"native", 0, NULL, "of a Python program, show native frames, too"},  \
        [(first) + TIDE_VIEW_OPTION_BYTES] = {"bytes", 'b', NULL, "exact bytes instead of KiB, MiB, GiB"}

typedef struct tide_view_request { /* .options.limit_rows = TIDE_ROWS_DEFAULT, all else zero, at first */
    tide_report_options options;
    regex_t filter; /* when options.filter points to it */
    bool has_view, shows_native;
} tide_view_request;

/* Take one; `option`: 0 is the first of them. `command`: for messages. Returns the exit status. */
int tide_view_option(tide_view_request *request, const char *command, int option, const char *value);
void tide_view_request_free(tide_view_request *view);
