#include "launch/guests.h"
#include "base/alloc.h"
#include "launch/door.h"
#include "launch/program.h"
#include "proc/cmdline.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t tide_guests_clock_ns(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

__attribute__((format(printf, 2, 3))) static void say(const tide_guests *guests, const char *format, ...) {
    tide_err line;
    va_list args;
    va_start(args, format);
    vsnprintf(line.text, sizeof line.text, format, args);
    va_end(args);
    guests->options->say(guests->options->arg, line.text);
}

/* ---- files */

static tide_info make_info(const tide_guests *guests, pid_t pid, char *command, char *program) {
    struct utsname system;
    uname(&system);
    return (tide_info){.command = command,
                       .program = program,
                       .tool_version = tide_xstrdup(guests->options->tool_version),
                       .host = tide_xstrdup(system.nodename),
                       .start_unix_ns = clock_ns(CLOCK_REALTIME),
                       .pid = (uint32_t)pid,
                       .page_bytes = (uint32_t)sysconf(_SC_PAGESIZE),
                       .shows_native = guests->options->shows_native};
}

/* What another process was started as, by its own /proc. */
static tide_info describe_process(const tide_guests *guests, pid_t pid) {
    tide_buffer arguments = {0};
    TIDE_VEC(char *) argv = {0};
    tide_proc_cmdline_read(pid, &arguments);
    tide_buffer_put(&arguments, "", 1); /* ends the last one, should the process have overwritten its own 0 */
    for (char *at = (char *)arguments.at; *at; at += strlen(at) + 1)
        *tide_vec_push(&argv) = at;
    (void)tide_vec_push(&argv);
    char *command = tide_program_quote(argv.at);
    tide_vec_free(&argv);
    tide_buffer_free(&arguments);
    return make_info(guests, pid, command, tide_proc_exe_read(pid));
}

static void note_program(tide_guests *guests) {
    free(guests->program);
    char *path = tide_proc_exe_read(guests->child), *slash = strrchr(path, '/');
    guests->program = tide_xstrdup(slash ? slash + 1 : path);
    free(path);
}

static char *file_name(tide_guests *guests, pid_t pid) {
    if (!guests->options->follow)
        return tide_xstrdup(guests->file);
    bool is_new;
    uint32_t image = tide_map_put(&guests->images, (uint64_t)pid, 0, &is_new) + 1;
    tide_map_set(&guests->images, (uint64_t)pid, image);
    return image == 1 ? tide_xasprintf("%s.%d", guests->file, (int)pid)
                      : tide_xasprintf("%s.%d.%u", guests->file, (int)pid, image);
}

static int add(tide_guests *guests, bool force, tide_info *info, tide_guest **ret, tide_err *err) {
    char *path = guests->options->has_no_file ? NULL : file_name(guests, (pid_t)info->pid);
    tide_target *target;
    int code = tide_target_new(&target, path, force, info, tide_guests_clock_ns(), err);
    free(path);
    if (code)
        return code;
    *ret = tide_vec_push(&guests->list);
    **ret = (tide_guest){.target = target, .pidfd = -1};
    return 0;
}

static char *default_file(const tide_session_options *options, pid_t child) {
    const char *name = strrchr(options->argv[0], '/');
    name = name ? name + 1 : options->argv[0];
    return options->follow ? tide_xasprintf("tidemark-%s.tide", name)
                           : tide_xasprintf("tidemark-%s-%d.tide", name, (int)child);
}

int tide_guests_init(tide_guests *guests, const tide_session_options *options, pid_t child, const char *path,
                     tide_finisher *finisher, tide_err *err) {
    *guests = (tide_guests){.options = options, .child = child, .finisher = finisher};
    guests->file = options->output ? tide_xstrdup(options->output) : default_file(options, child);
    char *program = realpath(path, NULL);
    tide_info info =
        make_info(guests, child, tide_program_quote(options->argv), program ? program : tide_xstrdup(path));
    tide_guest *first;
    return add(guests, options->force, &info, &first, err);
}

void tide_guests_discard(tide_guests *guests) {
    tide_target_discard(guests->list.at[0].target);
    guests->list.count = 0;
}

