#include "base/format.h"
#include "cli/live_program.h"
#include "cli/output.h"
#include "cli/run_live.h"
#include "cli/terminal.h"
#include "live/feed.h"
#include "live/screen.h"
#include "live/token.h"
#include "report/report.h"
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

enum { OPT_ONCE, OPT_JSON, OPT_PROGRAM_OUTPUT, OPT_TRACKED, OPT_END = OPT_TRACKED + TIDE_TRACKED_COUNT };
const tide_option tide_live_option_table[] = {
    [OPT_ONCE] = {"once", 0, NULL, "print what the program holds now, and leave"},
    [OPT_JSON] = {"json", 0, NULL, "with --once: print JSON, as report --format json"},
    [OPT_PROGRAM_OUTPUT] = {"program-output", 0, "FILE",
                            "with a program: where it writes to (tidemark-live-PID.out)"},
    TIDE_TRACKED_OPTIONS(OPT_TRACKED, "with a program: ", "with a program: record it into FILE as well"),
    [OPT_END] = {NULL},
};

/* ---- what can be watched */

static void list_one(void *arg, const tide_token *token) {
    bool *has_any = arg;
    char *command = tide_text_clean(token->hello.info.command);
    if (!*has_any)
        puts(" port      pid  command");
    printf("%5u  %7" PRIu32 "  %s\n", (unsigned)token->port, token->hello.tool_pid, command);
    *has_any = true;
    free(command);
}

static int list(void) {
    tide_err err;
    bool has_any = false;
    if (tide_token_list(list_one, &has_any, &err)) {
        tide_say("%s", err.text);
        return TIDE_EXIT_ERROR;
    }
    if (!has_any)
        tide_say("nothing to watch; start something with: tidemark run --live PROGRAM");
    return TIDE_EXIT_OK;
}

/* ---- one snapshot */

static void note_signal(int signal_number) {
    (void)signal_number;
}

/* Wait for what the feed has next. False: somebody pressed Ctrl-C. */
static bool wait_for_feed(const tide_feed *feed, const sigset_t *mask) {
    struct pollfd source = {.fd = tide_feed_fd(feed), .events = POLLIN};
    return ppoll(&source, 1, NULL, mask) >= 0 || errno != EINTR;
}

/* Until the program runs, or has ended, and all that the server had to say of it is here. 0, or negative, -EINTR:
 * Ctrl-C. */
static int await_program(tide_feed *feed, uint16_t port, tide_err *err) {
    sigset_t interrupt, before;
    bool has_said = false, has_waited = false;
    int event = 0;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupt, &before);
    signal(SIGINT, note_signal);
    for (;;) {
        while ((event = tide_feed_next(feed, err)) > TIDE_FEED_NOTHING)
            ;
        if (event < 0 || tide_feed_look(feed).state != TIDE_FEED_WAITING)
            break;
        if (has_waited && !has_said && !tide_feed_look(feed).tool_pid) {
            tide_say("nobody serves port %u yet: waiting, Ctrl-C ends it", (unsigned)port);
            has_said = true;
        }
        if (!wait_for_feed(feed, &before)) {
            event = -EINTR;
            break;
        }
        has_waited = true;
    }
    signal(SIGINT, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return event;
}

static int print_snapshot(const tide_recording *recording, bool json) {
    tide_output output;
    tide_err err;
    tide_terminal terminal = tide_terminal_of(STDOUT_FILENO);
    tide_report_options options = {.view = TIDE_VIEW_LEAKS,
                                   .limit_rows = TIDE_ROWS_DEFAULT,
                                   .width_columns = terminal.columns,
                                   .style = terminal.style};
    tide_output_open(&output);
    if (output.stream)
        tide_report_print(output.stream, recording, tide_report_format_find(json ? "json" : "table"),
                          &options, &err);
    int status = tide_output_close(&output);
    if (status != TIDE_EXIT_OK || !recording->heap.totals.lost_events)
        return status;
    tide_say("events were lost, so the figures are not exact");
    return TIDE_EXIT_PARTIAL;
}

/* The server went before its ledger could be opened: there are no figures, not even that there is nothing. */
static bool is_unread(const tide_feed_view *view) {
    return view->state == TIDE_FEED_ENDED && view->end.kind == TIDE_END_NONE &&
           !view->recording->heap.threads.count;
}

