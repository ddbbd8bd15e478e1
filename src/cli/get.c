#include "cli/get.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "outside/top.h"
#include "proc/numbers.h"
#include "proc/status.h"
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { OPT_RECURSIVE, OPT_VERBOSE, OPT_WATCH, OPT_TOP, OPT_BYTES, OPT_JSON, OPT_CSV, OPT_OUTPUT };
const tide_option tide_get_option_table[] = {
    [OPT_RECURSIVE] = {"recursive", 'r', NULL, "also what the processes started, and so on"},
    [OPT_VERBOSE] = {"verbose", 'v', NULL, "a line for each process, as a tree"},
    [OPT_WATCH] = {"watch", 'w', "[=SECONDS]", "repeat until Ctrl-C or the end, then tell the peak"},
    [OPT_TOP] = {"top", 'n', "ROWS", "no PID: the processes of the system that have most"},
    [OPT_BYTES] = {"bytes", 'b', NULL, "exact bytes; without -v and -w just the number"},
    [OPT_JSON] = {"json", 0, NULL, "all figures for programs, see docs/outside.md"},
    [OPT_CSV] = {"csv", 0, NULL, "a row for each reading, with -v for each process"},
    [OPT_OUTPUT] = {"output", 'o', "FILE", "write to FILE, which is replaced"},
    {NULL},
};

static const uint64_t GAP_DEFAULT_NS =
    100000000; /* short peaks show; the budget makes it longer where it costs */

/* ---- options */

static int parse_gap(tide_get *get, const char *text) {
    char *end;
    double seconds = strtod(text + (*text == '='), &end);
    if (*end || end == text || !isfinite(seconds) || seconds <= 0 || seconds > 1e9)
        return tide_wrong_use("get", "'%s' is no number of seconds", text);
    get->gap_ns = (uint64_t)(seconds * 1e9);
    return TIDE_EXIT_OK;
}

static int parse_rows(tide_get *get, const char *text) {
    char *end;
    errno = 0;
    unsigned long rows = strtoul(text, &end, 10);
    if (*text < '1' || *text > '9' || *end || errno || rows > UINT32_MAX)
        return tide_wrong_use("get", "'%s' is no number of rows", text);
    get->top_rows = (uint32_t)rows;
    return TIDE_EXIT_OK;
}

static int take_form(tide_get *get, enum tide_get_form form) {
    if (get->form != TIDE_GET_TEXT && get->form != form)
        return tide_wrong_use("get", "--json and --csv: give one of them");
    get->form = form;
    return TIDE_EXIT_OK;
}

static int parse_option(tide_get *get, int option, const char *value) {
    switch (option) {
    case OPT_RECURSIVE:
        get->recursive = true;
        return TIDE_EXIT_OK;
    case OPT_VERBOSE:
        get->verbose = true;
        return TIDE_EXIT_OK;
    case OPT_WATCH:
        get->is_watch = true;
        return value ? parse_gap(get, value) : TIDE_EXIT_OK;
    case OPT_TOP:
        return parse_rows(get, value);
    case OPT_BYTES:
        get->show.exact_bytes = true;
        return TIDE_EXIT_OK;
    case OPT_JSON:
        return take_form(get, TIDE_GET_JSON);
    case OPT_CSV:
        return take_form(get, TIDE_GET_CSV);
    case OPT_OUTPUT:
        get->output_path = value;
        return *value ? TIDE_EXIT_OK : tide_wrong_use("get", "the output file's name is empty");
    default:
        return tide_options_status(option);
    }
}

static int parse_pid(tide_get *get, const char *text) {
    char *end;
    errno = 0;
    long pid = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || *end)
        return tide_wrong_use("get", "'%s' is no PID", text);
    if (pid == 0 || pid > INT_MAX || errno)
        return tide_wrong_use("get", "%s is no PID: they are 1 to %d", text, INT_MAX);
    tide_vec_push(&get->roots)->pid = tide_proc_process_of((pid_t)pid); /* top -H and htop show threads */
    return TIDE_EXIT_OK;
}

static int parse_operands(tide_get *get, int argc, char **argv) {
    if (get->top_rows && (get->recursive || get->is_watch || optind < argc))
        return tide_wrong_use("get", "--top looks once at all processes: no PID, -r or -w with it");
    if (!get->top_rows && optind == argc)
        return tide_wrong_use("get", "no PID given");
    for (; optind < argc; optind++)
        if (parse_pid(get, argv[optind]) != TIDE_EXIT_OK)
            return TIDE_EXIT_USAGE;
    return TIDE_EXIT_OK;
}

/* Returns true when there is something to measure; else `*ret_status` is the answer. */
static bool parse(tide_get *get, int argc, char **argv, int *ret_status) {
    const char *value;
    for (int option; (option = tide_options_next(tide_get_option_table, false, argc, argv, &value)) !=
                     TIDE_OPTIONS_END;) {
        *ret_status = parse_option(get, option, value);
        if (*ret_status != TIDE_EXIT_OK || option < 0)
            return false;
    }
    *ret_status = parse_operands(get, argc, argv);
    return *ret_status == TIDE_EXIT_OK;
}

