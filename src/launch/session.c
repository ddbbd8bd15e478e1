#include "launch/session.h"
#include "base/alloc.h"
#include "launch/child.h"
#include "launch/door.h"
#include "launch/guests.h"
#include "launch/pace.h"
#include "launch/preflight.h"
#include "launch/program.h"
#include "proc/environ.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint64_t SECOND_NS = 1000000000;
static const uint64_t PROGRESS_AFTER_NS = SECOND_NS;
enum { EVENTS_MAX = 64, PROGRESS_EVERY_MS = 100, STRANGERS_EVERY_MS = 100 };

enum source { FROM_SIGNALS, FROM_DOOR, FROM_CALLER, FROM_CHILD, FROM_GUEST, FROM_FINISHER, FROM_ONLOOKER };

typedef struct caller { /* has connected, has not said hello */
    int fd;
    uint64_t until_ns;
} caller;

typedef struct tide_session {
    const tide_session_options *options; /* borrowed */
    tide_session_result *result;         /* borrowed */
    char *path, *library;                /* owned */
    tide_signals signals;
    tide_door door;
    tide_child child;
    int child_pidfd, epoll_fd, finisher_fd;
    tide_finisher *finisher;
    tide_guests guests;
    TIDE_VEC(caller) callers;
    bool child_ended, told_of_waiting;
    bool only_strangers; /* all that is left are processes that have not asked for a ledger */
    bool stops;          /* somebody wants the recording to end now */
    uint64_t child_end_ns, tick_due_ns;
} tide_session;

