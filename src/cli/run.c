#include "base/format.h"
#include "cli/command.h"
#include "cli/descriptors.h"
#include "cli/output.h"
#include "cli/run_live.h"
#include "cli/terminal.h"
#include "launch/program.h"
#include "outside/show_run.h"
#include <getopt.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    OPT_RECURSIVE,
    OPT_VERBOSE,
    OPT_WATCH,
    OPT_WAIT,
    OPT_EXACT,
    OPT_BYTES,
    OPT_JSON,
    OPT_CSV,
    OPT_LIVE,
    OPT_LIVE_PORT,
    OPT_NO_WAIT,
    OPT_TRACKED,
    OPT_END = OPT_TRACKED + TIDE_TRACKED_COUNT
};
const tide_option tide_run_option_table[] = {
    [OPT_RECURSIVE] = {"recursive", 'r', NULL,
                       "measure all that it starts, too, also what outlives its parent"},
    [OPT_VERBOSE] = {"verbose", 'v', NULL,
                     "show all processes at the peak, also one alone, and how it ended"},
    [OPT_WATCH] = {"watch", 'w', NULL, "show what it has every second while it runs"},
    [OPT_WAIT] = {"wait-tree", 0, NULL, "with -r: measure until all that it started has ended"},
    [OPT_EXACT] = {"exact", 0, NULL, "stop each process at its end to read it: nothing is missed (ptrace)"},
    [OPT_BYTES] = {"bytes", 0, NULL, "print exact bytes"},
    [OPT_JSON] = {"json", 0, NULL, "print JSON"},
    [OPT_CSV] = {"csv", 0, NULL, "print every reading as a line: seconds, bytes"},
    [OPT_LIVE] = {"live", 0, NULL, "track every allocation, and let 'tidemark live PORT' watch"},
    [OPT_LIVE_PORT] = {"live-port", 0, "N", "with --live: the port, from 1 to 65535 (a free one)"},
    [OPT_NO_WAIT] = {"no-wait", 0, NULL, "with --live: start at once, not when the first viewer comes"},
    TIDE_TRACKED_OPTIONS(OPT_TRACKED, "with --live: ",
                         "write the report to FILE, not to standard error; with --live, a recording"),
    [OPT_END] = {NULL},
};

typedef enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV } format;

struct request {
    tide_run_options run;
    format format;
    bool verbose, watch, exact_bytes;
    tide_output output;
    size_t samples_count;
    uint64_t shown_ns; /* of --watch, since the start */
    bool live;
    tide_run_live live_run;
    const char *only_live,
        *only_outside; /* an option that goes with --live only, or without it only; NULL: none */
};

static const uint64_t WATCH_GAP_NS = 1000000000;

/* ---- while it runs */

/* The program may write between two lines, so that none is replaced in place. */
static void show_now(struct request *request, const tide_reading *reading, uint64_t start_ns) {
    uint64_t time_ns = reading->time_ns - start_ns;
    char pss[TIDE_FORMAT_MAX], at[TIDE_FORMAT_MAX];
    if (request->shown_ns && time_ns < request->shown_ns + WATCH_GAP_NS)
        return;
    request->shown_ns = time_ns;
    tide_say("%s: %s in %u process%s", tide_format_duration(at, time_ns),
             tide_format_bytes(pss, reading->total.pss_bytes), reading->measured_count,
             reading->measured_count == 1 ? "" : "es");
}

static void take_sample(void *arg, const tide_reading *reading, uint64_t start_ns) {
    struct request *request = arg;
    if (request->format == FORMAT_JSON)
        tide_show_json_sample(request->output.stream, reading, start_ns, request->samples_count == 0);
    if (request->format == FORMAT_CSV)
        tide_show_csv(request->output.stream, reading, start_ns, request->verbose);
    if (request->watch)
        show_now(request, reading, start_ns);
    request->samples_count++;
}

static void say_line(void *arg, const char *line) {
    (void)arg;
    tide_say("%s", line);
}

/* ---- the report */

static void show_result(const struct request *request, const tide_run_result *result) {
    tide_show_options options = {.exact_bytes = request->exact_bytes,
                                 .is_unicode = tide_terminal_of(request->output.fd).style.is_unicode};
    if (request->format == FORMAT_JSON)
        tide_show_run_json(request->output.stream, result);
    else if (request->format == FORMAT_TEXT)
        tide_show_run(request->output.stream, result, request->verbose, &options);
}

/* The program's own status; else what is missing. */
static int exit_status(const tide_run_result *result, int output_status) {
    int status = WIFSIGNALED(result->wait_status) ? 128 + WTERMSIG(result->wait_status)
                                                  : WEXITSTATUS(result->wait_status);
    if (status == 0 && output_status == TIDE_EXIT_OK && result->peak_method == TIDE_PEAK_NONE)
        return TIDE_EXIT_PARTIAL;
    return status ? status : output_status;
}

