/* outside/show: readings as people and as programs want them, the same for all commands that measure from outside.
 *
 *   text   PSS                        private    shared       RSS      swap      tide_show_tree
 *          [100] 90.2 MiB (server)   40.1 MiB   100 MiB   140 MiB       0 B
 *            [101] 60.1 MiB (worker) 10.1 MiB   100 MiB   110 MiB       0 B
 *          Total: 150 MiB PSS in 2 processes (private 50.2 MiB, swap 0 B)          tide_show_total
 *   csv    one row for each reading, or for each process of each reading
 *   json   docs/outside.md: {"format": "tidemark-outside", …, "timeline": [samples], …, "peak": {reading}}
 *
 * Nothing that was not measured is shown as 0: text has words, CSV an empty field, JSON null. Whether `out` took it all
 * is the caller's to check. */
#pragma once
#include "outside/tree.h"
#include <stdio.h>

/* ---- text */

typedef struct tide_show_options {
    bool exact_bytes; /* plain numbers, without unit */
    bool is_unicode;
    uint32_t rows_max; /* of a tree; 0: all, else the last row says how many more there are */
} tide_show_options;

/* A row for each process, indented by two blanks for each level, below the names of the columns. */
void tide_show_tree(FILE *out, const tide_reading *reading, const tide_show_options *options);
/* One line. `label`: "Total" or "Peak". Nothing, when nothing was measured. */
void tide_show_total(FILE *out, const char *label, const tide_reading *reading,
                     const tide_show_options *options);
/* A line for each thing that the figures do not say: who ended meanwhile, huge pages, sharing that was guessed. */
void tide_show_remarks(FILE *out, const tide_reading *reading);

/* ---- CSV, for spreadsheets: bytes, seconds, a heading */

/* `start_ns`: CLOCK_MONOTONIC of time 0. `by_process`: rows of processes instead of one for the sum. */
void tide_show_csv_heading(FILE *out, bool by_process);
void tide_show_csv(FILE *out, const tide_reading *reading, uint64_t start_ns, bool by_process);

/* ---- JSON: members of one object, in this order; others may be put between, after a "," where one is needed
 *
 *   tide_show_json_begin(out, "get", recursive);          {"format": …, "version": 1, "command": "get", "recursive": …,
 *   tide_show_json_sample(out, reading, start_ns, true)…   "timeline": [ … , …
 *   tide_show_json_end_samples(out, samples, lost);        ], "samples_count": 2, "lost_count": 0,
 *   tide_show_json_reading(out, "peak", reading, start);   "peak": {…, "processes": […]}
 *   fputs("}\n", out); */

void tide_show_json_begin(FILE *out, const char *command, bool recursive);
/* `is_first`: of the timeline. */
void tide_show_json_sample(FILE *out, const tide_reading *reading, uint64_t start_ns, bool is_first);
void tide_show_json_end_samples(FILE *out, uint64_t samples_count, uint64_t lost_count);
/* `reading` NULL: the member is null. No comma after it. */
void tide_show_json_reading(FILE *out, const char *key, const tide_reading *reading, uint64_t start_ns);
