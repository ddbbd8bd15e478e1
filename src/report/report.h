/* report: one file per output format, all reading the same three things.
 *
 *   recording ─► names      what each code is called                            names.h
 *             ─► selection  what each site weighs under the view and filters     selection.h
 *             └► format     table · tree · collapsed · json · …                 one file each, rows of `formats` */
#pragma once
#include "base/err.h"
#include "base/text.h"
#include "recording/recording.h"
#include "report/range.h"
#include "report/steps.h"
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>

enum tide_view { TIDE_VIEW_PEAK, TIDE_VIEW_LEAKS, TIDE_VIEW_TOTAL, TIDE_VIEW_TEMPORARY };
enum tide_sort { TIDE_SORT_OWN, TIDE_SORT_TOTAL, TIDE_SORT_ALLOCATIONS };

enum { TIDE_ROWS_ALL = 0, TIDE_ROWS_DEFAULT = UINT32_MAX };

typedef struct tide_report_options {
    enum tide_view view;
    enum tide_sort sort;
    uint32_t limit_rows;     /* TIDE_ROWS_DEFAULT: what suits the format */
    const char *thread;      /* tid or name; NULL: all */
    const char *filter_text; /* as given, for headings; NULL: all */
    const regex_t *filter;   /* stacks with a frame whose "function file" matches; NULL: all */
    uint32_t width_columns;  /* of the terminal; 0: not a terminal, nothing is cut */
    bool exact_bytes;        /* --bytes */
    const tide_range *range; /* that the recording was cut to; NULL: the whole run */
    const tide_steps *steps; /* for formats that want them; else NULL */
    bool are_events;         /* sites weigh what tide_given_take_events has put there */
    tide_style style;
} tide_report_options;

struct tide_report; /* report/page.h */

typedef struct tide_report_format {
    const char *name, *summary;
    void (*print)(const struct tide_report *report);
    bool wants_steps;           /* options->steps */
    bool is_binary;             /* nothing for a terminal */
    bool needs_all;             /* that Tidemark records: for nothing imported */
    bool needs_blocks;          /* says nothing where blocks were not counted */
    bool is_of_heap;            /* not for ad-hoc events alone */
    const char *const *missing; /* why this build cannot print it; NULL, or points to NULL: it can */
} tide_report_format;

extern const tide_report_format tide_report_formats[]; /* ends with a NULL name; the first is the default */
const tide_report_format *tide_report_format_find(const char *name); /* NULL: no such format */

/* Write `recording` to `out` as `format`. -ENOENT: no such thread, `err` says which there are. -ENODATA:
 * an imported file does not have what is asked for. Whether `out` took it
 * all is the caller's to check. Cost: O(the recording's tables). */
int tide_report_print(FILE *out, const tide_recording *recording, const tide_report_format *format,
                      const tide_report_options *options, tide_err *err);
