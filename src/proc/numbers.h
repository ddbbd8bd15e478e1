/* proc/numbers: whose PIDs the folders of /proc are. After unshare --pid or clone(2), until somebody mounts a new one,
 * /proc is still that of the PID namespace outside: a number then names another process than everywhere else. */
#pragma once
#include "base/err.h"

/* 0 when /proc has the PIDs of our own namespace; else -ENOENT or -EXDEV, and what to do. Source: do_task_stat in
 * fs/proc/array.c. */
int tide_proc_numbers_check(tide_err *err);
