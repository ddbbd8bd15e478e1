/* proc/statm: /proc/PID/statm, the cheapest look at a process's resident memory (about 2 us).
 *
 * The kernel keeps these counters per CPU and adds them up roughly: they may be off by some dozens of pages per CPU.
 * Exact figures: proc/smaps_rollup. Source: Documentation/filesystems/proc.rst, table 1-3. */
#pragma once
#include <stdint.h>
#include <sys/types.h>

/* A descriptor to read again and again, or a negative errno. It stays with the process through exec. */
int tide_proc_statm_open(pid_t pid);
/* -ESRCH: the process has ended (a process without memory counts as ended). */
int tide_proc_statm_read(int fd, uint64_t *ret_rss_bytes);
