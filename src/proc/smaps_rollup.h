/* proc/smaps_rollup: /proc/PID/smaps_rollup, exact RSS and PSS. The kernel walks all page tables of the process for it:
 * about 1 ms for each GiB in small pages, so callers ration it.
 * Source: Documentation/ABI/testing/procfs-smaps_rollup. */
#pragma once
#include <stdint.h>
#include <sys/types.h>

typedef struct tide_proc_smaps_rollup {
    uint64_t rss_bytes, pss_bytes;
} tide_proc_smaps_rollup;

/* 0 or a negative errno: -ESRCH when it has ended, -EACCES when it may not be looked at. */
int tide_proc_smaps_rollup_read(pid_t pid, tide_proc_smaps_rollup *ret);
