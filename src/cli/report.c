#include "report/report.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/reading.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "cli/view_options.h"
#include "report/given.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPT_FORMAT,
    OPT_LIST_FORMATS,
    OPT_OUTPUT,
    OPT_SORT,
    OPT_FROM,
    OPT_TO,
    OPT_EVENTS,
    OPT_VIEW /* and those after it */
};
const tide_option tide_report_option_table[] = {
    [OPT_FORMAT] = {"format", 'F', "NAME", "table (default), tree, html, json, pprof, and others"},
    [OPT_LIST_FORMATS] = {"list-formats", 0, NULL, "what formats there are, and what for"},
    [OPT_OUTPUT] = {"output", 'o', "FILE", "write the report there, not to standard output"},
    [OPT_SORT] = {"sort", 's', "KEY", "order of the table: own (default), total or allocations"},
    [OPT_FROM] = {"from", 0, "TIME", "only what was allocated from then on: 1.5s, 200ms, 2m"},
    [OPT_TO] = {"to", 0, "TIME", "only up to then; without a view: what was live then"},
    [OPT_EVENTS] = {"events", 0, NULL, "the program's own ad-hoc events, by weight, not allocations"},
    TIDE_VIEW_OPTION_ROWS(OPT_VIEW),
    {NULL},
};

struct request {
    const char *path, *output_path; /* NULL: standard output */
    const tide_report_format *format;
    tide_view_request view;
    bool is_listing, has_range;
    tide_range range; /* with has_range */
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
            request->view.options.sort = (enum tide_sort)i;
            return TIDE_EXIT_OK;
        }
    return tide_wrong_use("report", "cannot sort by '%s'; there are: own, total, allocations", key);
}

static int parse_time(uint64_t *ret_ns, struct request *request, const char *text) {
    if (!tide_value_time_ns(text, ret_ns))
        return tide_wrong_use("report", "'%s' is no time: 1.5s, 200ms or 2m would be", text);
    request->has_range = true;
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
    case OPT_SORT:
        return parse_sort(request, value);
    case OPT_FROM:
        return parse_time(&request->range.from_ns, request, value);
    case OPT_TO:
        return parse_time(&request->range.to_ns, request, value);
    case OPT_EVENTS:
        request->view.options.are_events = true;
        return TIDE_EXIT_OK;
    default:
        return option < 0 ? tide_options_status(option)
                          : tide_view_option(&request->view, "report", option - OPT_VIEW, value);
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
    else if (request->has_range && request->view.has_view && request->view.options.view == TIDE_VIEW_PEAK)
        tide_wrong_use("report", "a range has no peak: --leaks is what was live at its end");
    else if (request->view.options.are_events && request->format->is_of_heap)
        tide_wrong_use("report", "%s is of the heap, not for --events (json has them without it)",
                       request->format->name);
    else if (request->format->is_binary && !request->output_path && isatty(STDOUT_FILENO))
        tide_wrong_use("report", "%s is nothing to read: give --output FILE", request->format->name);
    else
        request->path = argv[optind];
    return request->path != NULL;
}

/* ---- the report */

static int print_report(const struct request *request, const tide_recording *recording) {
    tide_output output;
    tide_err err;
    if (isatty(STDOUT_FILENO) && !request->output_path)
        tide_progress_end(); /* the report itself is to be seen */
    if (!tide_output_open_file(&output, request->output_path, STDOUT_FILENO)) {
        tide_progress_end();
        return TIDE_EXIT_ERROR;
    }
    int code = tide_report_print(output.stream, recording, request->format, &request->view.options, &err);
    tide_progress_end();
    int status = tide_output_close(&output);
    if (code)
        tide_say("%s", err.text);
    return code ? TIDE_EXIT_ERROR : status;
}

/* What is asked for of the time between start and end is taken down while the file is read. */
static void see_moment(void *arg, const tide_recording *so_far, const tide_change *changes,
                       size_t change_count) {
    const tide_heap *heap = &so_far->heap;
    struct request *request = arg;
    if (request->has_range)
        tide_range_see(&request->range, heap, changes, change_count);
    else if (request->format->wants_steps)
        tide_steps_see(&request->steps, heap, changes, change_count);
}

/* False, after a line on stderr: the recording has nothing of the range. */
static bool cut_range(struct request *request, tide_recording *recording) {
    tide_err err;
    if (!request->has_range || !tide_range_cut(&request->range, recording, &err))
        return true;
    tide_progress_end();
    tide_say("%s", err.text);
    return false;
}

/* False, after a line on stderr: there are none. */
static bool take_events(const struct request *request, tide_recording *recording) {
    if (!request->view.options.are_events || tide_given_take_events(recording))
        return true;
    tide_progress_end();
    tide_say("%s has no ad-hoc events: the program counts them with tide_event", request->path);
    return false;
}

static int report(struct request *request) {
    tide_reading reading;
    int status = TIDE_EXIT_ERROR;
    if (tide_reading_open(&reading, request->path, &request->view, see_moment, request) &&
        cut_range(request, &reading.recording) && take_events(request, &reading.recording)) {
        status = print_report(request, &reading.recording);
        if (status == TIDE_EXIT_OK)
            status = tide_reading_status(&reading, request->path);
    }
    tide_reading_close(&reading);
    return status;
}

int tide_cmd_report(int argc, char **argv) {
    struct request request = {.format = &tide_report_formats[0],
                              .view.options = {.limit_rows = TIDE_ROWS_DEFAULT, .steps = &request.steps},
                              .range = {.to_ns = UINT64_MAX}};
    tide_report_options *options = &request.view.options;
    int status;
    if (parse(&request, argc, argv, &status)) {
        tide_terminal terminal = request.output_path ? (tide_terminal){0} : tide_terminal_of(STDOUT_FILENO);
        options->width_columns = terminal.columns;
        options->style = terminal.style;
        options->range = request.has_range ? &request.range : NULL;
        if (request.has_range && !request.view.has_view)
            options->view = TIDE_VIEW_LEAKS;
        if (options->are_events)
            options->view = TIDE_VIEW_TOTAL;
        status = report(&request);
    }
    tide_view_request_free(&request.view);
    tide_range_free(&request.range);
    tide_steps_free(&request.steps);
    return status;
}
