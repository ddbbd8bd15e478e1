#include "cli/record.h"
#include "base/format.h"
#include "base/text.h"
#include "cli/descriptors.h"
#include "cli/values.h"
#include "launch/program.h"
#include "launch/session.h"
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPT_TRACKED, OPT_FOLLOW = OPT_TRACKED + TIDE_TRACKED_COUNT, OPT_END };
const tide_option tide_record_option_table[] = {
    TIDE_TRACKED_OPTIONS(OPT_TRACKED, "", "write the recording to FILE (tidemark-PROGRAM-PID.tide)"),
    [OPT_FOLLOW] = {"follow", 0, NULL, "record each process and program that it starts, too, into FILE.PID"},
    [OPT_END] = {NULL},
};

static void say_line(void *arg, const char *line) {
    (void)arg;
    tide_say("%s", line);
}

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

static void show_progress(void *arg, size_t recordings_left, size_t named_codes, size_t all_codes) {
    if (*(const bool *)arg || !isatty(STDERR_FILENO))
        return;
    fputs("\r\033[K", stderr);
    if (recordings_left)
        fprintf(stderr, "looking up names: %zu of %zu places, %zu recording%s to go", named_codes, all_codes,
                recordings_left, plural(recordings_left));
    fflush(stderr);
}

/* ---- summary */

enum { COMMAND_COLUMNS = 60 };

/* What a person would type to see it. Owned (free). */
static char *quoted(const char *path) {
    char *const argv[] = {strdup(path), NULL};
    char *text = tide_program_quote(argv);
    free(argv[0]);
    return text;
}

static void tell_how_to_read(const tide_recorded *recorded) {
    char *tool = quoted(program_invocation_name), *path = quoted(recorded->path);
    tide_say("next: %s report %s", tool, path);
    free(path);
    free(tool);
}

static void tell_unknown_python(uint32_t version) {
    char text[32] = "before 3.11";
    if (version)
        snprintf(text, sizeof text, "%u.%u", version >> 24, version >> 16 & 0xff);
    tide_say(
        "Python %s is not one whose functions can be told (3.11, 3.12 and 3.13 are): native frames are shown",
        text);
}

static void tell_one(const tide_recorded *recorded) {
    char blocks[TIDE_FORMAT_MAX], total[TIDE_FORMAT_MAX], peak[TIDE_FORMAT_MAX];
    char leaked[TIDE_FORMAT_MAX], leaked_blocks[TIDE_FORMAT_MAX], lost[TIDE_FORMAT_MAX];
    if (!recorded->asked) {
        tide_say("nothing was recorded: the program ended before it loaded libtidemark.so, or did not heed "
                 "LD_PRELOAD%s%s%s",
                 recorded->path ? "; " : "", recorded->path ? recorded->path : "",
                 recorded->path ? " is empty" : "");
        return;
    }
    /* Only a program that ran to its end had its chance to free everything. */
    bool is_over = recorded->end.kind == TIDE_END_EXITED && !recorded->end.quick;
    tide_say("%s allocation%s, %s together, peak %s, %s %s in %s block%s",
             tide_format_count(blocks, recorded->allocated_blocks), plural(recorded->allocated_blocks),
             tide_format_bytes(total, recorded->allocated_bytes),
             tide_format_bytes(peak, recorded->peak_bytes), is_over ? "leaked" : "not freed",
             tide_format_bytes(leaked, recorded->leaked_bytes),
             tide_format_count(leaked_blocks, recorded->leaked_blocks), plural(recorded->leaked_blocks));
    if (recorded->lost_events)
        tide_say("%s events were lost: the figures are too low",
                 tide_format_count(lost, recorded->lost_events));
    if (recorded->has_unknown_python)
        tell_unknown_python(recorded->unknown_python);
    if (recorded->end.kind == TIDE_END_EXEC)
        tide_say("the program replaced itself by another one (exec), which did not load libtidemark.so: "
                 "the recording ends there");
    if (recorded->path)
        tell_how_to_read(recorded);
}

static void tell_many(const tide_session_result *result) {
    const tide_recorded *highest = &result->recorded.at[0];
    for (size_t i = 1; i < result->recorded.count; i++)
        if (result->recorded.at[i].peak_bytes > highest->peak_bytes)
            highest = &result->recorded.at[i];
    char count[TIDE_FORMAT_MAX], peak[TIDE_FORMAT_MAX];
    char *clean = tide_text_clean(highest->command);
    char *command = tide_text_fit(clean, COMMAND_COLUMNS, &(tide_style){0});
    tide_say("%s programs were recorded, each in a file of its own; the highest peak, %s, is that of: %s",
             tide_format_count(count, result->recorded.count), tide_format_bytes(peak, highest->peak_bytes),
             command);
    free(command);
    free(clean);
    tell_how_to_read(highest);
}

