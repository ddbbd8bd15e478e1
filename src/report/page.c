#include "report/page.h"
#include "base/format.h"

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
    {"tree", "callees from the program's start, callers of what allocates", tide_format_tree_print},
    {"collapsed", "one line for each stack, for flame graphs", tide_format_collapsed_print},
    {"json", "everything, exactly; docs/json.md", tide_format_json_print},
    {"stats", "by size, allocator function, thread and module", tide_format_stats_print},
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
    bool is_count = report->options->view == TIDE_VIEW_TEMPORARY;
    return is_count ? tide_page_count(amount) : tide_page_bytes(report, amount);
}

char *tide_page_percent(uint64_t part, uint64_t whole) {
    if (!whole || !part)
        return tide_xstrdup("");
    double percent = 100.0 * (double)part / (double)whole;
    if (part == whole)
        return tide_xstrdup("100%");
    return percent < 0.1 ? tide_xstrdup("<0.1%") : tide_xasprintf("%.1f%%", percent);
}

uint32_t tide_page_limit(const tide_report *report, uint32_t by_default) {
    uint32_t limit = report->options->limit_rows;
    return limit == TIDE_ROWS_ALL ? UINT32_MAX : limit == TIDE_ROWS_DEFAULT ? by_default : limit;
}

const char *tide_page_view_name(enum tide_view view) {
    return views[view].name;
}

void tide_page_heading(const tide_report *report, const char *title, tide_weight sum, const char *block_word) {
    const tide_report_options *options = report->options;
    bool is_temporary = options->view == TIDE_VIEW_TEMPORARY;
    char *amount = tide_page_amount(report, sum.amount), *blocks = tide_page_count(sum.blocks);
    fputs(options->style.has_colour ? "\033[1m" : "", report->out);
    fputs(title ? title : views[options->view].title, report->out);
    if (options->thread)
        fprintf(report->out, ", thread %s", options->thread);
    if (options->filter)
        fprintf(report->out, ", stacks matching '%s'", options->filter_text);
    fputs(options->style.has_colour ? "\033[m" : "", report->out);
    fprintf(report->out, ": %s %s %s %s%s\n\n", amount, is_temporary ? "of" : "in", blocks,
            is_temporary ? "allocation" : block_word, sum.blocks == 1 ? "" : "s");
    free(amount);
    free(blocks);
}
