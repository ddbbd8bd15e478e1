/* outside/show_run: what tide_run found, for people and for programs. */
#pragma once
#include "outside/run.h"
#include "outside/show.h"
#include <stdio.h>

/* Some lines, after the first processes at the peak when there were several. `is_verbose`: all of them, also one alone,
 * and how the program ended. */
void tide_show_run(FILE *out, const tide_run_result *result, bool is_verbose,
                   const tide_show_options *options);

/* The rest of the object that tide_show_json_begin and the samples have begun. docs/outside.md has the schema. */
void tide_show_run_json(FILE *out, const tide_run_result *result);
