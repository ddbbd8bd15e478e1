/* proc/high_water: VmHWM of /proc/PID/status, the most that a process has had resident since it began its program, as
 * the kernel counted it (about 10 us). Everybody may read it; a process that has ended has none any more.
 * It is as exact as the counters of proc/statm. Source: Documentation/filesystems/proc.rst, table 1-2. */
#pragma once
#include <stdint.h>
#include <sys/types.h>

/* 0 or a negative errno: -ESRCH when it has ended or has no memory. */
int tide_proc_high_water_read(pid_t pid, uint64_t *ret_rss_bytes);
