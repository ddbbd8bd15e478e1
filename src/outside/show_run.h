/* outside/show_run: what tide_run found, for people and for programs. */
#pragma once
#include "outside/run.h"
#include "outside/show.h"
#include <stdio.h>

/* Some lines; `has_tree`: first the processes at the peak. */
void tide_show_run(FILE *out, const tide_run_result *result, bool has_tree, const tide_show_options *options);

/* The rest of the object that tide_show_json_begin and the samples have begun. docs/outside.md has the schema. */
void tide_show_run_json(FILE *out, const tide_run_result *result);