void tide_guests_fini(tide_guests *guests) {
    for (size_t i = 0; i < guests->list.count; i++)
        tide_target_free(guests->list.at[i].target);
    tide_vec_free(&guests->list);
    tide_map_free(&guests->images);
    free(guests->file);
    free(guests->program);
    free(guests->launcher);
}

/* ---- the onlooker is told */

static void tell_started(const tide_guests *guests, const tide_target *target, int ledger_fd) {
    const tide_onlooker *onlooker = guests->options->onlooker;
    if (onlooker)
        onlooker->started(onlooker->arg, &target->info, target->start_ns, ledger_fd);
}

static void tell_ended(const tide_guests *guests, tide_end end) {
    const tide_onlooker *onlooker = guests->options->onlooker;
    if (onlooker)
        onlooker->ended(onlooker->arg, end);
}

/* The tick's sample, if it took one. */
static void tell_sampled(const tide_guests *guests, const tide_target *target, uint64_t before_ns) {
    const tide_onlooker *onlooker = guests->options->onlooker;
    if (onlooker && target->latest.time_ns > before_ns)
        onlooker->sampled(onlooker->arg, &target->latest);
}

/* ---- ends */

/* Returns how its recording ends. */
static tide_end stop(tide_guests *guests, size_t index, tide_end end) {
    tide_guest guest = guests->list.at[index];
    guests->list.at[index] = guests->list.at[--guests->list.count];
    if (guest.pidfd >= 0)
        close(guest.pidfd);
    tide_target_stop(guest.target, tide_guests_clock_ns(), end);
    tide_end refined = guest.target->end;
    tide_finisher_add(guests->finisher, guest.target);
    return refined;
}

/* Index of the recording in progress, or the list's count. */
static size_t find(const tide_guests *guests, pid_t pid) {
    size_t i = 0;
    while (i < guests->list.count && guests->list.at[i].target->pid != pid)
        i++;
    return i;
}

void tide_guests_gone(tide_guests *guests, int pidfd) {
    for (size_t i = 0; i < guests->list.count; i++)
        if (guests->list.at[i].pidfd == pidfd) {
            stop(guests, i, (tide_end){.kind = TIDE_END_GONE});
            return;
        }
}

void tide_guests_child_gone(tide_guests *guests, int wait_status) {
    size_t index = find(guests, guests->child);
    bool signaled = WIFSIGNALED(wait_status);
    tide_end end = {.kind = signaled ? TIDE_END_SIGNALED : TIDE_END_EXITED,
                    .status = (uint32_t)(signaled ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status))};
    if (index < guests->list.count) {
        tide_end refined = stop(guests, index, end);
        if (refined.kind == TIDE_END_EXEC)
            tell_ended(guests, refined);
        end.quick = refined.quick;
    }
    tell_ended(guests, end);
}

void tide_guests_detach_all(tide_guests *guests) {
    while (guests->list.count)
        stop(guests, guests->list.count - 1, (tide_end){.kind = TIDE_END_DETACHED});
}

/* ---- while they run */

/* The started process, whose program was a launcher, runs another one: that is what was meant. The file starts anew. */
static int replace(tide_guests *guests, size_t index, tide_guest **ret, tide_err *err) {
    if (index < guests->list.count) { /* else its file could not be made */
        tide_target_free(guests->list.at[index].target);
        guests->list.at[index] = guests->list.at[--guests->list.count];
    }
    if (guests->launchers_count++ == 0) {
        guests->launcher = guests->program;
        guests->program = NULL;
    }
    note_program(guests);
    tide_info info = describe_process(guests, guests->child);
    return add(guests, true, &info, ret, err);
}

/* The recording that a process which asks shall have: the started process's, which waits for it, or a new one. */
static int recording_for(tide_guests *guests, pid_t pid, tide_guest **ret, tide_err *err) {
    if (pid == guests->child && !guests->child_asked) {
        guests->child_asked = true;
        note_program(guests);
        *ret = &guests->list.at[find(guests, pid)];
        return 0;
    }
    if (!guests->options->follow)
        return pid == guests->child ? replace(guests, find(guests, pid), ret, err) : -EPERM;
    int pidfd = -1;
    size_t before = find(guests, pid);
    if (before < guests->list.count) { /* it asks again: another program runs in the process now */
        pidfd = guests->list.at[before].pidfd;
        guests->list.at[before].pidfd = -1;
        stop(guests, before, (tide_end){.kind = TIDE_END_EXEC});
    } else if (pid != guests->child && (pidfd = (int)syscall(SYS_pidfd_open, pid, 0)) < 0) {
        return tide_fail(err, -errno, "cannot watch process %d: %m", (int)pid);
    }
    tide_info info = describe_process(guests, pid);
    int code = add(guests, guests->options->force, &info, ret, err);
    if (code == 0)
        (*ret)->pidfd = pidfd;
    else if (pidfd >= 0)
        close(pidfd);
    return code;
}

