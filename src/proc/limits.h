/* proc/limits: /proc/PID/limits: how large a stack may become. */
#pragma once
#include <stdint.h>
#include <sys/types.h>

/* RLIMIT_STACK, which is also what glibc gives each thread. UINT64_MAX: unlimited. 0: not known. */
uint64_t tide_proc_stack_limit_bytes(pid_t pid);
