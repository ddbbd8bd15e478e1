/* proc/environ: which processes were started with a variable: /proc/PID/environ of all of this user's processes. */
#pragma once
#include <stdbool.h>

/* True when some living process, other than the caller, has exactly this "NAME=value" in its environment: as
 * its program was started, or as its parent had it when it forked. Processes that may not be looked at do not count.
 * Cost: about 20 us per process of the machine. */
bool tide_proc_environ_anyone_has(const char *assignment);
