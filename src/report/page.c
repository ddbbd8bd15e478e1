#include "report/page.h"
#include "base/format.h"
#include "report/html_page.h"
#include <errno.h>
#include <stdarg.h>

struct view {
    const char *name, *title;
};

static const struct view views[] = {
    [TIDE_VIEW_PEAK] = {"peak", "At the peak"},
    [TIDE_VIEW_LEAKS] = {"leaks", "Not freed at the end"},
    [TIDE_VIEW_TOTAL] = {"total", "Allocated in total"},
    [TIDE_VIEW_TEMPORARY] = {"temporary", "Temporary: freed before their thread's next allocation"},
};

const tide_report_format tide_report_formats[] = {
    {"table", "a summary, and the functions that allocate", tide_format_table_print},
    {"tree", "from the start what calls what, from what allocates what called it", tide_format_tree_print},
    {"stats", "by size, allocator function, thread and module", tide_format_stats_print, .needs_blocks = true,
     .is_of_heap = true},
    {"pages", "what was resident, and who touched it first: with record --pages", tide_format_pages_print,
     .is_of_heap = true},
    {"json", "everything, exactly: docs/json.md", tide_format_json_print, .is_of_heap = true},
    {"csv", "a line for each call stack, for spreadsheets", tide_format_csv_print},
    {"collapsed", "a line for each call stack, for flame-graph programs", tide_format_collapsed_print},
    {"speedscope", "for speedscope", tide_format_speedscope_print},
    {"pprof", "profile.proto, gzipped: for go tool pprof, Pyroscope", tide_format_pprof_print,
     .is_binary = true},
    {"dhat", "for Valgrind's dh_view.html", tide_format_dhat_print, .needs_blocks = true},
    {"massif", "for ms_print and massif-visualizer, over time", tide_format_massif_print, .wants_steps = true,
     .is_of_heap = true},
    {"html", "a page to look at, in any browser", tide_format_html_print, .wants_steps = true,
     .is_binary = true, .needs_all = true, .is_of_heap = true, .missing = &tide_html_missing},
    {0},
};

const tide_report_format *tide_report_format_find(const char *name) {
    for (const tide_report_format *format = tide_report_formats; format->name; format++)
        if (!strcmp(format->name, name))
            return format;
    return NULL;
}

int tide_report_print(FILE *out, const tide_recording *recording, const tide_report_format *format,
                      const tide_report_options *options, tide_err *err) {
    tide_names names;
    tide_selection selection;
    if (format->needs_all && recording->info.source != TIDE_SOURCE_TIDEMARK)
        return tide_fail(
            err, -ENODATA,
            "%s shows more than an imported file tells: table, tree and speedscope leave that out",
            format->name);
    if (format->needs_blocks && !tide_page_has_blocks(recording))
        return tide_fail(err, -ENODATA, "Massif does not count blocks, which %s is made of", format->name);
    tide_names_init(&names, recording);
    int status = tide_selection_init(&selection, recording, &names, options, err);
    if (!status)
        format->print(&(tide_report){out, recording, options, &names, &selection});
    tide_selection_free(&selection);
    tide_names_free(&names);
    return status;
}

char *tide_page_count(uint64_t count) {
    char text[TIDE_FORMAT_MAX];
    return tide_xstrdup(tide_format_count(text, count));
}

char *tide_page_bytes(const tide_report *report, uint64_t bytes) {
    char text[TIDE_FORMAT_MAX];
    return report->options->exact_bytes ? tide_xasprintf("%s B", tide_format_count(text, bytes))
                                        : tide_xstrdup(tide_format_bytes(text, bytes));
}

char *tide_page_amount(const tide_report *report, uint64_t amount) {
    bool is_count = report->options->view == TIDE_VIEW_TEMPORARY || report->options->are_events;
    return is_count ? tide_page_count(amount) : tide_page_bytes(report, amount);
}

char *tide_page_percent(uint64_t part, uint64_t whole) {
    if (!whole || !part)
        return tide_xstrdup("");
    double percent = 100.0 * (double)part / (double)whole;
    if (part == whole)
        return tide_xstrdup("100%");
    if (percent > 99.9)
        return tide_xstrdup(">99.9%");
    return percent < 0.1 ? tide_xstrdup("<0.1%") : tide_xasprintf("%.1f%%", percent);
}

uint32_t tide_page_limit(const tide_report *report, uint32_t by_default) {
    uint32_t limit = report->options->limit_rows;
    return limit == TIDE_ROWS_ALL ? UINT32_MAX : limit == TIDE_ROWS_DEFAULT ? by_default : limit;
}

const char *tide_page_view_name(enum tide_view view) {
    return views[view].name;
}

const char *tide_page_view_title(enum tide_view view) {
    return views[view].title;
}

char *tide_page_time(const tide_recording *recording, uint64_t time_ns) {
    static const char *const units[] = {[TIDE_CLOCK_INSTRUCTIONS] = "instructions",
                                        [TIDE_CLOCK_BYTES] = "bytes allocated and freed",
                                        [TIDE_CLOCK_UNITS] = "units of time"};
    char text[TIDE_FORMAT_MAX];
    if (recording->info.clock == TIDE_CLOCK_NS)
        return tide_xstrdup(tide_format_duration(text, time_ns));
    return tide_xasprintf("%s %s", tide_format_count(text, time_ns), units[recording->info.clock]);
}

