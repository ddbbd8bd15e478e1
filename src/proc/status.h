/* proc/status: /proc/PID/status, the lines that no cheaper file has. Source: Documentation/filesystems/proc.rst. */
#pragma once
#include <stdint.h>
#include <sys/types.h>

/* The process that a thread belongs to; of a process the same number. `tid` itself when that cannot be read. */
pid_t tide_proc_process_of(pid_t tid);
/* What its page tables take (VmPTE). 0: it has none, or has ended. */
uint64_t tide_proc_page_tables_bytes(pid_t pid);