static int run(struct request *request) {
    tide_run_result result;
    tide_err err;
    if (request->format == FORMAT_JSON)
        tide_show_json_begin(request->output.stream, "run", request->run.recursive);
    if (request->format == FORMAT_CSV)
        tide_show_csv_heading(request->output.stream, request->verbose);
    int code = tide_run(&result, &request->run, &err), status = TIDE_EXIT_ERROR;
    signal(SIGPIPE, SIG_IGN); /* a report that nobody reads is an error like another one */
    if (code)
        tide_say("%s", err.text);
    else
        show_result(request, &result);
    int output_status = tide_output_close(&request->output);
    if (code == 0)
        status = exit_status(&result, output_status);
    else if (result.is_program_at_fault)
        status = tide_program_status(code);
    tide_run_result_free(&result);
    return status;
}

/* The program is given SIGPIPE as the tool was. */
static bool open_output(struct request *request) {
    const char *path = request->live_run.tracked.session.output; /* -o is of both kinds */
    struct sigaction given;
    sigaction(SIGPIPE, NULL, &given);
    bool is_open = tide_output_open_file(&request->output, path, STDERR_FILENO);
    sigaction(SIGPIPE, &given, NULL);
    return is_open;
}

/* ---- the command line */

/* Options for watching from outside, and those for a program that is tracked, have nothing to do with each other. */
static void note_kind(struct request *request, int option) {
    if (option < 0 || option == OPT_LIVE || option == OPT_TRACKED + TIDE_TRACKED_OUTPUT)
        return;
    if (option > OPT_LIVE)
        request->only_live = tide_run_option_table[option].name;
    else
        request->only_outside = tide_run_option_table[option].name;
}

static int take_format(struct request *request, format wanted) {
    if (request->format != FORMAT_TEXT && request->format != wanted)
        return tide_wrong_use("run", "--json and --csv: give one of them");
    request->format = wanted;
    return TIDE_EXIT_OK;
}

static int parse_option(struct request *request, int option, const char *value) {
    note_kind(request, option);
    switch (option) {
    case OPT_LIVE:
        request->live = true;
        return TIDE_EXIT_OK;
    case OPT_LIVE_PORT:
        return tide_port_parse("run", value, &request->live_run.port) ? TIDE_EXIT_OK : TIDE_EXIT_USAGE;
    case OPT_NO_WAIT:
        request->live_run.starts_at_once = true;
        return TIDE_EXIT_OK;
    case OPT_RECURSIVE:
        request->run.recursive = true;
        return TIDE_EXIT_OK;
    case OPT_VERBOSE:
        request->verbose = true;
        return TIDE_EXIT_OK;
    case OPT_WATCH:
        request->watch = true;
        return TIDE_EXIT_OK;
    case OPT_WAIT:
        request->run.wait_tree = true;
        return TIDE_EXIT_OK;
    case OPT_EXACT:
        request->run.exact = true;
        return TIDE_EXIT_OK;
    case OPT_BYTES:
        request->exact_bytes = true;
        return TIDE_EXIT_OK;
    case OPT_JSON:
        return take_format(request, FORMAT_JSON);
    case OPT_CSV:
        return take_format(request, FORMAT_CSV);
    default:
        if (option < 0)
            return tide_options_status(option);
        return tide_tracked_take(&request->live_run.tracked, "run", option - OPT_TRACKED, value)
                   ? TIDE_EXIT_OK
                   : TIDE_EXIT_USAGE;
    }
}

int tide_cmd_run(int argc, char **argv) {
    struct request request = {.run = {.sample = take_sample, .say = say_line, .arg = &request}};
    const char *value;
    for (int option;
         (option = tide_options_next(tide_run_option_table, true, argc, argv, &value)) != TIDE_OPTIONS_END;) {
        int status = parse_option(&request, option, value);
        if (status != TIDE_EXIT_OK || option < 0)
            return status;
    }
    if (optind == argc)
        return tide_wrong_use("run", "no program given");
    if (request.run.wait_tree && !request.run.recursive)
        return tide_wrong_use("run", "--wait-tree waits for what -r measures: give both");
    if (request.live ? request.only_outside : request.only_live)
        return tide_wrong_use("run", request.live ? "--%s does not go with --live" : "--%s goes with --live",
                              request.live ? request.only_outside : request.only_live);
    request.run.argv = argv + optind;
    tide_descriptors_occupy();
    if (request.live) {
        request.live_run.tracked.session.argv = request.run.argv;
        return tide_run_live_program(&request.live_run);
    }
    if (!open_output(&request))
        return TIDE_EXIT_ERROR;
    return run(&request);
}
