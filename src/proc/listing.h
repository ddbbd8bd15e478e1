/* proc/listing: the folders of /proc that are numbers: all processes, or the threads of one. */
#pragma once
#include "base/vec.h"
#include <sys/types.h>

typedef TIDE_VEC(pid_t) tide_pids;

/* Append the PIDs of all processes that may be seen here, ascending. 0 or a negative errno. */
int tide_proc_list(tide_pids *pids);
/* Append the TIDs of a process's threads. -ESRCH when it has ended. */
int tide_proc_list_threads(pid_t pid, tide_pids *tids);