/* The program that was typed started another one in its place: say which one the figures are about. */
static void tell_launcher(const tide_session_result *result) {
    char *program = tide_text_clean(result->program), *launcher = tide_text_clean(result->launcher);
    if (result->launchers_count == 1)
        tide_say("recorded %s, which %s was replaced by; --follow keeps both", program, launcher);
    else
        tide_say(
            "recorded %s, the last of %zu programs that replaced one another, from %s on; --follow keeps all",
            program, result->launchers_count + 1, launcher);
    free(program);
    free(launcher);
}

static void tell(const tide_session_result *result) {
    if (result->launchers_count)
        tell_launcher(result);
    if (result->recorded.count == 1)
        tell_one(&result->recorded.at[0]);
    else if (result->recorded.count)
        tell_many(result);
}

/* The program's own status; 1 where that would be 0, though something of the recording is missing. */
static int exit_status(const tide_session_result *result) {
    int status = WIFSIGNALED(result->wait_status) ? 128 + WTERMSIG(result->wait_status)
                                                  : WEXITSTATUS(result->wait_status);
    return status == 0 && (result->is_incomplete || result->is_interrupted) ? TIDE_EXIT_ERROR : status;
}

int tide_record_session(const tide_tracked *tracked) {
    tide_session_result result;
    tide_session_options options = tracked->session;
    bool quiet = tracked->quiet;
    tide_err err;
    options.tool_version = tide_version;
    options.say = say_line;
    options.progress = show_progress;
    options.arg = &quiet;
    int code = tide_session_run(&result, &options, &err);
    if (result.is_called_off)
        return TIDE_EXIT_OK;
    if (code) {
        tide_say("%s", err.text);
        return result.is_program_at_fault ? tide_program_status(code) : TIDE_EXIT_ERROR;
    }
    int status = exit_status(&result);
    if (result.is_interrupted) {
        tide_say(
            "stopped while looking up names; the recording has figures only, report looks for names again");
        _exit(status); /* not exit: a thread is still looking them up */
    }
    if (!quiet)
        tell(&result);
    tide_session_result_free(&result);
    return status;
}

/* ---- the command line */

/* `value` NULL or "=SECONDS". */
static bool take_interval(tide_tracked *tracked, const char *command, const char *value) {
    static const uint64_t INTERVAL_NS = 100000000;
    tracked->session.pages_interval_ns = INTERVAL_NS;
    if (!value)
        return true;
    value += *value == '=';
    bool is_time = tide_value_time_ns(value, &tracked->session.pages_interval_ns);
    if (!is_time || !tracked->session.pages_interval_ns)
        tide_wrong_use(command, "'%s' is no interval: 0.1 (seconds), 50ms", value);
    return is_time && tracked->session.pages_interval_ns;
}

bool tide_tracked_take(tide_tracked *tracked, const char *command, int option, const char *value) {
    switch ((enum tide_tracked_option)option) {
    case TIDE_TRACKED_OUTPUT:
        tracked->session.output = value;
        if (!*value)
            tide_wrong_use(command, "the output file's name is empty");
        return *value != 0;
    case TIDE_TRACKED_FORCE:
        return tracked->session.force = true;
    case TIDE_TRACKED_QUIET:
        return tracked->quiet = true;
    case TIDE_TRACKED_DEBUGINFOD:
        return tracked->session.debuginfod = true;
    case TIDE_TRACKED_NATIVE:
        return tracked->session.shows_native = true;
    case TIDE_TRACKED_PYTHON_ALLOCATORS:
        return tracked->session.python_allocators = true;
    case TIDE_TRACKED_PAGES:
        return take_interval(tracked, command, value);
    case TIDE_TRACKED_COUNT:
    default:
        return true;
    }
}

int tide_cmd_record(int argc, char **argv) {
    tide_tracked tracked = {0};
    const char *value;
    for (int option; (option = tide_options_next(tide_record_option_table, true, argc, argv, &value)) !=
                     TIDE_OPTIONS_END;) {
        if (option < 0)
            return tide_options_status(option);
        if (option == OPT_FOLLOW)
            tracked.session.follow = true;
        else if (!tide_tracked_take(&tracked, "record", option - OPT_TRACKED, value))
            return TIDE_EXIT_USAGE;
    }
    if (optind == argc)
        return tide_wrong_use("record", "no program given");
    tracked.session.argv = argv + optind;
    tide_descriptors_occupy();
    return tide_record_session(&tracked);
}
