#include "proc/smaps.h"
#include "proc/file.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    size_t offset;
} figures[] = {
    {"Pss:", offsetof(tide_proc_smaps_rollup, pss_bytes)},
    {"Rss:", offsetof(tide_proc_smaps_rollup, rss_bytes)},
    {"Pss_Shmem:", offsetof(tide_proc_smaps_rollup, shmem_pss_bytes)},
    {"Private_Clean:", offsetof(tide_proc_smaps_rollup, private_bytes)},
    {"Private_Dirty:", offsetof(tide_proc_smaps_rollup, private_bytes)},
    {"Shared_Clean:", offsetof(tide_proc_smaps_rollup, shared_bytes)},
    {"Shared_Dirty:", offsetof(tide_proc_smaps_rollup, shared_bytes)},
    {"Swap:", offsetof(tide_proc_smaps_rollup, swap_bytes)},
    {"SwapPss:", offsetof(tide_proc_smaps_rollup, swap_pss_bytes)},
    {"AnonHugePages:", offsetof(tide_proc_smaps_rollup, transparent_huge_bytes)},
    {"Private_Hugetlb:", offsetof(tide_proc_smaps_rollup, hugetlb_bytes)},
    {"Shared_Hugetlb:", offsetof(tide_proc_smaps_rollup, hugetlb_bytes)},
};

bool tide_proc_smaps_add(tide_proc_smaps_rollup *sum, const char *line) {
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        size_t length = strlen(figures[i].name);
        if (strncmp(line, figures[i].name, length) != 0)
            continue;
        uint64_t *figure_bytes = (uint64_t *)(void *)((char *)sum + figures[i].offset);
        *figure_bytes += strtoull(line + length, NULL, 10) * 1024; /* the kernel always gives kB */
        return i == 0;
    }
    return false;
}

/* A file of a memory that is gone is empty: what was read before may have been cut short by its end. */
static bool is_still_there(int fd) {
    char byte;
    return pread(fd, &byte, 1, 0) == 1;
}

int tide_proc_smaps_sum(pid_t pid, tide_proc_smaps_rollup *ret) {
    int fd = tide_proc_file_open(pid, "smaps");
    if (fd < 0)
        return fd;
    FILE *file = fdopen(fd, "r");
    if (!file) {
        close(fd);
        return -ENOMEM;
    }
    tide_proc_smaps_rollup sum = {0};
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, file) >= 0)
        tide_proc_smaps_add(&sum, line);
    int failed = ferror(file) ? -errno : is_still_there(fd) ? 0 : -ESRCH;
    free(line);
    fclose(file);
    if (failed == 0)
        *ret = sum;
    return failed;
}
