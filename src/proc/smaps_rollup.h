/* proc/smaps_rollup: /proc/PID/smaps_rollup, exact RSS, PSS and what they are made of. The kernel walks all page tables
 * of the process for it: about 8 ms for each GiB in small pages, and 0.2 us for each mapping. Meanwhile the process
 * cannot change its mappings, so callers ration it.
 *
 *        private_bytes (USS)            shared_bytes                   counted apart
 *   ├────────────────────────────┼──────────────────────────┤    swap_bytes, hugetlb_bytes
 *   ├──────────────────── rss_bytes ────────────────────────┤
 *   ├──────────── pss_bytes ─────────────────┤                   each shared page divided among those who map it
 *
 * Source: Documentation/ABI/testing/procfs-smaps_rollup, Documentation/filesystems/proc.rst (smaps). */
#pragma once
#include <stdint.h>
#include <sys/types.h>

typedef struct tide_proc_smaps_rollup {
    uint64_t rss_bytes, pss_bytes;
    uint64_t private_bytes; /* mapped by nobody else: what its end would give back */
    uint64_t shared_bytes;
    uint64_t shmem_pss_bytes;            /* of pss: shared memory, tmpfs and memfd; 0 before Linux 5.3 */
    uint64_t swap_bytes, swap_pss_bytes; /* swap_pss: divided among sharers, as PSS is */
    uint64_t transparent_huge_bytes;     /* anonymous memory, of the above, that came 2 MiB at a time */
    uint64_t hugetlb_bytes;              /* explicit huge pages; in none of the others */
} tide_proc_smaps_rollup;

/* `pid`: a process, or any thread of it. 0 or a negative errno: -ESRCH when it has ended or has no memory (zombie,
 * kernel thread), -EACCES when it may not be looked at, -EOPNOTSUPP when this kernel (before 4.14) has no such file:
 * proc/smaps then. All or nothing: a process that ends meanwhile gives either. */
int tide_proc_smaps_rollup_read(pid_t pid, tide_proc_smaps_rollup *ret);
