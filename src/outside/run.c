#include "outside/run.h"
#include "launch/child.h"
#include "launch/program.h"
#include "outside/tracer.h"
#include "outside/watcher.h"
#include "proc/children.h"
#include "proc/high_water.h"
#include "proc/numbers.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint64_t SECOND_NS = 1000000000;

struct run {
    const tide_run_options *options; /* borrowed */
    tide_run_result *result;         /* borrowed */
    tide_signals signals;
    int child_fd;        /* signalfd of SIGCHLD */
    tide_pids strangers; /* children of whoever became the tool by exec: not the program's */
    tide_child child;
    tide_cgroup cgroup;
    tide_tracer tracer;
    tide_watcher watcher;
    bool has_ended, stops, told_of_waiting;
    bool has_unseen; /* perhaps: it has waited for processes, or left orphans */
};

/* ---- ends */

/* The tracer has stopped the last thread of a process just before its memory goes. */
static void see_exit(void *arg, pid_t pid, pid_t tid) {
    struct run *run = arg;
    uint64_t rss_bytes;
    if (tide_proc_high_water_read(tid, &rss_bytes) == 0) {
        tide_watcher_mark(&run->watcher, rss_bytes);
        run->result->all_marks_bytes += rss_bytes;
    }
    tide_watcher_see_end(&run->watcher, pid);
}

/* True once for each. */
static bool is_strangers_end(struct run *run, pid_t pid) {
    tide_pids *strangers = &run->strangers;
    for (size_t i = 0; i < strangers->count; i++)
        if (strangers->at[i] == pid) {
            strangers->at[i] = strangers->at[--strangers->count];
            return true;
        }
    return false;
}

/* wait4's mark is that of a process and of all that it has waited for: of the program alone only when there are none.
 * Orphans are children of the tool also when it is the first process of a container, and not recursive.
 * Source: getrusage in kernel/sys.c, RUSAGE_BOTH. */
static void reap_one(struct run *run, pid_t pid) {
    tide_proc_stat stat = {0};
    struct rusage usage;
    int status;
    bool is_program = pid == run->child.pid;
    tide_proc_stat_read(pid, &stat);
    if (wait4(pid, &status, __WALL, &usage) != pid || is_strangers_end(run, pid))
        return;
    if (run->options->exact)
        tide_tracer_handle(&run->tracer, pid, status);
    if (is_program) {
        run->has_ended = true;
        run->result->wait_status = status;
        run->result->duration_ns = tide_watcher_time_ns(&run->watcher);
        run->result->has_unwatched_children = !run->options->recursive && stat.waited_faults_count;
    }
    bool is_recursive = run->options->recursive;
    run->has_unseen |= stat.waited_faults_count || (is_recursive && !is_program && !stat.is_thread);
    if (is_recursive || (is_program && !stat.waited_faults_count))
        tide_watcher_mark(&run->watcher, (uint64_t)usage.ru_maxrss * 1024);
}

static void reap(struct run *run) {
    for (;;) {
        siginfo_t info = {0};
        int what = WEXITED | WNOHANG | WNOWAIT | __WALL | (run->options->exact ? WSTOPPED : 0);
        if (waitid(P_ALL, 0, &info, what) < 0 || !info.si_pid)
            return;
        if (info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED) {
            reap_one(run, info.si_pid);
            continue;
        }
        int status;
        if (waitpid(info.si_pid, &status, WNOHANG | __WALL) == info.si_pid)
            tide_tracer_handle(&run->tracer, info.si_pid, status);
    }
}

/* What the terminal sends has reached the program as well; what a process sends to the tool is meant for both. */
static void handle_signals(struct run *run) {
    bool is_sent;
    int number;
    while ((number = tide_signals_next(&run->signals, &is_sent))) {
        if (run->has_ended)
            run->stops = true;
        else if (is_sent)
            kill(run->child.pid, number);
    }
}