static int print_once(uint16_t port, bool json, bool shows_native) {
    tide_feed *feed;
    tide_err err;
    int code = tide_feed_open(&feed, port, shows_native, &err), status = TIDE_EXIT_ERROR;
    if (code) {
        tide_say("%s", err.text);
        return TIDE_EXIT_ERROR;
    }
    code = await_program(feed, port, &err);
    if (code == 0)
        code = tide_feed_refresh(feed, &err);
    tide_feed_view view = tide_feed_look(feed);
    if (code == -EINTR)
        status = TIDE_EXIT_OK;
    else if (code)
        tide_say("%s", err.text);
    else if (!view.programs_count)
        tide_say("the program was not started");
    else if (is_unread(&view))
        tide_say("port %u was gone before the program could be looked at", (unsigned)port);
    else {
        tide_feed_name_all(feed);
        status = print_snapshot(tide_feed_look(feed).recording, json);
    }
    tide_feed_free(feed);
    return status;
}

/* ---- the screen */

static int show_screen(uint16_t port, bool shows_native) {
    tide_terminal terminal = tide_terminal_of(STDOUT_FILENO);
    tide_feed *feed;
    tide_err err;
    if (!terminal.has_cursor)
        return tide_wrong_use("live", "this is no terminal to draw on; --once prints what is held now");
    int code = tide_feed_open(&feed, port, shows_native, &err);
    if (!code) {
        code = tide_screen_show(feed, &terminal.style, &err);
        tide_feed_free(feed);
    }
    if (code)
        tide_say("%s", err.text);
    return code ? TIDE_EXIT_ERROR : TIDE_EXIT_OK;
}

/* ---- the command line */

struct request {
    bool once, json;
    tide_live_program program;
    const char *only_with_program; /* an option that was given; NULL: none */
};

/* `live -- PROGRAM ARGUMENTS`, and nothing before the "--" but options. */
static bool is_program(int argc, char **argv) {
    return optind < argc && !strcmp(argv[optind - 1], "--");
}

static int parse_option(struct request *request, int option, const char *value) {
    if (option == OPT_ONCE)
        request->once = true;
    else if (option == OPT_JSON)
        request->json = true;
    else if (option != OPT_TRACKED + TIDE_TRACKED_NATIVE)
        request->only_with_program = tide_live_option_table[option].name;
    if (option == OPT_PROGRAM_OUTPUT)
        request->program.program_output = value;
    if (option < OPT_TRACKED)
        return TIDE_EXIT_OK;
    return tide_tracked_take(&request->program.tracked, "live", option - OPT_TRACKED, value)
               ? TIDE_EXIT_OK
               : TIDE_EXIT_USAGE;
}

int tide_cmd_live(int argc, char **argv) {
    struct request request = {0};
    uint16_t port;
    const char *value;
    for (int option; (option = tide_options_next(tide_live_option_table, false, argc, argv, &value)) !=
                     TIDE_OPTIONS_END;) {
        if (option < 0)
            return tide_options_status(option);
        if (parse_option(&request, option, value) != TIDE_EXIT_OK)
            return TIDE_EXIT_USAGE;
    }
    if (request.json && !request.once)
        return tide_wrong_use("live", "--json goes with --once");
    if (is_program(argc, argv)) {
        request.program.tracked.session.argv = argv + optind;
        return request.once ? tide_wrong_use("live", "--once looks at a port")
                            : tide_live_program_show(&request.program);
    }
    if (request.only_with_program)
        return tide_wrong_use("live", "--%s goes with a program: live -- PROGRAM", request.only_with_program);
    if (optind + 1 < argc)
        return tide_wrong_use("live", "one port at a time, not also '%s'", argv[optind + 1]);
    if (optind == argc)
        return request.once ? tide_wrong_use("live", "no port given; tidemark live lists them") : list();
    if (!tide_port_parse("live", argv[optind], &port))
        return TIDE_EXIT_USAGE;
    bool shows_native = request.program.tracked.session.shows_native;
    return request.once ? print_once(port, request.json, shows_native) : show_screen(port, shows_native);
}
