/* proc/status: /proc/PID/status, the lines that no cheaper file has. Source: Documentation/filesystems/proc.rst. */
#pragma once
#include <sys/types.h>

/* The process that a thread belongs to; of a process the same number. `tid` itself when that cannot be read. */
pid_t tide_proc_process_of(pid_t tid);