static void wait_for_events(struct run *run) {
    uint64_t now_ns = tide_watcher_time_ns(&run->watcher),
             gap_ns = run->watcher.look_due_ns > now_ns ? run->watcher.look_due_ns - now_ns : 0;
    struct timespec gap = {.tv_sec = (time_t)(gap_ns / SECOND_NS), .tv_nsec = (long)(gap_ns % SECOND_NS)};
    struct pollfd sources[] = {{.fd = run->signals.fd, .events = POLLIN},
                               {.fd = run->child_fd, .events = POLLIN}};
    struct signalfd_siginfo children;
    if (ppoll(sources, 2, &gap, NULL) <= 0)
        return;
    if (sources[1].revents && read(run->child_fd, &children, sizeof children) > 0)
        reap(run);
    if (sources[0].revents)
        handle_signals(run);
}

static bool is_over(struct run *run) {
    if (!run->has_ended)
        return false;
    if (!run->options->wait_tree || run->stops || !run->watcher.family.members.count)
        return true;
    if (!run->told_of_waiting && tide_watcher_time_ns(&run->watcher) - run->result->duration_ns > SECOND_NS) {
        run->told_of_waiting = true;
        run->options->say(run->options->arg,
                          "the program has ended, but not all that it started: watching until "
                          "they end, or until Ctrl-C");
    }
    return false;
}

static void watch(struct run *run) {
    while (!is_over(run)) {
        if (tide_watcher_time_ns(&run->watcher) >= run->watcher.look_due_ns)
            tide_watcher_look(&run->watcher);
        wait_for_events(run);
    }
    tide_watcher_finish(&run->watcher, !run->has_unseen);
    run->result->has_cgroup = run->cgroup.path && tide_cgroup_read(&run->cgroup, &run->result->cgroup) == 0;
}

/* ---- the start */

static int open_descriptors(struct run *run, tide_err *err) {
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    int code = tide_signals_init(&run->signals);
    if (code == 0 && (run->child_fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
        code = -errno;
    if (code) {
        errno = -code;
        return tide_fail(err, code, "cannot get descriptors for watching: %m");
    }
    sigprocmask(SIG_BLOCK, &children, NULL);
    return 0;
}

static int seize(struct run *run, tide_err *err) {
    int code = tide_tracer_seize(&run->tracer, run->child.pid);
    if (code == 0)
        return 0;
    errno = -code;
    return tide_fail(err, code, "cannot trace the program: %m; without --exact it is watched all the same");
}

static int start(struct run *run, const char *path, tide_err *err) {
    tide_child_plan plan = {.path = path, .argv = run->options->argv, .signals = &run->signals};
    int code = tide_child_fork(&run->child, &plan, err);
    if (code)
        return code;
    if (run->cgroup.path && tide_cgroup_enter(&run->cgroup, run->child.pid))
        tide_cgroup_remove(&run->cgroup);
    code = run->options->exact ? seize(run, err) : 0;
    if (code) {
        tide_child_cancel(&run->child);
        return code;
    }
    tide_watcher_init(&run->watcher, run->options, run->result, run->child.pid);
    code = tide_child_go(&run->child, path, err);
    run->result->is_program_at_fault = code != 0;
    return code;
}

static void fini(struct run *run) {
    tide_vec_free(&run->strangers);
    tide_cgroup_remove(&run->cgroup);
    tide_tracer_fini(&run->tracer);
    tide_watcher_fini(&run->watcher);
    if (run->child_fd >= 0)
        close(run->child_fd);
    tide_signals_fini(&run->signals);
}

int tide_run(tide_run_result *ret, const tide_run_options *options, tide_err *err) {
    *ret = (tide_run_result){0};
    struct run run = {.options = options,
                      .result = ret,
                      .signals.fd = -1,
                      .child_fd = -1,
                      .tracer = {.recursive = options->recursive, .at_exit = see_exit}};
    run.tracer.arg = &run;
    char *path;
    int code = tide_program_find(&path, options->argv[0], err);
    ret->is_program_at_fault = code != 0;
    if (code)
        return code;
    code = tide_proc_numbers_check(err);
    if (code == 0)
        code = open_descriptors(&run, err);
    if (code == 0) {
        tide_proc_children(getpid(), &run.strangers); /* none where the kernel does not list them */
        if (options->recursive)
            prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        tide_cgroup_make(&run.cgroup); /* where none can be made, there is none */
        code = start(&run, path, err);
    }
    if (code == 0)
        watch(&run);
    fini(&run);
    free(path);
    return code;
}

void tide_run_result_free(tide_run_result *result) {
    tide_reading_free(&result->peak);
    tide_reading_free(&result->still_running);
}
