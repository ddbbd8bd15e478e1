#include "proc/statm.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int tide_proc_statm_open(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int tide_proc_statm_read(int fd, uint64_t *ret_rss_bytes) {
    char text[128];
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    if (length < 0)
        return -errno;
    text[length] = 0;
    char *at = text;
    uint64_t virtual_pages = strtoull(at, &at, 10);
    uint64_t resident_pages = strtoull(at, &at, 10);
    if (virtual_pages == 0)
        return -ESRCH;
    *ret_rss_bytes = resident_pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return 0;
}
