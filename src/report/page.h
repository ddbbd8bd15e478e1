/* report/page: what every format is given, and the words and figures that they share. */
#pragma once
#include "report/grid.h"
#include "report/names.h"
#include "report/report.h"
#include "report/selection.h"

typedef struct tide_report {
    FILE *out;
    const tide_recording *recording;
    const tide_report_options *options;
    const tide_names *names;
    const tide_selection *selection;
} tide_report;

/* A weight's amount: bytes, or a count in the temporary view. Owned (free), as the next two. */
char *tide_page_amount(const tide_report *report, uint64_t amount);
char *tide_page_bytes(const tide_report *report, uint64_t bytes); /* "1.20 MiB", "1,258,291 B" with --bytes */
char *tide_page_count(uint64_t count);
char *tide_page_percent(uint64_t part, uint64_t whole); /* "62.3%" */

/* A line that is broken between words where the screen ends, its further lines `indent` columns in. */
__attribute__((format(printf, 3, 4))) void tide_page_line(const tide_report *report, int indent,
                                                          const char *format, ...);

uint32_t tide_page_limit(const tide_report *report, uint32_t by_default); /* rows; UINT32_MAX: all */

const char *tide_page_view_name(enum tide_view view);  /* as on the command line: "peak" */
const char *tide_page_view_title(enum tide_view view); /* "At the peak" */
/* "2.31 s", or in what an imported file counts: "1,234 instructions". Owned (free). */
char *tide_page_time(const tide_recording *recording, uint64_t time_ns);
bool tide_page_has_blocks(const tide_recording *recording); /* false: blocks were not counted */
/* " in 1,204 blocks"; "" when blocks were not counted. Owned (free). */
char *tide_page_in_blocks(const tide_report *report, uint64_t count, const char *word);
/* How the figures came about: "exactly, nothing lost". Owned (free). */
char *tide_page_measured(const tide_recording *recording);
/* "At the peak, thread worker: 1.20 MiB in 34 blocks" and an empty line. `title` NULL: the view's own words. */
void tide_page_heading(const tide_report *report, const char *title, tide_weight sum, const char *block_word);

void tide_page_print_summary(const tide_report *report);     /* summary.c */
void tide_format_table_print(const tide_report *report);     /* table.c */
void tide_format_tree_print(const tide_report *report);      /* tree.c */
void tide_format_collapsed_print(const tide_report *report); /* collapsed.c */
void tide_format_json_print(const tide_report *report);      /* json.c */
void tide_format_stats_print(const tide_report *report);     /* stats.c */
void tide_format_pages_print(const tide_report *report);     /* pages.c */
void tide_pages_put_json(const tide_report *report);         /* "residency": … */
void tide_format_csv_print(const tide_report *report);
void tide_format_speedscope_print(const tide_report *report);
void tide_format_pprof_print(const tide_report *report);
void tide_format_dhat_print(const tide_report *report);
void tide_format_massif_print(const tide_report *report);
void tide_format_html_print(const tide_report *report);
