/* proc/stack_pointer: where a thread's stack ends just now: /proc/PID/task/TID/syscall, of threads that wait in the
 * kernel. Source: proc_pid_syscall(5). */
#pragma once
#include <stdint.h>
#include <sys/types.h>

/* 0: it runs, has ended, or may not be looked at (that needs to be allowed to attach to it). */
uint64_t tide_proc_stack_pointer(pid_t pid, pid_t tid);