/* All of them make the recording incomplete; one is said. */
static void tell_refusal(tide_guests *guests, pid_t pid, const char *why) {
    if (!guests->has_refused)
        say(guests, "process %d is not recorded: %s", (int)pid, why);
    guests->has_refused = true;
}

void tide_guests_refused(tide_guests *guests, pid_t pid, int code) {
    if (guests->options->follow || pid == guests->child)
        tell_refusal(guests, pid,
                     code == -EPERM ? "it runs as another user, or in a pid namespace of its own"
                                    : "its libtidemark.so is of another version than this tool");
}

int tide_guests_answer(tide_guests *guests, int connection, pid_t pid) {
    tide_guest *guest = NULL;
    tide_err err;
    int ledger_fd = -1, code = recording_for(guests, pid, &guest, &err);
    if (guest) {
        tide_target_watch_pages(guest->target, guests->options->pages_interval_ns);
        code = tide_target_give_ledger(guest->target, &ledger_fd, &err);
    }
    if (code && code != -EPERM)
        tell_refusal(guests, pid, err.text);
    if (guest && code == 0) {
        tell_started(guests, guest->target, ledger_fd);
        tide_target_tick(guest->target, tide_guests_clock_ns(), guests->list.count);
        tell_sampled(guests, guest->target, 0);
    }
    uint32_t options = (guests->options->follow ? TIDE_OPTION_FOLLOW : 0) |
                       (guests->options->python_allocators ? TIDE_OPTION_PYTHON_ALLOCATORS : 0);
    tide_door_welcome(connection, -code, options, ledger_fd);
    return guest && code == 0 ? guest->pidfd : -1;
}

void tide_guests_tell_trouble(tide_guests *guests, const tide_target *target) {
    if (!target->trouble || guests->has_trouble)
        return;
    guests->has_trouble = true;
    say(guests, "the recording is incomplete, the program is not affected: %s", target->trouble_err.text);
}

void tide_guests_tick(tide_guests *guests, uint64_t now_ns) {
    for (size_t i = guests->list.count; i-- > 0;) {
        tide_target *target = guests->list.at[i].target;
        if (tide_target_has_left(target)) {
            if (guests->options->follow)
                stop(guests, i, (tide_end){.kind = TIDE_END_EXEC});
            else { /* it is done with, unless the next program asks: that may still be loading */
                tide_target_stop(target, now_ns, (tide_end){.kind = TIDE_END_EXEC});
                tell_ended(guests, target->end);
            }
            continue;
        }
        uint64_t before_ns = target->latest.time_ns;
        tide_target_tick(target, now_ns, guests->list.count);
        tell_sampled(guests, target, before_ns);
        tide_guests_tell_trouble(guests, target);
    }
}

uint64_t tide_guests_tick_gap_ns(const tide_guests *guests, uint64_t now_ns) {
    static const uint64_t PAGES_GAP_NS = 10000000; /* rings of page faults are emptied before they are full */
    uint64_t youngest_ns = UINT64_MAX;
    for (size_t i = 0; i < guests->list.count; i++) {
        const tide_target *target = guests->list.at[i].target;
        if (target->ledger && now_ns - target->start_ns < youngest_ns)
            youngest_ns = now_ns - target->start_ns;
    }
    uint64_t gap_ns = tide_pace_tick_gap_ns(youngest_ns);
    return guests->options->pages_interval_ns && gap_ns > PAGES_GAP_NS ? PAGES_GAP_NS : gap_ns;
}

bool tide_guests_are_running(const tide_guests *guests) {
    for (size_t i = 0; i < guests->list.count; i++)
        if (guests->list.at[i].target->ledger)
            return true;
    return false;
}
