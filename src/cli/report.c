#include "report/report.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "heap/foreground.h"
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPT_FORMAT,
    OPT_LIST_FORMATS,
    OPT_OUTPUT,
    OPT_PEAK,
    OPT_LEAKS,
    OPT_TOTAL,
    OPT_TEMPORARY,
    OPT_SORT,
    OPT_LIMIT,
    OPT_THREAD,
    OPT_FILTER,
    OPT_FROM,
    OPT_TO,
    OPT_NATIVE,
    OPT_BYTES
};
const tide_option tide_report_option_table[] = {
    [OPT_FORMAT] = {"format", 'F', "NAME", "table (default), tree, html, json, pprof, and others"},
    [OPT_LIST_FORMATS] = {"list-formats", 0, NULL, "what formats there are, and what for"},
    [OPT_OUTPUT] = {"output", 'o', "FILE", "write the report there, not to standard output"},
    [OPT_PEAK] = {"peak", 0, NULL, "what was live when the heap was largest (default)"},
    [OPT_LEAKS] = {"leaks", 0, NULL, "what was not freed at the end"},
    [OPT_TOTAL] = {"total", 0, NULL, "all that was ever allocated"},
    [OPT_TEMPORARY] = {"temporary", 0, NULL, "allocations freed before their thread's next one"},
    [OPT_SORT] = {"sort", 's', "KEY", "order of the table: own (default), total or allocations"},
    [OPT_LIMIT] = {"limit", 'n', "ROWS", "rows of a table, branches of a tree, sites of json; 0: all"},
    [OPT_THREAD] = {"thread", 't', "NAME", "only what this thread allocated; a name or a number"},
    [OPT_FILTER] = {"filter", 0, "REGEX", "only stacks with a function or file that matches"},
    [OPT_FROM] = {"from", 0, "TIME", "only what was allocated from then on: 1.5s, 200ms, 2m"},
    [OPT_TO] = {"to", 0, "TIME", "only up to then; without a view: what was live then"},
    [OPT_NATIVE] = {"native", 0, NULL, "of a Python program, show native frames, too"},
    [OPT_BYTES] = {"bytes", 'b', NULL, "exact bytes instead of KiB, MiB, GiB"},
    {NULL},
};

struct request {
    const char *path, *output_path; /* NULL: standard output */
    const tide_report_format *format;
    tide_report_options options;
    regex_t filter;
    bool is_listing, has_view, has_range, shows_native;
    tide_foreground foreground;
    tide_range range; /* with has_range */
    tide_history history;
    tide_steps steps;
};

/* ---- options */

static int parse_format(struct request *request, const char *name) {
    request->format = tide_report_format_find(name);
    if (request->format && request->format->missing && *request->format->missing) {
        tide_say("no %s here: %s", name, *request->format->missing);
        return TIDE_EXIT_ERROR;
    }
    if (request->format)
        return TIDE_EXIT_OK;
    char list[256] = "";
    for (const tide_report_format *format = tide_report_formats; format->name; format++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "", format->name);
    return tide_wrong_use("report", "unknown format '%s'; there are: %s", name, list);
}

static int parse_sort(struct request *request, const char *key) {
    static const char *const keys[] = {
        [TIDE_SORT_OWN] = "own", [TIDE_SORT_TOTAL] = "total", [TIDE_SORT_ALLOCATIONS] = "allocations"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(keys[i], key)) {
            request->options.sort = (enum tide_sort)i;
            return TIDE_EXIT_OK;
        }
    return tide_wrong_use("report", "cannot sort by '%s'; there are: own, total, allocations", key);
}

static int parse_limit(struct request *request, const char *text) {
    char *end;
    errno = 0;
    unsigned long long rows = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || rows >= TIDE_ROWS_DEFAULT)
        return tide_wrong_use("report", "'%s' is no number of rows", text);
    request->options.limit_rows = (uint32_t)rows;
    return TIDE_EXIT_OK;
}