static void watch(tide_session *session, int fd, enum source source) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)source << 32 | (uint32_t)fd};
    epoll_ctl(session->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void say(const tide_session *session, const char *line) {
    session->options->say(session->options->arg, line);
}

/* ---- before the start */

static int inspect(tide_session *session, tide_err *err) {
    char note[TIDE_PREFLIGHT_NOTE_MAX];
    int code = tide_program_find(&session->path, session->options->argv[0], err);
    if (code == 0)
        code = tide_preflight(session->path, note, err);
    session->result->is_program_at_fault = code != 0;
    if (code)
        return code;
    if (*note)
        say(session, note);
    return tide_child_library(&session->library, err);
}

static int open_descriptors(tide_session *session, tide_err *err) {
    int code = tide_signals_init(&session->signals);
    if (code == 0 && (session->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0)
        code = -errno;
    if (code == 0 &&
        !(session->finisher = tide_finisher_new(session->options->debuginfod, &session->finisher_fd)))
        code = -errno;
    if (code) {
        errno = -code;
        return tide_fail(err, code, "cannot get descriptors for recording: %m");
    }
    return tide_door_open(&session->door, err);
}

/* What the program will be given when it asks: found out while it need not be started. */
static int try_ledger(tide_err *err) {
    tide_ledger *ledger;
    int fd, code = tide_ledger_new(&ledger, &fd, err);
    if (code == 0)
        tide_ledger_free(ledger);
    return code;
}

/* Before an onlooker is waited for: will there be a file? */
static int try_file(const tide_session_options *options, tide_err *err) {
    tide_writer *writer;
    char none[] = "";
    tide_info info = {.command = none, .program = none, .tool_version = none, .host = none};
    if (options->has_no_file || !options->output)
        return 0;
    int code = tide_writer_open(&writer, options->output, options->force, &info, err);
    if (code == 0)
        tide_writer_discard(writer);
    return code;
}

/* -ECANCELED: a signal came first. */
static int wait_for_onlooker(tide_session *session, tide_err *err) {
    const tide_onlooker *onlooker = session->options->onlooker;
    struct pollfd sources[] = {{.fd = session->signals.fd, .events = POLLIN},
                               {.fd = onlooker ? onlooker->fd : -1, .events = POLLIN}};
    bool is_sent;
    if (!onlooker)
        return 0;
    int code = try_file(session->options, err);
    if (code)
        return code;
    onlooker->prepared(onlooker->arg);
    while (!onlooker->is_ready(onlooker->arg)) {
        if (tide_signals_next(&session->signals, &is_sent)) {
            session->result->is_called_off = true;
            return tide_fail(err, -ECANCELED, "nothing was started");
        }
        if (poll(sources, 2, -1) > 0 && sources[1].revents)
            onlooker->act(onlooker->arg);
    }
    return 0;
}

/* Each process takes three descriptors. The program keeps the limit it was given: it is forked before. */
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* The program's file of results exists before the program starts: if it cannot be made, nothing is started. */
static int start(tide_session *session, tide_err *err) {
    tide_child_plan plan = {.path = session->path,
                            .argv = session->options->argv,
                            .library = session->library,
                            .socket_path = session->door.address.sun_path,
                            .signals = &session->signals};
    int code = tide_child_fork(&session->child, &plan, err);
    if (code)
        return code;
    session->child_pidfd = (int)syscall(SYS_pidfd_open, session->child.pid, 0);
    if (session->child_pidfd < 0)
        code = tide_fail(err, -errno, "cannot watch a process: %m; Linux 5.3 or newer is needed");
    if (code == 0)
        code = tide_guests_init(&session->guests, session->options, session->child.pid, session->path,
                                session->finisher, err);
    if (code) {
        tide_child_cancel(&session->child);
        return code;
    }
    raise_descriptor_limit();
    watch(session, session->signals.fd, FROM_SIGNALS);
    watch(session, session->door.fd, FROM_DOOR);
    watch(session, session->child_pidfd, FROM_CHILD);
    watch(session, session->finisher_fd, FROM_FINISHER);
    if (session->options->onlooker)
        watch(session, session->options->onlooker->fd, FROM_ONLOOKER);
    code = tide_child_go(&session->child, session->path, err);
    session->result->is_program_at_fault = code != 0;
    if (code)
        tide_guests_discard(&session->guests);
    return code;
}

/* ---- events */

static void open_door(tide_session *session) {
    int fd;
    while ((fd = tide_door_accept(&session->door)) >= 0) {
        *tide_vec_push(&session->callers) = (caller){
            .fd = fd, .until_ns = tide_guests_clock_ns() + TIDE_HELLO_TIMEOUT_MS * (SECOND_NS / 1000)};
        watch(session, fd, FROM_CALLER);
    }
}

static void dismiss(tide_session *session, size_t index) {
    close(session->callers.at[index].fd);
    session->callers.at[index] = session->callers.at[--session->callers.count];
}

static void hear(tide_session *session, int fd) {
    pid_t pid;
    int code = tide_door_hello(fd, &pid);
    if (code == -EAGAIN)
        return;
    if (code == 0) {
        int pidfd = tide_guests_answer(&session->guests, fd, pid);
        session->tick_due_ns = 0; /* the youngest sets the pace */
        if (pidfd >= 0)
            watch(session, pidfd, FROM_GUEST);
    } else {
        tide_door_welcome(fd, -code, 0, -1);
        if (code == -EPERM || code == -EPROTO)
            tide_guests_refused(&session->guests, pid, code);
    }
    for (size_t i = 0; i < session->callers.count; i++)
        if (session->callers.at[i].fd == fd) {
            dismiss(session, i);
            return;
        }
}

static void reap_child(tide_session *session) {
    while (waitpid(session->child.pid, &session->result->wait_status, 0) < 0 && errno == EINTR)
        ;
    session->child_ended = true;
    session->child_end_ns = tide_guests_clock_ns();
    close(session->child_pidfd);
    session->child_pidfd = -1;
    tide_guests_child_gone(&session->guests, session->result->wait_status);
}

/* What the terminal sends has reached the program as well; what a process sends to the tool is meant for both. */
static void handle_signals(tide_session *session) {
    bool is_sent;
    int signal_number;
    while ((signal_number = tide_signals_next(&session->signals, &is_sent))) {
        if (session->child_ended)
            session->stops = true;
        else if (is_sent)
            kill(session->child.pid, signal_number);
    }
}

static void collect(tide_session *session) {
    tide_target *target;
    while ((target = tide_finisher_take(session->finisher))) {
        tide_guests_tell_trouble(&session->guests, target);
        session->result->is_incomplete |= target->trouble || !target->asked;
        tide_recorded *recorded = tide_vec_push(&session->result->recorded);
        *recorded = (tide_recorded){.path = target->path ? tide_xstrdup(target->path) : NULL,
                                    .command = tide_xstrdup(target->info.command),
                                    .end = target->end,
                                    .asked = target->asked,
                                    .peak_bytes = target->heap.totals.heap_peak_bytes,
                                    .lost_events = target->heap.totals.lost_events,
                                    .has_unknown_python = target->heap.has_unknown_python,
                                    .unknown_python = target->heap.unknown_python};
        for (size_t i = 0; i < target->heap.sites.count; i++) {
            const tide_site *site = &target->heap.sites.at[i];
            if (site->kind == TIDE_MMAP)
                continue;
            recorded->allocated_bytes += site->counts.allocated_bytes;
            recorded->allocated_blocks += site->counts.allocated_blocks;
            recorded->leaked_bytes += site->counts.allocated_bytes - site->counts.freed_bytes;
            recorded->leaked_blocks += site->counts.allocated_blocks - site->counts.freed_blocks;
        }
        tide_target_free(target);
    }
}

static void dispatch(tide_session *session, enum source source, int fd) {
    switch (source) {
    case FROM_SIGNALS:
        handle_signals(session);
        break;
    case FROM_DOOR:
        open_door(session);
        break;
    case FROM_CALLER:
        hear(session, fd);
        break;
    case FROM_CHILD:
        reap_child(session);
        break;
    case FROM_GUEST:
        tide_guests_gone(&session->guests, fd);
        break;
    case FROM_FINISHER:
        collect(session);
        break;
    case FROM_ONLOOKER:
        session->options->onlooker->act(session->options->onlooker->arg);
        break;
    }
}

/* ---- the loop */

static void tick(tide_session *session, uint64_t now_ns) {
    tide_guests_tick(&session->guests, now_ns);
    for (size_t i = session->callers.count; i-- > 0;)
        if (session->callers.at[i].until_ns < now_ns)
            dismiss(session, i);
    if (session->child_ended && !session->told_of_waiting && now_ns - session->child_end_ns > SECOND_NS) {
        session->told_of_waiting = true;
        say(session,
            "the program has ended, but not all that it started: recording until they end, or until Ctrl-C");
    }
    session->tick_due_ns = now_ns + tide_guests_tick_gap_ns(&session->guests, now_ns);
}

/* Milliseconds until the next tick, rounded up; for ever when there is nothing to do at it. */
static int time_to_tick(const tide_session *session, uint64_t now_ns) {
    if (session->only_strangers)
        return STRANGERS_EVERY_MS;
    if (!tide_guests_are_running(&session->guests) && !session->callers.count)
        return -1;
    if (now_ns >= session->tick_due_ns)
        return 0;
    return (int)((session->tick_due_ns - now_ns + 999999) / 1000000);
}

static void wait_for_events(tide_session *session, int timeout_ms) {
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(session->epoll_fd, events, EVENTS_MAX, timeout_ms);
    for (int i = 0; i < count; i++)
        dispatch(session, (enum source)(events[i].data.u64 >> 32), (int)(uint32_t)events[i].data.u64);
}

/* Recorded, about to ask, or with follow: a process that has our socket in its environment, and so may ask some day. */
static bool is_anyone_there(tide_session *session) {
    session->only_strangers = false;
    if (session->guests.list.count || session->callers.count)
        return true;
    if (!session->options->follow)
        return false;
    char *assignment = tide_xasprintf("%s=%s", TIDE_SOCKET_VARIABLE, session->door.address.sun_path);
    session->only_strangers = tide_proc_environ_anyone_has(assignment);
    free(assignment);
    return session->only_strangers;
}

static void run_until_all_ended(tide_session *session) {
    while (!session->child_ended || (!session->stops && is_anyone_there(session))) {
        uint64_t now_ns = tide_guests_clock_ns();
        if (now_ns >= session->tick_due_ns)
            tick(session, now_ns);
        wait_for_events(session, time_to_tick(session, now_ns));
    }
    tide_guests_detach_all(&session->guests);
    while (session->callers.count)
        dismiss(session, 0);
}

/* All has ended: wait for names only. A signal now is for the tool alone, which then leaves them out. */
static void wait_for_names(tide_session *session) {
    uint64_t since_ns = tide_guests_clock_ns();
    size_t left, named_codes, all_codes;
    bool has_shown = false;
    session->stops = false;
    while (!session->stops && (left = tide_finisher_progress(session->finisher, &named_codes, &all_codes))) {
        if (tide_guests_clock_ns() - since_ns > PROGRESS_AFTER_NS) {
            session->options->progress(session->options->arg, left, named_codes, all_codes);
            has_shown = true;
        }
        wait_for_events(session, PROGRESS_EVERY_MS);
    }
    if (has_shown)
        session->options->progress(session->options->arg, 0, 0, 0);
    session->result->is_interrupted = session->stops;
}

static void fini(tide_session *session) {
    if (session->door.fd >= 0)
        tide_door_close(&session->door);
    tide_guests_fini(&session->guests);
    if (!session->result->is_interrupted) /* else its thread is at work, until the tool exits */
        tide_finisher_free(session->finisher);
    if (session->epoll_fd >= 0)
        close(session->epoll_fd);
    if (session->child_pidfd >= 0)
        close(session->child_pidfd);
    tide_signals_fini(&session->signals);
    tide_vec_free(&session->callers);
    free(session->path);
    free(session->library);
}

int tide_session_run(tide_session_result *ret, const tide_session_options *options, tide_err *err) {
    *ret = (tide_session_result){0};
    tide_session session = {.options = options,
                            .result = ret,
                            .signals.fd = -1,
                            .door.fd = -1,
                            .child_pidfd = -1,
                            .epoll_fd = -1};
    int code = inspect(&session, err);
    if (code == 0)
        code = open_descriptors(&session, err);
    if (code == 0)
        code = try_ledger(err);
    if (code == 0)
        code = wait_for_onlooker(&session, err);
    if (code == 0)
        code = start(&session, err);
    if (code == 0) {
        run_until_all_ended(&session);
        tide_door_close(&session.door); /* who asks from now on is told at once that nobody is here */
        wait_for_names(&session);
        ret->is_incomplete |= session.guests.has_refused;
        ret->launchers_count = session.guests.launchers_count;
        ret->launcher = session.guests.launcher;
        ret->program = session.guests.program;
        session.guests.launcher = session.guests.program = NULL;
    }
    fini(&session);
    return ret->is_called_off ? 0 : code;
}

void tide_session_result_free(tide_session_result *result) {
    for (size_t i = 0; i < result->recorded.count; i++) {
        free(result->recorded.at[i].path);
        free(result->recorded.at[i].command);
    }
    tide_vec_free(&result->recorded);
    free(result->launcher);
    free(result->program);
}
