/* outside/cgroup: a control group for one run, where this user may make one: the kernel then counts the memory of the
 * program and of all that it starts, exactly, however short it lives. What it counts is not PSS: every page that they
 * brought in, page cache of files read and written included, and the kernel's own memory for them.
 *
 *   v1   CGROUP-OF-THE-TOOL/tidemark-PID    memory.max_usage_in_bytes, memory.stat
 *   v2   the same place, where it delegates the memory controller; else beside it, when the tool's own group sets no
 *        limit of memory or CPU that the program would escape         memory.peak, memory.stat
 *
 * Source: Documentation/admin-guide/cgroup-v1/memory.rst, cgroup-v2.rst. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct tide_cgroup {
    char *path; /* owned; NULL: there is none */
    char *home; /* the tool's own group; owned */
    bool is_v2;
} tide_cgroup;

typedef struct tide_cgroup_figures {
    uint64_t peak_bytes;
    uint64_t file_bytes; /* page cache, now */
    bool is_v2;
} tide_cgroup_figures;

/* 0, or a negative errno: none can be made here, and nothing was. */
int tide_cgroup_make(tide_cgroup *ret);
int tide_cgroup_enter(const tide_cgroup *cgroup, pid_t pid);
int tide_cgroup_read(const tide_cgroup *cgroup, tide_cgroup_figures *ret);
/* Processes that are still in it go back to where the tool is. Frees the paths. */
void tide_cgroup_remove(tide_cgroup *cgroup);