static int parse_filter(struct request *request, const char *text) {
    if (request->options.filter)
        regfree(&request->filter);
    request->options.filter = NULL;
    int code = regcomp(&request->filter, text, REG_EXTENDED | REG_NOSUB);
    if (code) {
        char why[128];
        regerror(code, &request->filter, why, sizeof why);
        return tide_wrong_use("report", "'%s' is no regular expression: %s", text, why);
    }
    request->options.filter = &request->filter;
    request->options.filter_text = text;
    return TIDE_EXIT_OK;
}

static int parse_time(uint64_t *ret_ns, struct request *request, const char *text) {
    if (!tide_value_time_ns(text, ret_ns))
        return tide_wrong_use("report", "'%s' is no time: 1.5s, 200ms or 2m would be", text);
    request->has_range = true;
    return TIDE_EXIT_OK;
}

static int take_view(struct request *request, enum tide_view view) {
    request->options.view = view;
    request->has_view = true;
    return TIDE_EXIT_OK;
}

static int parse_option(struct request *request, int option, const char *value) {
    switch (option) {
    case OPT_FORMAT:
        return parse_format(request, value);
    case OPT_LIST_FORMATS:
        request->is_listing = true;
        return TIDE_EXIT_OK;
    case OPT_OUTPUT:
        request->output_path = value;
        return TIDE_EXIT_OK;
    case OPT_PEAK:
        return take_view(request, TIDE_VIEW_PEAK);
    case OPT_LEAKS:
        return take_view(request, TIDE_VIEW_LEAKS);
    case OPT_TOTAL:
        return take_view(request, TIDE_VIEW_TOTAL);
    case OPT_TEMPORARY:
        return take_view(request, TIDE_VIEW_TEMPORARY);
    case OPT_SORT:
        return parse_sort(request, value);
    case OPT_LIMIT:
        return parse_limit(request, value);
    case OPT_THREAD:
        request->options.thread = value;
        return TIDE_EXIT_OK;
    case OPT_FILTER:
        return parse_filter(request, value);
    case OPT_FROM:
        return parse_time(&request->range.from_ns, request, value);
    case OPT_TO:
        return parse_time(&request->range.to_ns, request, value);
    case OPT_BYTES:
        request->options.exact_bytes = true;
        return TIDE_EXIT_OK;
    case OPT_NATIVE:
        request->shows_native = true;
        return TIDE_EXIT_OK;
    default:
        return tide_options_status(option);
    }
}

static void list_formats(void) {
    for (const tide_report_format *format = tide_report_formats; format->name; format++)
        printf("%-11s %s\n", format->name, format->summary);
}

/* Returns true when there is a report to print; else `*ret_status` is the answer. */
static bool parse(struct request *request, int argc, char **argv, int *ret_status) {
    const char *value;
    for (int option; (option = tide_options_next(tide_report_option_table, false, argc, argv, &value)) !=
                     TIDE_OPTIONS_END;) {
        *ret_status = parse_option(request, option, value);
        if (*ret_status != TIDE_EXIT_OK || option < 0)
            return false;
    }
    *ret_status = request->is_listing ? TIDE_EXIT_OK : TIDE_EXIT_USAGE;
    if (request->is_listing)
        list_formats();
    else if (optind == argc)
        tide_wrong_use("report", "no recording given");
    else if (optind + 1 < argc)
        tide_wrong_use("report", "one recording at a time, not also '%s'", argv[optind + 1]);
    else if (request->has_range && request->range.to_ns <= request->range.from_ns)
        tide_wrong_use("report", "the range ends before it begins");
    else if (request->has_range && request->has_view && request->options.view == TIDE_VIEW_PEAK)
        tide_wrong_use("report", "a range has no peak: --leaks is what was live at its end");
    else if (request->format->is_binary && !request->output_path && isatty(STDOUT_FILENO))
        tide_wrong_use("report", "%s is nothing to read: give --output FILE", request->format->name);
    else
        request->path = argv[optind];
    return request->path != NULL;
}

/* ---- the report */

/* A recording brings function names; lines of installed debug files, and all of a recording without an end, are looked
 * up here, if this is the machine. */
