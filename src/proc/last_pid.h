/* proc/last_pid: the PID given out last in this PID namespace: /proc/loadavg, field 5 (about 2 us). PIDs are given out
 * in turn, so who has seen it before knows which ones are new, and that none is when it has not moved.
 * Threads take numbers from the same row. Source: proc_loadavg(5); alloc_pid in kernel/pid.c. */
#pragma once
#include <sys/types.h>

pid_t tide_proc_last_pid(void); /* 0: cannot be read */
pid_t tide_proc_pid_max(void);  /* where the row begins anew; 0: cannot be read */
