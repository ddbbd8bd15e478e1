/* report/diff: what grew and what shrank between two recordings, by function.
 *
 *   OLD  parse   own 20  ─┐  by name and module,     parse         20 ─►  50   +30
 *   NEW  parse   own 50   ├► else by name alone ─►   eval          10 ─►   0   −10
 *   OLD  eval    own 10  ─┘                          ─────────────────────────────
 *                                                    selection     30 ─►  50   +20    own figures add up to it
 *
 * Addresses of two builds say nothing of each other: functions without a name are one row for each module. */
#pragma once
#include "report/report.h"
#include "report/selection.h"

typedef struct tide_diff_row {
    char *function;            /* owned */
    const char *module;        /* borrowed from a side's names; "": not known */
    char *where;               /* as tide_names_where, in the newer that has it; owned */
    tide_weight before, after; /* own */
} tide_diff_row;

typedef struct tide_diff_part {
    TIDE_VEC(tide_diff_row) rows; /* the largest change first; those as they were are there too, last */
    tide_weight before, after;    /* sums of the rows */
    bool has_blocks;              /* both sides counted them */
} tide_diff_part;

typedef struct tide_diff_side {
    const char *path; /* borrowed, as the next */
    const tide_recording *recording;
    tide_names names;
    tide_selection selection;
} tide_diff_side;

typedef struct tide_diff {
    const tide_report_options *options; /* borrowed */
    tide_diff_side before, after;
    tide_diff_part heap, mapped;
} tide_diff;

/* -ENOENT: no such thread in one of them; `err` says which there are. Freed with tide_diff_free also then. */
int tide_diff_init(tide_diff *diff, const char *const paths[2], const tide_recording *const recordings[2],
                   const tide_report_options *options, tide_err *err);
void tide_diff_free(tide_diff *diff);

typedef struct tide_diff_format {
    const char *name, *summary;
    void (*print)(FILE *out, const tide_diff *diff);
    bool is_binary; /* these two as in tide_report_format */
    const char *const *missing;
} tide_diff_format;
extern const tide_diff_format tide_diff_formats[]; /* ends with a NULL name; the first is the default */

void tide_diff_table_print(FILE *out, const tide_diff *diff); /* diff_table.c */
void tide_diff_json_print(FILE *out, const tide_diff *diff);  /* diff_json.c */
void tide_diff_html_print(FILE *out, const tide_diff *diff);  /* diff_html.c */