static void complete_names(tide_recording *recording) {
    tide_symbols_resolve(&recording->symbols, &recording->heap, &(tide_symbols_options){0});
}

static int tell_missing(const tide_recording *recording, const char *path) {
    uint64_t lost_count = recording->heap.totals.lost_events;
    if (lost_count)
        tide_say("%s is not all of it: %" PRIu64 " event%s lost, so the figures are not exact", path,
                 lost_count, lost_count == 1 ? " was" : "s were");
    if (recording->torn)
        tide_say("%s is cut: byte %" PRIu64 " and what follows are missing", path,
                 recording->torn_offset_bytes);
    else if (recording->end.kind == TIDE_END_NONE)
        tide_say("%s has no end: it was not closed, and what came later is missing", path);
    else if (!lost_count)
        return TIDE_EXIT_OK;
    return TIDE_EXIT_PARTIAL;
}

static int print_report(const struct request *request, const tide_recording *recording) {
    tide_output output;
    tide_err err;
    if (isatty(STDOUT_FILENO) && !request->output_path)
        tide_progress_end(); /* the report itself is to be seen */
    if (!tide_output_open_file(&output, request->output_path, STDOUT_FILENO)) {
        tide_progress_end();
        return TIDE_EXIT_ERROR;
    }
    int code = tide_report_print(output.stream, recording, request->format, &request->options, &err);
    tide_progress_end();
    int status = tide_output_close(&output);
    if (code) {
        tide_say("%s", err.text);
        return TIDE_EXIT_ERROR;
    }
    return status;
}

/* What is asked for of the time between start and end is taken down while the file is read. */
static void see_moment(void *arg, const tide_heap *heap, const tide_change *changes, size_t change_count) {
    struct request *request = arg;
    if (request->has_range)
        tide_range_see(&request->range, heap, changes, change_count);
    else if (request->format->wants_history)
        tide_history_see(&request->history, heap, changes, change_count);
    else if (request->format->wants_steps)
        tide_steps_see(&request->steps, heap, changes, change_count);
}

static int read_recording(tide_recording *ret, struct request *request, tide_err *err) {
    int code = tide_recording_watch(ret, request->path, see_moment, request, err);
    if (!code && request->has_range)
        code = tide_range_cut(&request->range, ret, err);
    return code;
}

static int report(struct request *request) {
    tide_recording recording;
    tide_err err;
    tide_progress_begin("reading", request->path);
    int code = read_recording(&recording, request, &err);
    int status = TIDE_EXIT_ERROR;
    if (code) {
        tide_progress_end();
        tide_say("%s", err.text);
    } else {
        tide_progress_begin("reporting on", request->path);
        complete_names(&recording);
        if (!request->shows_native && !recording.info.shows_native)
            tide_foreground_show(&request->foreground, &recording.heap);
        status = print_report(request, &recording);
        if (status == TIDE_EXIT_OK)
            status = tell_missing(&recording, request->path);
    }
    tide_recording_free(&recording);
    return status;
}

int tide_cmd_report(int argc, char **argv) {
    struct request request = {
        .format = &tide_report_formats[0],
        .options = {.limit_rows = TIDE_ROWS_DEFAULT, .history = &request.history, .steps = &request.steps},
        .range = {.to_ns = UINT64_MAX}};
    int status;
    if (parse(&request, argc, argv, &status)) {
        tide_terminal terminal = request.output_path ? (tide_terminal){0} : tide_terminal_of(STDOUT_FILENO);
        if (request.has_range)
            request.options.range = &request.range;
        if (request.has_range && !request.has_view)
            request.options.view = TIDE_VIEW_LEAKS;
        request.options.width_columns = terminal.columns;
        request.options.style = terminal.style;
        status = report(&request);
    }
    if (request.options.filter)
        regfree(&request.filter);
    tide_range_free(&request.range);
    tide_history_free(&request.history);
    tide_steps_free(&request.steps);
    tide_foreground_free(&request.foreground);
    return status;
}
