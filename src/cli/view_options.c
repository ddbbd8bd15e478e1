#include "cli/view_options.h"
#include <errno.h>
#include <stdlib.h>

static int take_view(tide_view_request *request, enum tide_view view) {
    request->options.view = view;
    request->has_view = true;
    return TIDE_EXIT_OK;
}

static int parse_limit(tide_view_request *request, const char *command, const char *text) {
    char *end;
    errno = 0;
    unsigned long long rows = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || rows >= TIDE_ROWS_DEFAULT)
        return tide_wrong_use(command, "'%s' is no number of rows", text);
    request->options.limit_rows = (uint32_t)rows;
    return TIDE_EXIT_OK;
}

static int parse_filter(tide_view_request *request, const char *command, const char *text) {
    if (request->options.filter)
        regfree(&request->filter);
    request->options.filter = NULL;
    int code = regcomp(&request->filter, text, REG_EXTENDED | REG_NOSUB);
    if (code) {
        char why[128];
        regerror(code, &request->filter, why, sizeof why);
        return tide_wrong_use(command, "'%s' is no regular expression: %s", text, why);
    }
    request->options.filter = &request->filter;
    request->options.filter_text = text;
    return TIDE_EXIT_OK;
}

int tide_view_option(tide_view_request *request, const char *command, int option, const char *value) {
    switch (option) {
    case TIDE_VIEW_OPTION_PEAK:
        return take_view(request, TIDE_VIEW_PEAK);
    case TIDE_VIEW_OPTION_LEAKS:
        return take_view(request, TIDE_VIEW_LEAKS);
    case TIDE_VIEW_OPTION_TOTAL:
        return take_view(request, TIDE_VIEW_TOTAL);
    case TIDE_VIEW_OPTION_TEMPORARY:
        return take_view(request, TIDE_VIEW_TEMPORARY);
    case TIDE_VIEW_OPTION_LIMIT:
        return parse_limit(request, command, value);
    case TIDE_VIEW_OPTION_THREAD:
        request->options.thread = value;
        return TIDE_EXIT_OK;
    case TIDE_VIEW_OPTION_FILTER:
        return parse_filter(request, command, value);
    case TIDE_VIEW_OPTION_NATIVE:
        request->shows_native = true;
        return TIDE_EXIT_OK;
    case TIDE_VIEW_OPTION_BYTES:
    default:
        request->options.exact_bytes = true;
        return TIDE_EXIT_OK;
    }
}

void tide_view_request_free(tide_view_request *view) {
    if (view->options.filter)
        regfree(&view->filter);
}
