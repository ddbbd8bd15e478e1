#include "cli/live_program.h"
#include "base/alloc.h"
#include "cli/descriptors.h"
#include "cli/run_live.h"
#include "cli/terminal.h"
#include "live/screen.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the program's side: a process in the background, as `run --live` in another shell would be */

struct backstage {
    const char *output_path;
    int open_flags; /* a file of our naming must not be there: in /tmp somebody could have guessed it */
    int port_fd;    /* where the port is told */
};

/* Until now what goes wrong is said on the terminal; from now on that is the view's. */
static void draw_curtain(void *arg, uint16_t port) {
    const struct backstage *backstage = arg;
    int output = open(backstage->output_path, O_WRONLY | O_CREAT | O_CLOEXEC | backstage->open_flags, 0666);
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (output < 0 || input < 0) {
        tide_say("cannot write the program's output to '%s': %s", backstage->output_path, strerror(errno));
        _exit(TIDE_EXIT_ERROR);
    }
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    (void)!write(backstage->port_fd, &port, sizeof port);
    close(backstage->port_fd);
}

static _Noreturn void run_behind(const tide_live_program *request, const char *output_path, int port_fd) {
    struct backstage backstage = {.output_path = output_path,
                                  .open_flags = request->program_output ? O_TRUNC : O_EXCL,
                                  .port_fd = port_fd};
    setpgid(0, 0); /* the terminal's keys are the view's */
    exit(tide_run_live_program(
        &(tide_run_live){.tracked = request->tracked, .prepared = draw_curtain, .prepared_arg = &backstage}));
}

/* ---- the view's side */

static int show(uint16_t port, const tide_terminal *terminal, bool *ret_has_ended) {
    tide_feed *feed;
    tide_err err;
    int code = tide_feed_open(&feed, port, false, &err);
    if (!code) {
        code = tide_screen_show(feed, &terminal->style, &err);
        *ret_has_ended = tide_feed_look(feed).state == TIDE_FEED_ENDED;
        tide_feed_free(feed);
    }
    if (code)
        tide_say("%s", err.text);
    return code ? TIDE_EXIT_ERROR : TIDE_EXIT_OK;
}

static int status_of(pid_t child) {
    int wait_status;
    while (waitpid(child, &wait_status, 0) < 0)
        if (errno != EINTR)
            return TIDE_EXIT_ERROR;
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

int tide_live_program_show(const tide_live_program *request) {
    tide_terminal terminal = tide_terminal_of(STDOUT_FILENO);
    uint16_t port;
    int ends[2];
    bool has_ended = false;
    if (!terminal.has_cursor)
        return tide_wrong_use("live", "this is no terminal to draw on; to run a program here: run --live");
    tide_descriptors_occupy();
    char *path = request->program_output ? tide_xstrdup(request->program_output)
                                         : tide_xasprintf("tidemark-live-%d.out", (int)getpid());
    if (pipe2(ends, O_CLOEXEC)) {
        tide_say("cannot start a program: %s", strerror(errno));
        free(path);
        return TIDE_EXIT_ERROR;
    }
    pid_t child = fork();
    if (child == 0)
        run_behind(request, path, ends[1]);
    close(ends[1]);
    bool is_prepared = child > 0 && read(ends[0], &port, sizeof port) == sizeof port;
    close(ends[0]);
    int status = is_prepared ? show(port, &terminal, &has_ended) : TIDE_EXIT_ERROR;
    if (child < 0)
        tide_say("cannot start a program: %s", strerror(errno));
    else if (!is_prepared || has_ended)
        status = status_of(child);
    else
        tide_say("the program goes on; to see it again: tidemark live %u", (unsigned)port);
    if (is_prepared)
        tide_say("what it has printed is in %s", path);
    free(path);
    return status;
}
