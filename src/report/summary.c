#include "base/format.h"
#include "report/page.h"
#include <inttypes.h>
#include <time.h>

enum { LABEL_COLUMNS = 13 };

static void line(const tide_report *report, const char *label, const char *text) {
    tide_page_line(report, LABEL_COLUMNS, "  %-*s%s", LABEL_COLUMNS - 2, label, text);
}

/* Prints and frees `text`. */
static void line_owned(const tide_report *report, const char *label, char *text) {
    line(report, label, text);
    free(text);
}

static tide_counts sum_heap(const tide_heap *heap) {
    tide_counts sum = {0};
    for (size_t i = 0; i < heap->sites.count; i++) {
        const tide_counts *counts = &heap->sites.at[i].counts;
        if (heap->sites.at[i].kind == TIDE_MMAP)
            continue;
        sum.allocated_bytes += counts->allocated_bytes;
        sum.allocated_blocks += counts->allocated_blocks;
        sum.freed_bytes += counts->freed_bytes;
        sum.freed_blocks += counts->freed_blocks;
        sum.peak_blocks += counts->peak_blocks;
        sum.temporary_blocks += counts->temporary_blocks;
    }
    return sum;
}

static void print_head(const tide_report *report) {
    const tide_info *info = &report->recording->info;
    const tide_style *style = &report->options->style;
    char *clean = tide_text_clean(info->command ? info->command : "");
    char *command = tide_text_fit(clean, report->options->width_columns, style);
    fprintf(report->out, "%s%s%s\n\n", style->has_colour ? "\033[1m" : "", command,
            style->has_colour ? "\033[m" : "");
    free(command);
    free(clean);
    char when[32] = "";
    time_t start = (time_t)(info->start_unix_ns / 1000000000u);
    struct tm tm;
    if (localtime_r(&start, &tm))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &tm);
    char *host = tide_text_clean(info->host ? info->host : "");
    line_owned(report, "recorded",
               info->source ? tide_xasprintf("%s, by another tool", when)
                            : tide_xasprintf("%s on %s, process %" PRIu32, when, host, info->pid));
    free(host);
}

static char *ending(const tide_end *end) {
    switch ((enum tide_end_kind)end->kind) {
    case TIDE_END_EXITED:
        return tide_xasprintf("exit status %" PRIu32 "%s", end->status, end->quick ? " (by _exit)" : "");
    case TIDE_END_SIGNALED: {
        const char *name = end->status < 65 ? sigabbrev_np((int)end->status) : NULL;
        return name ? tide_xasprintf("killed by SIG%s", name)
                    : tide_xasprintf("killed by signal %" PRIu32, end->status);
    }
    case TIDE_END_EXEC:
        return tide_xstrdup("replaced itself by another program (exec)");
    case TIDE_END_DETACHED:
        return tide_xstrdup("left running");
    case TIDE_END_GONE:
        return tide_xstrdup("status not known");
    case TIDE_END_NONE:
    default:
        return tide_xstrdup("not known: the recording breaks off");
    }
}

static void print_end(const tide_report *report) {
    const tide_recording *recording = report->recording;
    char *how = ending(&recording->end),
         *duration = tide_page_time(recording, recording->heap.totals.time_ns);
    line_owned(report, "ended", tide_xasprintf("%s, after %s", how, duration));
    free(how);
    free(duration);
}

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

static char *percent_suffix(uint64_t part, uint64_t whole) {
    char *percent = tide_page_percent(part, whole);
    char *suffix = *percent ? tide_xasprintf(" (%s)", percent) : tide_xstrdup("");
    free(percent);
    return suffix;
}

static void print_total(const tide_report *report, const tide_counts *sum) {
    char *bytes = tide_page_bytes(report, sum->allocated_bytes),
         *blocks = tide_page_in_blocks(report, sum->allocated_blocks, "allocation");
    line_owned(report, "total", tide_xasprintf("%s%s", bytes, blocks));
    free(bytes);
    free(blocks);
}

static void print_temporary(const tide_report *report, const tide_counts *sum) {
    char count[TIDE_FORMAT_MAX], *share = percent_suffix(sum->temporary_blocks, sum->allocated_blocks);
    line_owned(report, "temporary",
               tide_xasprintf("%s of them%s: freed before their thread's next allocation",
                              tide_format_count(count, sum->temporary_blocks), share));
    free(share);
}