/* ---- what it says */

/* Why there are no figures of a root; NULL: there are some, or it may not be read. */
static const char *why_absent(const tide_process *process) {
    if (process->kind == TIDE_PROCESS_ENDED)
        return "there is no such process";
    if (process->kind == TIDE_PROCESS_ZOMBIE)
        return "it has ended (zombie) and has no memory";
    return process->kind == TIDE_PROCESS_KERNEL ? "a kernel thread has no memory of its own" : NULL;
}

/* Both say it on stderr, and return how many. */
static size_t tell_absent(const tide_reading *reading) {
    size_t absent_count = 0;
    for (size_t i = 0; i < reading->processes.count; i++) {
        const tide_process *process = &reading->processes.at[i];
        const char *why = process->depth == 0 ? why_absent(process) : NULL;
        if (why)
            tide_say("nothing to measure at PID %d: %s", (int)process->pid, why);
        absent_count += why != NULL;
    }
    return absent_count;
}
static size_t tell_denied(size_t count) {
    if (count)
        tide_say("%zu process%s may not be read and %s not in the total (that needs CAP_PERFMON)", count,
                 count == 1 ? "" : "es", count == 1 ? "is" : "are");
    return count;
}

void tide_get_print_text(FILE *out, const tide_get *get, const char *label, const tide_reading *reading) {
    if (get->verbose || get->top_rows || !reading->measured_count)
        tide_show_tree(out, reading, &get->show);
    tide_show_total(out, label, reading, &get->show);
    tide_show_remarks(out, reading);
}

static void print_json(FILE *out, const tide_get *get, const tide_reading *reading) {
    tide_show_json_begin(out, "get", get->recursive);
    tide_show_json_sample(out, reading, reading->time_ns, true);
    tide_show_json_end_samples(out, 1, reading->ended_count);
    tide_show_json_reading(out, "peak", reading, reading->time_ns);
    fputs("}\n", out);
}

static void print_once(FILE *out, const tide_get *get, tide_reading *reading) {
    bool by_process = get->verbose || get->top_rows;
    if (get->top_rows && get->form != TIDE_GET_TEXT && reading->processes.count > get->top_rows)
        reading->processes.count = get->top_rows;
    if (get->form == TIDE_GET_JSON)
        print_json(out, get, reading);
    else if (get->form == TIDE_GET_CSV) {
        tide_show_csv_heading(out, by_process);
        tide_show_csv(out, reading, reading->time_ns, by_process);
    } else if (!get->show.exact_bytes || by_process)
        tide_get_print_text(out, get, "Total", reading);
    else if (reading->measured_count)
        fprintf(out, "%" PRIu64 "\n", reading->total.pss_bytes);
}

/* ---- measuring */

bool tide_get_read(const tide_get *get, tide_reading *reading) {
    int failed = get->top_rows ? tide_top_read(reading)
                               : tide_tree_read(reading, get->roots.at, get->roots.count, get->recursive);
    if (failed)
        tide_say("cannot read /proc: %s", strerror(-failed));
    return !failed;
}

/* `reading`: the first one, in which there is something. */
static int show(tide_get *get, tide_reading *reading, size_t absent_count) {
    tide_output output;
    if (!tide_output_open_file(&output, get->output_path, STDOUT_FILENO))
        return TIDE_EXIT_ERROR;
    get->show.is_unicode = tide_terminal_of(output.fd).style.is_unicode;
    get->show.rows_max = get->top_rows;
    size_t denied_count = reading->denied_count;
    if (get->is_watch)
        denied_count = tide_get_watch(get, &output, reading);
    else
        print_once(output.stream, get, reading);
    int status = tide_output_close(&output);
    bool is_partial = tell_denied(denied_count) + absent_count > 0;
    return status == TIDE_EXIT_OK && is_partial ? TIDE_EXIT_PARTIAL : status;
}

static int measure(tide_get *get) {
    tide_reading reading = {0};
    tide_err err;
    int status = TIDE_EXIT_ERROR;
    if (tide_proc_numbers_check(&err))
        tide_say("%s", err.text);
    else if (tide_get_read(get, &reading)) {
        size_t absent_count = tell_absent(&reading);
        if (reading.measured_count || reading.denied_count)
            status = show(get, &reading, absent_count);
    }
    tide_reading_free(&reading);
    return status;
}

int tide_cmd_get(int argc, char **argv) {
    tide_get get = {.gap_ns = GAP_DEFAULT_NS};
    int status;
    if (parse(&get, argc, argv, &status))
        status = measure(&get);
    tide_vec_free(&get.roots);
    return status;
}
