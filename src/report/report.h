/* report: one file per output format, all reading the same two things: a recording and what to show of it. */
#pragma once
#include "base/err.h"
#include "recording/recording.h"
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>

enum tide_view { TIDE_VIEW_PEAK, TIDE_VIEW_LEAKS, TIDE_VIEW_TOTAL, TIDE_VIEW_TEMPORARY };
enum tide_sort { TIDE_SORT_TOTAL, TIDE_SORT_OWN, TIDE_SORT_BLOCKS };

typedef struct tide_report_options {
    enum tide_view view;
    enum tide_sort sort;
    uint32_t limit_rows;      /* 0: all */
    const char *thread;       /* tid or name; NULL: all */
    const regex_t *filter;    /* on "function file"; NULL: all */
    uint32_t width_columns;   /* of the terminal; 0: not a terminal, nothing is cut */
    bool exact_bytes;         /* --bytes */
} tide_report_options;

typedef struct tide_report_format {
    const char *name, *summary;
    int (*print)(FILE *out, const tide_recording *recording, const tide_report_options *options, tide_err *err);
} tide_report_format;

extern const tide_report_format tide_report_formats[]; /* ends with a NULL name; the first is the default */
