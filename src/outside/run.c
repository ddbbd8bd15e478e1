#include "outside/run.h"
#include "launch/child.h"
#include "launch/program.h"
#include "outside/family.h"
#include "outside/sampler.h"
#include "outside/tracer.h"
#include "proc/high_water.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const uint64_t SECOND_NS = 1000000000;

struct run {
    const tide_run_options *options; /* borrowed */
    tide_run_result *result;         /* borrowed */
    tide_signals signals;
    int child_fd; /* signalfd of SIGCHLD */
    tide_child child;
    tide_cgroup cgroup;
    tide_tracer tracer;
    tide_family family;
    tide_sampler sampler;
    uint64_t start_cpu_ns, look_due_ns;
    uint64_t peak_rss_bytes; /* of all members together, from looks */
    uint64_t read_process_bytes,
        read_process_pss_bytes; /* RSS and PSS of the one with most RSS in any reading */
    bool has_ended, stops, told_of_waiting;
    bool has_unseen; /* perhaps: it has waited for processes, or left orphans */
};

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static uint64_t time_ns(const struct run *run) {
    return clock_ns(CLOCK_MONOTONIC) - run->result->start_ns;
}

static uint64_t cost_ns(const struct run *run) {
    return clock_ns(CLOCK_THREAD_CPUTIME_ID) - run->start_cpu_ns;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* ---- watching */

static void note_mark(struct run *run, uint64_t rss_bytes) {
    run->result->highest_process_bytes = larger(run->result->highest_process_bytes, rss_bytes);
}

/* Also the marks of processes that somebody else will wait for. */
static void note_processes(struct run *run, const tide_reading *reading) {
    for (size_t i = 0; i < reading->processes.count; i++) {
        const tide_process *process = &reading->processes.at[i];
        uint64_t mark_bytes;
        if (process->memory.rss_bytes > run->read_process_bytes) {
            run->read_process_bytes = process->memory.rss_bytes;
            run->read_process_pss_bytes = process->memory.pss_bytes;
        }
        if (tide_proc_high_water_read(process->pid, &mark_bytes) == 0)
            note_mark(run, mark_bytes);
    }
}

static void take_reading(struct run *run) {
    tide_run_result *result = run->result;
    uint64_t before_ns = cost_ns(run);
    tide_reading reading = {0};
    tide_tree_read(&reading, run->family.members.at, run->family.members.count, run->options->recursive);
    tide_family_learn(&run->family, &reading);
    tide_sampler_read(&run->sampler, reading.total.pss_bytes, cost_ns(run) - before_ns);
    result->ended_count += reading.ended_count;
    if (reading.denied_count > result->denied_count)
        result->denied_count = reading.denied_count;
    note_processes(run, &reading);
    if (reading.measured_count) {
        result->readings_count++;
        run->options->sample(run->options->arg, &reading, run->result->start_ns);
    }
    if (reading.total.pss_bytes > result->peak.total.pss_bytes) {
        tide_reading lower = result->peak;
        result->peak = reading;
        reading = lower;
    }
    tide_reading_free(&reading);
}

static void look(struct run *run, bool is_last_chance) {
    tide_family_look(&run->family);
    tide_look look = {.time_ns = time_ns(run),
                      .cpu_ns = cost_ns(run),
                      .rss_bytes = run->family.rss_bytes,
                      .faults_count = run->family.faults_count};
    run->result->looks_count++;
    run->peak_rss_bytes = larger(run->peak_rss_bytes, look.rss_bytes);
    bool is_due = tide_sampler_look(&run->sampler, &look);
    if (run->family.members.count &&
        (is_due || (is_last_chance && look.rss_bytes > run->sampler.best_pss_bytes)))
        take_reading(run);
    run->look_due_ns = time_ns(run) + run->sampler.look_gap_ns;
}

/* ---- ends */

/* The tracer has stopped a process just before its memory goes. */
static void see_exit(void *arg, pid_t pid) {
    struct run *run = arg;
    uint64_t rss_bytes;
    if (tide_proc_high_water_read(pid, &rss_bytes) == 0) {
        note_mark(run, rss_bytes);
        run->result->all_marks_bytes += rss_bytes;
    }
    look(run, true);
}

/* wait4's mark is that of a process and of all that it has waited for: of the program alone only when there are none.
 * Source: getrusage in kernel/sys.c, RUSAGE_BOTH. */
static void reap_one(struct run *run, pid_t pid) {
    tide_proc_stat stat = {0};
    struct rusage usage;
    int status;
    bool is_program = pid == run->child.pid;
    tide_proc_stat_read(pid, &stat);
    if (wait4(pid, &status, __WALL, &usage) != pid)
        return;
    if (run->options->exact)
        tide_tracer_handle(&run->tracer, pid, status);
    if (is_program) {
        run->has_ended = true;
        run->result->wait_status = status;
        run->result->duration_ns = time_ns(run);
        run->result->has_unwatched_children = !run->options->recursive && stat.waited_faults_count;
    }
    run->has_unseen |= !is_program || stat.waited_faults_count;
    if (run->options->recursive || !stat.waited_faults_count)
        note_mark(run, (uint64_t)usage.ru_maxrss * 1024);
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
    uint64_t now_ns = time_ns(run), gap_ns = run->look_due_ns > now_ns ? run->look_due_ns - now_ns : 0;
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
    if (!run->options->wait_tree || run->stops || !run->family.members.count)
        return true;
    if (!run->told_of_waiting && time_ns(run) - run->result->duration_ns > SECOND_NS) {
        run->told_of_waiting = true;
        run->options->say(run->options->arg,
                          "the program has ended, but not all that it started: watching until "
                          "they end, or until Ctrl-C");
    }
    return false;
}

static void watch(struct run *run) {
    tide_family_init(&run->family, run->child.pid, run->options->recursive);
    tide_sampler_init(&run->sampler, time_ns(run), cost_ns(run));
    while (!is_over(run)) {
        if (time_ns(run) >= run->look_due_ns)
            look(run, false);
        wait_for_events(run);
    }
}

/* ---- the result */

static void find_peak(struct run *run) {
    tide_run_result *result = run->result;
    uint64_t read_bytes = result->peak.total.pss_bytes, mark_bytes = result->highest_process_bytes;
    if (run->family.seen_count == 1 && !run->has_unseen)
        result->at_most_bytes = mark_bytes;
    else if (run->options->exact)
        result->at_most_bytes = result->all_marks_bytes;
    result->peak_bytes = read_bytes;
    result->peak_method = TIDE_PEAK_READ;
    if (!read_bytes) {
        result->peak_bytes = larger(mark_bytes, run->peak_rss_bytes);
        result->peak_method = result->peak_bytes ? TIDE_PEAK_RSS : TIDE_PEAK_NONE;
        return;
    }
    /* The mark's counters are a little off the reading's: a rise of less than 1 / 32 is none. */
    if (mark_bytes <= run->read_process_bytes + run->read_process_bytes / 32)
        return;
    uint64_t risen_bytes = run->read_process_pss_bytes + (mark_bytes - run->read_process_bytes);
    if (risen_bytes > read_bytes) {
        result->peak_bytes = risen_bytes;
        result->peak_method = TIDE_PEAK_MARK;
    }
}

/* Who lives on has a mark, too; who is ending at this moment is no matter. */
static void see_who_lives_on(struct run *run) {
    tide_reading *reading = &run->result->still_running;
    tide_family_look(&run->family);
    tide_tree_read(reading, run->family.members.at, run->family.members.count, true);
    note_processes(run, reading);
    size_t kept = 0;
    for (size_t i = 0; i < reading->processes.count; i++)
        if (reading->processes.at[i].kind != TIDE_PROCESS_ENDED &&
            reading->processes.at[i].kind != TIDE_PROCESS_ZOMBIE)
            reading->processes.at[kept++] = reading->processes.at[i];
    reading->processes.count = kept;
}

static void finish(struct run *run) {
    tide_run_result *result = run->result;
    result->cpu_ns = cost_ns(run);
    result->watched_ns = time_ns(run);
    result->processes_count = run->family.seen_count;
    if (run->options->recursive)
        see_who_lives_on(run);
    find_peak(run);
    result->has_cgroup = run->cgroup.path && tide_cgroup_read(&run->cgroup, &result->cgroup) == 0;
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
    run->start_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    run->result->start_ns = clock_ns(CLOCK_MONOTONIC);
    code = tide_child_go(&run->child, path, err);
    run->result->is_program_at_fault = code != 0;
    return code;
}

static void fini(struct run *run) {
    tide_cgroup_remove(&run->cgroup);
    tide_tracer_fini(&run->tracer);
    tide_family_fini(&run->family);
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
    code = open_descriptors(&run, err);
    if (code == 0) {
        if (options->recursive)
            prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        tide_cgroup_make(&run.cgroup); /* where none can be made, there is none */
        code = start(&run, path, err);
    }
    if (code == 0) {
        watch(&run);
        finish(&run);
    }
    fini(&run);
    free(path);
    return code;
}

void tide_run_result_free(tide_run_result *result) {
    tide_reading_free(&result->peak);
    tide_reading_free(&result->still_running);
}
