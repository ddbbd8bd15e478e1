#include "outside/tracer.h"
#include "proc/status.h"
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static tide_tracee *get(tide_tracer *tracer, pid_t tid) {
    for (size_t i = 0; i < tracer->tracees.count; i++)
        if (tracer->tracees.at[i].tid == tid)
            return &tracer->tracees.at[i];
    tide_tracee *tracee = tide_vec_push(&tracer->tracees);
    *tracee = (tide_tracee){.tid = tid, .pid = tide_proc_process_of(tid)};
    return tracee;
}

static void drop(tide_tracer *tracer, pid_t tid) {
    for (size_t i = 0; i < tracer->tracees.count; i++)
        if (tracer->tracees.at[i].tid == tid) {
            tracer->tracees.at[i] = tracer->tracees.at[--tracer->tracees.count];
            return;
        }
}

static bool has_living_thread(const tide_tracer *tracer, pid_t pid) {
    for (size_t i = 0; i < tracer->tracees.count; i++)
        if (tracer->tracees.at[i].pid == pid && !tracer->tracees.at[i].is_ending)
            return true;
    return false;
}

int tide_tracer_seize(tide_tracer *tracer, pid_t pid) {
    /* CLONE: threads, and by clone(2) also processes */
    long options = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACECLONE;
    if (tracer->recursive)
        options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
    tracer->program = pid;
    if (ptrace(PTRACE_SEIZE, pid, 0, options) < 0)
        return -errno;
    get(tracer, pid);
    return 0;
}

/* An exec ends all other threads, silently, and gives the process's number to the one that called it, although the
 * first thread may have been seen to end. */
static void forget_threads(tide_tracer *tracer, pid_t pid) {
    for (size_t i = tracer->tracees.count; i-- > 0;)
        if (tracer->tracees.at[i].pid == pid && tracer->tracees.at[i].tid != pid)
            drop(tracer, tracer->tracees.at[i].tid);
    get(tracer, pid)->is_ending = false;
}

/* Of a process that ends, each thread stops; memory is there as long as one is. */
static void handle_exit(tide_tracer *tracer, pid_t tid) {
    tide_tracee *tracee = get(tracer, tid);
    pid_t pid = tracee->pid;
    tracee->is_ending = true;
    if (!has_living_thread(tracer, pid))
        tracer->at_exit(tracer->arg, pid, tid);
}

static bool is_stop_signal(int number) {
    return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

static void handle_stop(tide_tracer *tracer, pid_t tid, int wait_status) {
    int event = wait_status >> 16, number = WSTOPSIG(wait_status);
    pid_t pid = get(tracer, tid)->pid;
    if (event == PTRACE_EVENT_EXEC)
        forget_threads(tracer, pid);
    if (event == PTRACE_EVENT_EXIT)
        handle_exit(tracer, tid);
    if (event == PTRACE_EVENT_STOP && is_stop_signal(number)) {
        ptrace(PTRACE_LISTEN, tid, 0, 0); /* stopped by its user: stays so, until SIGCONT */
        return;
    }
    if (!tracer->recursive && tid == pid && pid != tracer->program) {
        ptrace(PTRACE_DETACH, tid, 0, 0);
        drop(tracer, tid);
        return;
    }
    ptrace(PTRACE_CONT, tid, 0, event ? 0 : number);
}

void tide_tracer_handle(tide_tracer *tracer, pid_t tid, int wait_status) {
    if (WIFSTOPPED(wait_status))
        handle_stop(tracer, tid, wait_status);
    else
        drop(tracer, tid);
}

void tide_tracer_fini(tide_tracer *tracer) {
    tide_vec_free(&tracer->tracees);
}
