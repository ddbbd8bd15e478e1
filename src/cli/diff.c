#include "report/diff.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/reading.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "cli/view_options.h"
#include "report/page.h"
#include <getopt.h>
#include <string.h>
#include <unistd.h>

enum { OPT_FORMAT, OPT_OUTPUT, OPT_FAIL_ABOVE, OPT_VIEW /* and those after it */ };
const tide_option tide_diff_option_table[] = {
    [OPT_FORMAT] = {"format", 'F', "NAME", "table (default), json or html"},
    [OPT_OUTPUT] = {"output", 'o', "FILE", "write it there, not to standard output"},
    [OPT_FAIL_ABOVE] = {"fail-above", 0, "SIZE", "exit with 1 when it grew by more: 0, 64K, 1.5M"},
    TIDE_VIEW_OPTION_ROWS(OPT_VIEW),
    {NULL},
};

struct request {
    const char *paths[2], *output_path; /* older, newer; NULL: standard output */
    const tide_diff_format *format;
    tide_view_request view;
    uint64_t most_bytes; /* UINT64_MAX: any growth is fine */
};

static int check_format(const tide_diff_format *format) {
    if (!format->missing || !*format->missing)
        return TIDE_EXIT_OK;
    tide_say("no %s here: %s", format->name, *format->missing);
    return TIDE_EXIT_ERROR;
}

static int parse_format(struct request *request, const char *name) {
    char list[128] = "";
    for (request->format = tide_diff_formats; request->format->name; request->format++) {
        if (!strcmp(request->format->name, name))
            return check_format(request->format);
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "",
                 request->format->name);
    }
    return tide_wrong_use("diff", "unknown format '%s'; there are: %s", name, list);
}

static int parse_option(struct request *request, int option, const char *value) {
    switch (option) {
    case OPT_FORMAT:
        return parse_format(request, value);
    case OPT_OUTPUT:
        request->output_path = value;
        return TIDE_EXIT_OK;
    case OPT_FAIL_ABOVE:
        if (!tide_value_bytes(value, &request->most_bytes))
            return tide_wrong_use("diff", "'%s' is no size: 65536, 64K or 1.5M would be", value);
        return TIDE_EXIT_OK;
    default:
        return option < 0 ? tide_options_status(option)
                          : tide_view_option(&request->view, "diff", option - OPT_VIEW, value);
    }
}

/* Returns true when there are two recordings to compare; else `*ret_status` is the answer. */
static bool parse(struct request *request, int argc, char **argv, int *ret_status) {
    const char *value;
    for (int option; (option = tide_options_next(tide_diff_option_table, false, argc, argv, &value)) !=
                     TIDE_OPTIONS_END;) {
        *ret_status = parse_option(request, option, value);
        if (*ret_status != TIDE_EXIT_OK || option < 0)
            return false;
    }
    *ret_status = TIDE_EXIT_USAGE;
    if (argc - optind != 2) {
        tide_wrong_use("diff", "two recordings are compared, the older one first");
        return false;
    }
    if (request->most_bytes != UINT64_MAX && request->view.options.view == TIDE_VIEW_TEMPORARY) {
        tide_wrong_use("diff", "temporary allocations have no size that --fail-above could be held against");
        return false;
    }
    if (request->format->is_binary && !request->output_path && isatty(STDOUT_FILENO)) {
        tide_wrong_use("diff", "%s is nothing to read: give --output FILE", request->format->name);
        return false;
    }
    request->paths[0] = argv[optind];
    request->paths[1] = argv[optind + 1];
    return true;
}

static int print_diff(const struct request *request, const tide_diff *diff) {
    tide_output output;
    if (isatty(STDOUT_FILENO) && !request->output_path)
        tide_progress_end();
    if (!tide_output_open_file(&output, request->output_path, STDOUT_FILENO))
        return TIDE_EXIT_ERROR;
    request->format->print(output.stream, diff);
    return tide_output_close(&output);
}

/* Of the heap and what was mapped beside it. */
static int check_growth(const struct request *request, const tide_diff *diff) {
    uint64_t before = diff->heap.before.amount + diff->mapped.before.amount,
             after = diff->heap.after.amount + diff->mapped.after.amount;
    if (after <= before || after - before <= request->most_bytes)
        return TIDE_EXIT_OK;
    tide_report page = {.options = &(tide_report_options){.exact_bytes = true}};
    char *grown = tide_page_bytes(&page, after - before), *most = tide_page_bytes(&page, request->most_bytes);
    tide_say("grown by %s, which is more than %s", grown, most);
    free(grown);
    free(most);
    return TIDE_EXIT_ERROR;
}

static int compare(const struct request *request, const tide_reading readings[2]) {
    const tide_recording *const recordings[] = {&readings[0].recording, &readings[1].recording};
    tide_diff diff;
    tide_err err;
    int code = tide_diff_init(&diff, request->paths, recordings, &request->view.options, &err);
    int status = code ? TIDE_EXIT_ERROR : print_diff(request, &diff);
    tide_progress_end();
    if (code)
        tide_say("%s", err.text);
    for (int i = 0; i < 2 && status != TIDE_EXIT_ERROR; i++)
        if (tide_reading_status(&readings[i], request->paths[i]) != TIDE_EXIT_OK)
            status = TIDE_EXIT_PARTIAL;
    if (status == TIDE_EXIT_OK || status == TIDE_EXIT_PARTIAL) {
        int growth = check_growth(request, &diff);
        status = growth == TIDE_EXIT_OK ? status : growth;
    }
    tide_diff_free(&diff);
    return status;
}

int tide_cmd_diff(int argc, char **argv) {
    struct request request = {.format = &tide_diff_formats[0],
                              .view.options = {.limit_rows = TIDE_ROWS_DEFAULT},
                              .most_bytes = UINT64_MAX};
    int status;
    if (parse(&request, argc, argv, &status)) {
        tide_reading readings[2] = {0};
        tide_terminal terminal = request.output_path ? (tide_terminal){0} : tide_terminal_of(STDOUT_FILENO);
        request.view.options.width_columns = terminal.columns;
        request.view.options.style = terminal.style;
        status = TIDE_EXIT_ERROR;
        if (tide_reading_open(&readings[0], request.paths[0], &request.view, NULL, NULL) &&
            tide_reading_open(&readings[1], request.paths[1], &request.view, NULL, NULL))
            status = compare(&request, readings);
        tide_reading_close(&readings[0]);
        tide_reading_close(&readings[1]);
    }
    tide_view_request_free(&request.view);
    return status;
}