bool tide_page_has_blocks(const tide_recording *recording) {
    return recording->info.source != TIDE_SOURCE_MASSIF;
}

char *tide_page_in_blocks(const tide_report *report, uint64_t count, const char *word) {
    char text[TIDE_FORMAT_MAX];
    return tide_page_has_blocks(report->recording)
               ? tide_xasprintf(" in %s %s%s", tide_format_count(text, count), word, count == 1 ? "" : "s")
               : tide_xstrdup("");
}

char *tide_page_measured(const tide_recording *recording) {
    if (recording->info.source == TIDE_SOURCE_DHAT)
        return tide_xstrdup("exactly, by DHAT; imported");
    if (recording->info.source == TIDE_SOURCE_MASSIF)
        return tide_xstrdup("by Massif at its snapshots, small ones together, blocks not counted; imported");
    uint64_t lost_count = recording->heap.totals.lost_events;
    char *lost = tide_page_count(lost_count);
    char *measured = lost_count
                         ? tide_xasprintf("not all of it: %s event%s lost", lost, lost_count == 1 ? "" : "s")
                         : tide_xstrdup("exactly, nothing lost");
    free(lost);
    return measured;
}

/* Columns of `word`, whose colours take none. */
static size_t word_columns(const char *word, size_t length_bytes) {
    char *text = strndup(word, length_bytes), *escape;
    while ((escape = strchr(text, '\033'))) {
        size_t escape_bytes = strcspn(escape, "m") + 1;
        memmove(escape, escape + escape_bytes, strlen(escape + escape_bytes) + 1);
    }
    size_t columns = tide_text_columns(text);
    free(text);
    return columns;
}

void tide_page_line(const tide_report *report, int indent, const char *format, ...) {
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    size_t width = report->options->width_columns, column = 0;
    for (const char *word = text; *word;) {
        size_t length_bytes = strspn(word, " ");
        length_bytes += strcspn(word + length_bytes, " ");
        size_t columns = word_columns(word, length_bytes);
        if (width && column > (size_t)indent && column + columns > width) {
            fprintf(report->out, "\n%*s", indent, "");
            column = (size_t)indent + columns - strspn(word, " ");
            fprintf(report->out, "%.*s", (int)(length_bytes - strspn(word, " ")), word + strspn(word, " "));
        } else {
            fprintf(report->out, "%.*s", (int)length_bytes, word);
            column += columns;
        }
        word += length_bytes;
    }
    putc('\n', report->out);
    free(text);
}

static void print_lost(const tide_report *report) {
    uint64_t lost_count = report->recording->heap.totals.lost_events;
    char *lost = tide_page_count(lost_count);
    if (lost_count)
        tide_page_line(report, 2, "(%s event%s lost: the figures are not exact)", lost,
                       lost_count == 1 ? "" : "s");
    free(lost);
}

/* ", of what was allocated from 1.00 s to 2.00 s"; "" for the whole run. Owned (free). */
static char *range_suffix(const tide_range *range) {
    char from[TIDE_FORMAT_MAX], to[TIDE_FORMAT_MAX];
    if (!range)
        return tide_xstrdup("");
    return tide_xasprintf(", of what was allocated from %s to %s", tide_format_duration(from, range->from_ns),
                          tide_format_duration(to, range->to_ns));
}

void tide_page_heading(const tide_report *report, const char *title, tide_weight sum,
                       const char *block_word) {
    const tide_report_options *options = report->options;
    bool is_temporary = options->view == TIDE_VIEW_TEMPORARY;
    char *amount = tide_page_amount(report, sum.amount), *count = tide_page_count(sum.blocks);
    char *blocks = is_temporary
                       ? tide_xasprintf(" of %s allocation%s", count, sum.blocks == 1 ? "" : "s")
                       : tide_page_in_blocks(report, sum.blocks, options->are_events ? "event" : block_word);
    if (!title)
        title = options->are_events ? "Ad-hoc events, by weight" : views[options->view].title;
    char *within = range_suffix(options->range);
    char *asked_thread = tide_text_clean(options->thread ? options->thread : ""),
         *asked_filter = tide_text_clean(options->filter ? options->filter_text : "");
    char *thread = options->thread ? tide_xasprintf(", thread %s", asked_thread) : tide_xstrdup("");
    char *filter =
        options->filter ? tide_xasprintf(", stacks matching '%s'", asked_filter) : tide_xstrdup("");
    const char *bold = options->style.has_colour ? "\033[1m" : "",
               *plain = options->style.has_colour ? "\033[m" : "";
    tide_page_line(report, 2, "%s%s%s%s%s:%s %s%s", bold, title, within, thread, filter, plain, amount,
                   blocks);
    free(within);
    free(asked_thread);
    free(asked_filter);
    free(thread);
    free(filter);
    free(amount);
    free(count);
    free(blocks);
    print_lost(report);
    putc('\n', report->out);
}
