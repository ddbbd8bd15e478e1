/* proc/smaps: /proc/PID/smaps, the figures of proc/smaps_rollup for each mapping, added up. For kernels before 4.14: it
 * takes 2.3 us for each mapping, and loses up to 1 kB of PSS in each, since the kernel rounds each one down.
 * Source: Documentation/filesystems/proc.rst. */
#pragma once
#include "proc/smaps_rollup.h"
#include <stdbool.h>

/* Add the figure of a line as "Private_Dirty:       68 kB", the same here and in smaps_rollup; lines of other figures
 * are left alone. True when it was the PSS, which no kernel leaves out. */
bool tide_proc_smaps_add(tide_proc_smaps_rollup *sum, const char *line);

/* 0 or a negative errno, as tide_proc_smaps_rollup_read. -ESRCH also when the process ended, or replaced its program,
 * before all mappings were read: there are no partial sums. */
int tide_proc_smaps_sum(pid_t pid, tide_proc_smaps_rollup *ret);
