#include "cli/figure_options.h"

static int parse_option(tide_figure_options *options, const char *command, int option, const char *value) {
    switch (option) {
    case TIDE_FIGURE_VERBOSE:
        options->is_verbose = true;
        return TIDE_EXIT_OK;
    case TIDE_FIGURE_BYTES:
        options->is_exact = true;
        return TIDE_EXIT_OK;
    case TIDE_FIGURE_JSON:
        options->is_json = true;
        return TIDE_EXIT_OK;
    case TIDE_FIGURE_OUTPUT:
        options->output_path = value;
        return *value ? TIDE_EXIT_OK : tide_wrong_use(command, "the output file's name is empty");
    default:
        return tide_options_status(option);
    }
}

bool tide_figure_options_parse(tide_figure_options *options, const char *command, const tide_option *table,
                               int argc, char **argv, int *ret_status) {
    const char *value;
    for (int option; (option = tide_options_next(table, false, argc, argv, &value)) != TIDE_OPTIONS_END;) {
        *ret_status = parse_option(options, command, option, value);
        if (*ret_status != TIDE_EXIT_OK || option < 0)
            return false;
    }
    return true;
}
