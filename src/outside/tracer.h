/* outside/tracer: stop processes for a moment at their end, while their memory is still there (ptrace). Sampling may
 * miss what is short; this misses nobody, and costs 0.5 ms for each process. Meanwhile no debugger, and no strace, gets
 * at them, and programs that are setuid run without their privileges.
 *
 *   fork, vfork, clone ─► the new one is traced, too (recursive)
 *   signals            ─► delivered as they came
 *   exit               ─► at_exit(pid, tid): the last thread of the process is about to leave its memory
 *
 * When the tool dies, the kernel lets all of them go on untraced. Source: ptrace(2). One thread calls all of this. */
#pragma once
#include "base/vec.h"
#include <stdbool.h>
#include <sys/types.h>

typedef struct tide_tracee { /* a thread */
    pid_t tid, pid;
    bool is_ending; /* it was stopped at its end. A first thread stays until the others have ended, too */
} tide_tracee;

typedef struct tide_tracer {
    bool recursive; /* false: the first process alone, with its threads */
    pid_t program;  /* the first one */
    TIDE_VEC(tide_tracee) tracees;
    void (*at_exit)(void *arg, pid_t pid, pid_t tid);
    void *arg;
} tide_tracer;

/* Start with a process that has one thread. 0 or a negative errno: -EPERM where it is not allowed. */
int tide_tracer_seize(tide_tracer *tracer, pid_t pid);
/* What a wait for any child (__WALL) has told. */
void tide_tracer_handle(tide_tracer *tracer, pid_t tid, int wait_status);
void tide_tracer_fini(tide_tracer *tracer);
