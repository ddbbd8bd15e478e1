/* proc/children: /proc/PID/task/TID/children, the processes that a process started and that still are (zombies too).
 * The kernel does not promise a whole list while children come and go: one that ends may hide a living sibling once.
 * Source: proc_tid_children(5). */
#pragma once
#include "proc/listing.h"

/* Append the children of all of the process's threads. 0 or a negative errno: -ESRCH when it has ended, -EOPNOTSUPP
 * when the kernel has no such files (CONFIG_PROC_CHILDREN): go by tide_proc_stat.ppid of all processes then. */
int tide_proc_children(pid_t pid, tide_pids *children);
