#include "import/import.h"
#include "base/alloc.h"
#include "base/format.h"
#include "cli/command.h"
#include "cli/progress.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_OUTPUT, OPT_FORCE };
const tide_option tide_import_option_table[] = {
    [OPT_OUTPUT] = {"output", 'o', "FILE", "the recording (default: its name and .tide, here)"},
    [OPT_FORCE] = {"force", 'f', NULL, "overwrite the recording if it exists"},
    {NULL},
};

struct request {
    const char *path, *output_path; /* NULL: made of `path` */
    bool force;
};

/* Returns true when there is a file to read; else `*ret_status` is the answer. */
static bool parse(struct request *request, int argc, char **argv, int *ret_status) {
    const char *value;
    for (int option; (option = tide_options_next(tide_import_option_table, false, argc, argv, &value)) !=
                     TIDE_OPTIONS_END;)
        switch (option) {
        case OPT_OUTPUT:
            request->output_path = value;
            break;
        case OPT_FORCE:
            request->force = true;
            break;
        default:
            *ret_status = tide_options_status(option);
            return false;
        }
    *ret_status = TIDE_EXIT_USAGE;
    if (argc - optind != 1) {
        tide_wrong_use("import", "one file of DHAT or Massif is read");
        return false;
    }
    request->path = argv[optind];
    return true;
}

static int import(const struct request *request, const char *output_path) {
    tide_recording recording;
    tide_err err;
    tide_progress_begin("reading", request->path);
    int failed = tide_import_read(&recording, request->path, &err);
    if (!failed)
        failed = tide_import_write(&recording, output_path, request->force, &err);
    tide_progress_end();
    char peak[TIDE_FORMAT_MAX];
    if (failed)
        tide_say("%s", err.text);
    else
        tide_say("peak %s, in %s; next: tidemark report %s",
                 tide_format_bytes(peak, recording.heap.totals.heap_peak_bytes), output_path, output_path);
    tide_recording_free(&recording);
    return failed ? TIDE_EXIT_ERROR : TIDE_EXIT_OK;
}

int tide_cmd_import(int argc, char **argv) {
    struct request request = {0};
    int status;
    if (!parse(&request, argc, argv, &status))
        return status;
    const char *slash = strrchr(request.path, '/');
    char *output_path = request.output_path ? tide_xstrdup(request.output_path)
                                            : tide_xasprintf("%s.tide", slash ? slash + 1 : request.path);
    status = import(&request, output_path);
    free(output_path);
    return status;
}
