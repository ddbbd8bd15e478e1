#include "proc/mappings.h"
#include "proc/file.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const struct {
    const char *name;
    size_t offset;
} figures[] = {
    {"Rss:", offsetof(tide_proc_usage, rss_bytes)},
    {"Pss:", offsetof(tide_proc_usage, pss_bytes)},
    {"Private_Clean:", offsetof(tide_proc_usage, private_clean_bytes)},
    {"Private_Dirty:", offsetof(tide_proc_usage, private_dirty_bytes)},
    {"Shared_Clean:", offsetof(tide_proc_usage, shared_clean_bytes)},
    {"Shared_Dirty:", offsetof(tide_proc_usage, shared_dirty_bytes)},
    {"Anonymous:", offsetof(tide_proc_usage, anonymous_bytes)},
    {"AnonHugePages:", offsetof(tide_proc_usage, huge_bytes)},
    {"ShmemPmdMapped:", offsetof(tide_proc_usage, huge_bytes)},
    {"FilePmdMapped:", offsetof(tide_proc_usage, huge_bytes)},
    {"LazyFree:", offsetof(tide_proc_usage, lazy_free_bytes)},
    {"Locked:", offsetof(tide_proc_usage, locked_bytes)},
    {"KSM:", offsetof(tide_proc_usage, ksm_bytes)},
    {"Swap:", offsetof(tide_proc_usage, swap_bytes)},
    {"SwapPss:", offsetof(tide_proc_usage, swap_pss_bytes)},
    {"Private_Hugetlb:", offsetof(tide_proc_usage, private_hugetlb_bytes)},
    {"Shared_Hugetlb:", offsetof(tide_proc_usage, shared_hugetlb_bytes)},
};

static void take_figure(tide_proc_usage *usage, const char *line) {
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        size_t length = strlen(figures[i].name);
        if (strncmp(line, figures[i].name, length) != 0)
            continue;
        uint64_t *figure_bytes = (uint64_t *)(void *)((char *)usage + figures[i].offset);
        *figure_bytes += strtoull(line + length, NULL, 10) * 1024; /* the kernel always gives kB */
        return;
    }
}

/* False: the line is no mapping's first. A newline in a path is written as \012. */
static bool take_mapping(tide_proc_mappings *mappings, char *line) {
    tide_proc_mapping mapping = {0};
    char protection[5];
    unsigned major, minor;
    int path_at = 0;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &mapping.start,
               &mapping.end, protection, &mapping.offset_bytes, &major, &minor, &mapping.inode,
               &path_at) != 7 ||
        !path_at)
        return false;
    mapping.device = makedev(major, minor);
    mapping.protection =
        (protection[0] == 'r' ? TIDE_PROC_READ : 0) | (protection[1] == 'w' ? TIDE_PROC_WRITE : 0) |
        (protection[2] == 'x' ? TIDE_PROC_EXECUTE : 0) | (protection[3] == 's' ? TIDE_PROC_SHARED : 0);
    char *path = line + path_at;
    path[strcspn(path, "\n")] = 0;
    mapping.path = tide_strings_add(&mappings->names, path);
    *tide_vec_push(&mappings->list) = mapping;
    return true;
}

/* A file of a memory that is gone is empty: what was read before may have been cut short by its end. */
static bool is_still_there(int fd) {
    char byte;
    return pread(fd, &byte, 1, 0) == 1;
}

int tide_proc_mappings_read(tide_proc_mappings *ret, pid_t pid, bool has_usage) {
    tide_proc_mappings_free(ret);
    int fd = tide_proc_file_open(pid, has_usage ? "smaps" : "maps");
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (!file)
        return fd < 0 ? fd : -ENOMEM;
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, file) >= 0)
        if ((*line >= 'A' && *line <= 'Z') || !take_mapping(ret, line))
            if (ret->list.count)
                take_figure(&ret->list.at[ret->list.count - 1].usage, line);
    int failed = ferror(file) ? -errno : is_still_there(fd) ? 0 : -ESRCH;
    free(line);
    fclose(file);
    return failed;
}

void tide_proc_mappings_free(tide_proc_mappings *mappings) {
    tide_vec_free(&mappings->list);
    tide_strings_free(&mappings->names);
    *mappings = (tide_proc_mappings){0};
}

void tide_proc_usage_add(tide_proc_usage *sum, const tide_proc_usage *one) {
    uint64_t *to = (void *)sum;
    const uint64_t *from = (const void *)one;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += from[i];
}
