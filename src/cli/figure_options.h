/* cli/figure_options: the options that `explain`, `static` and `malloc` share. They are all that these have. */
#pragma once
#include "cli/command.h"
#include <stdbool.h>

typedef struct tide_figure_options {
    bool is_verbose, is_exact, is_json;
    const char *output_path; /* NULL: standard output */
} tide_figure_options;

enum { TIDE_FIGURE_VERBOSE, TIDE_FIGURE_BYTES, TIDE_FIGURE_JSON, TIDE_FIGURE_OUTPUT };
#define TIDE_FIGURE_OPTION_ROWS(verbose_help)                                                \
    [TIDE_FIGURE_VERBOSE] = {"verbose", 'v', NULL, verbose_help},                            \
    [TIDE_FIGURE_BYTES] = {"bytes", 'b', NULL, "exact bytes"},                               \
    [TIDE_FIGURE_JSON] = {"json", 0, NULL, "all figures for programs, see docs/explain.md"}, \
    [TIDE_FIGURE_OUTPUT] = {"output", 'o', "FILE", "write to FILE, which is replaced"}

/* Read the options of `command`, up to its operands at argv[optind]. False: `*ret_status` is the answer. */
bool tide_figure_options_parse(tide_figure_options *options, const char *command, const tide_option *table,
                               int argc, char **argv, int *ret_status);
