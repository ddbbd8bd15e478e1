#include "cli/explain_inside.h"
#include "cli/figure_options.h"
#include "cli/output.h"
#include "proc/numbers.h"
#include "proc/status.h"
#include "report/report.h"
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

const tide_option tide_explain_option_table[] = {
    TIDE_FIGURE_OPTION_ROWS("each stack, everybody it shares with, each file"),
    {NULL},
};

struct explain {
    tide_explain_options show;
    tide_figure_options figures;
    const char *recording; /* NULL: the process `pid` */
    pid_t pid;
};

/* ---- options */

static int parse_operand(struct explain *explain, int count, char **operands) {
    char *end;
    if (count != 1)
        return tide_wrong_use("explain", count ? "one PID or FILE at a time" : "no PID and no FILE given");
    errno = 0;
    long pid = strtol(operands[0], &end, 10);
    if (*operands[0] < '0' || *operands[0] > '9' || *end) {
        explain->recording = operands[0];
        return TIDE_EXIT_OK;
    }
    if (pid == 0 || pid > INT_MAX || errno)
        return tide_wrong_use("explain", "'%s' is no PID", operands[0]);
    explain->pid = tide_proc_process_of((pid_t)pid);
    return TIDE_EXIT_OK;
}

/* True: there is something to do; else `*ret_status` is the answer. */
static bool parse(struct explain *explain, int argc, char **argv, int *ret_status) {
    if (!tide_figure_options_parse(&explain->figures, "explain", tide_explain_option_table, argc, argv,
                                   ret_status))
        return false;
    explain->show.verbose = explain->figures.is_verbose;
    explain->show.exact_bytes = explain->figures.is_exact;
    *ret_status = parse_operand(explain, argc - optind, argv + optind);
    return *ret_status == TIDE_EXIT_OK;
}

/* ---- explaining */

static int show(const struct explain *explain, const tide_account *account,
                const tide_explain_inside *inside) {
    tide_output output;
    tide_partners partners = {0};
    if (!tide_output_open_file(&output, explain->figures.output_path, STDOUT_FILENO))
        return TIDE_EXIT_ERROR;
    int failed = tide_partners_find(&partners, account);
    if (explain->figures.is_json) {
        tide_show_account_json(output.stream, account, &partners, failed);
        if (inside)
            tide_explain_inside_show_json(output.stream, inside);
        fputs("}\n", output.stream);
    } else {
        tide_show_account(output.stream, account, &explain->show);
        tide_show_partners(output.stream, account, &partners, failed, &explain->show);
        if (inside)
            tide_explain_inside_show(output.stream, inside, &explain->show);
    }
    int status = tide_output_close(&output);
    tide_partners_free(&partners);
    return status == TIDE_EXIT_OK && (failed || !account->has_pages) ? TIDE_EXIT_PARTIAL : status;
}

/* A process that is tracked is told of from inside, too. */
static int explain_account(const struct explain *explain, const tide_account *account) {
    tide_explain_inside inside = {0};
    tide_err err;
    int code = tide_explain_inside_read(&inside, account, &err);
    if (code && code != -ENOENT)
        tide_say("%s", err.text);
    int status = show(explain, account, code ? NULL : &inside);
    tide_explain_inside_free(&inside);
    return status == TIDE_EXIT_OK && code && code != -ENOENT ? TIDE_EXIT_PARTIAL : status;
}

/* ---- a recording: what record --pages has seen */

static int show_recording(const struct explain *explain, const tide_recording *recording) {
    tide_output output;
    tide_err err;
    tide_report_options options = {.limit_rows = explain->show.verbose ? TIDE_ROWS_ALL : TIDE_ROWS_DEFAULT,
                                   .exact_bytes = explain->show.exact_bytes};
    const char *format = explain->figures.is_json ? "json" : "pages";
    if (!tide_output_open_file(&output, explain->figures.output_path, STDOUT_FILENO))
        return TIDE_EXIT_ERROR;
    int code = tide_report_print(output.stream, recording, tide_report_format_find(format), &options, &err);
    if (code)
        tide_say("%s", err.text);
    int status = tide_output_close(&output);
    return code ? TIDE_EXIT_ERROR : status == TIDE_EXIT_OK && recording->torn ? TIDE_EXIT_PARTIAL : status;
}

static int explain_recording(const struct explain *explain) {
    tide_recording recording;
    tide_err err;
    int status = TIDE_EXIT_ERROR;
    if (tide_recording_read(&recording, explain->recording, false, &err))
        tide_say("%s", err.text);
    else if (!recording.residency.moments.count)
        tide_say("%s knows nothing of pages: record with --pages", explain->recording);
    else {
        tide_symbols_resolve(&recording.symbols, &recording.heap, &(tide_symbols_options){0});
        status = show_recording(explain, &recording);
    }
    tide_recording_free(&recording);
    return status;
}

int tide_cmd_explain(int argc, char **argv) {
    struct explain explain = {0};
    tide_account account = {0};
    tide_err err;
    int status;
    if (!parse(&explain, argc, argv, &status))
        return status;
    if (explain.recording)
        return explain_recording(&explain);
    status = TIDE_EXIT_ERROR;
    if (tide_proc_numbers_check(&err) || tide_account_read(&account, explain.pid, &err))
        tide_say("%s", err.text);
    else
        status = explain_account(&explain, &account);
    tide_account_free(&account);
    return status;
}