static void print_heap(const tide_report *report) {
    const tide_totals *totals = &report->recording->heap.totals;
    tide_counts sum = sum_heap(&report->recording->heap);
    char *bytes = tide_page_bytes(report, totals->heap_peak_bytes),
         *blocks = tide_page_in_blocks(report, sum.peak_blocks, "block"),
         *when = tide_page_time(report->recording, totals->peak_time_ns);
    line_owned(report, "peak", tide_xasprintf("%s%s, at %s", bytes, blocks, when));
    free(bytes);
    free(blocks);
    free(when);
    if (tide_selection_knows(report->recording, TIDE_VIEW_TOTAL))
        print_total(report, &sum);
    if (tide_selection_knows(report->recording, TIDE_VIEW_TEMPORARY))
        print_temporary(report, &sum);
    bool is_whole = report->recording->end.kind == TIDE_END_EXITED;
    bytes = tide_page_bytes(report, sum.allocated_bytes - sum.freed_bytes);
    blocks = tide_page_in_blocks(report, sum.allocated_blocks - sum.freed_blocks, "block");
    line_owned(report, is_whole ? "leaked" : "live",
               tide_xasprintf("%s%s, not freed at the end%s", bytes, blocks,
                              is_whole ? "" : "; it need not have leaked"));
    free(bytes);
    free(blocks);
}

/* The figures of a range; those of the whole run would be taken for them. */
static void print_range(const tide_report *report) {
    const tide_range *range = report->options->range;
    tide_counts sum = sum_heap(&report->recording->heap);
    char a[TIDE_FORMAT_MAX], b[TIDE_FORMAT_MAX], *live, *most;
    uint64_t live_bytes = sum.allocated_bytes - sum.freed_bytes;
    line_owned(report, "range",
               tide_xasprintf("from %s to %s, the moments in the recording around what was asked for",
                              tide_format_duration(a, range->from_ns),
                              tide_format_duration(b, range->to_ns)));
    print_total(report, &sum);
    live = tide_page_bytes(report, live_bytes);
    most = tide_page_bytes(report, range->live_bytes_max);
    line_owned(report, "live",
               live_bytes == range->live_bytes_max
                   ? tide_xasprintf("%s of it at the range's end", live)
                   : tide_xasprintf("%s of it at the range's end at least, %s at most", live, most));
    free(live);
    free(most);
}

static void print_outside(const tide_report *report) {
    const tide_recording *recording = report->recording;
    char *bytes;
    if (recording->heap.totals.mapped_peak_bytes) {
        bytes = tide_page_bytes(report, recording->heap.totals.mapped_peak_bytes);
        line_owned(report, "mapped", tide_xasprintf("%s at most by mmap, beside the heap", bytes));
        free(bytes);
    }
    uint64_t rss_bytes = 0;
    for (size_t i = 0; i < recording->samples.count; i++)
        if (recording->samples.at[i].rss_bytes > rss_bytes)
            rss_bytes = recording->samples.at[i].rss_bytes;
    bytes = tide_page_bytes(report, rss_bytes);
    line_owned(report, "resident",
               rss_bytes ? tide_xasprintf("%s at most (RSS)", bytes) : tide_xstrdup("not measured"));
    free(bytes);
}

static void print_measured(const tide_report *report) {
    const tide_recording *recording = report->recording;
    const tide_totals *totals = &recording->heap.totals;
    char foreign[TIDE_FORMAT_MAX], *how = tide_page_measured(recording);
    char *frees = totals->foreign_frees ? tide_xasprintf("; %s free%s of blocks never seen allocated",
                                                         tide_format_count(foreign, totals->foreign_frees),
                                                         plural(totals->foreign_frees))
                                        : tide_xstrdup("");
    char *own = tide_page_bytes(report, totals->own_bytes);
    line_owned(report, "measured", tide_xasprintf("%s%s", how, frees));
    if (recording->info.source == TIDE_SOURCE_TIDEMARK)
        line_owned(report, "", tide_xasprintf("(Tidemark's own %s in the process are not counted)", own));
    free(how);
    free(frees);
    free(own);
    if (recording->torn)
        line_owned(report, "torn",
                   tide_xasprintf("the file is cut: nothing is known after byte %" PRIu64,
                                  recording->torn_offset_bytes));
}

void tide_page_print_summary(const tide_report *report) {
    print_head(report);
    print_end(report);
    if (report->options->range)
        print_range(report);
    else if (!report->options->are_events) {
        print_heap(report);
        print_outside(report);
    }
    print_measured(report);
    putc('\n', report->out);
}
