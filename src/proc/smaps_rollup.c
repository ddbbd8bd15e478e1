#include "proc/smaps_rollup.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The figure of the line that begins with `name`, which the kernel always gives in kB. */
static int find_bytes(const char *text, const char *name, uint64_t *ret_bytes) {
    const char *line = strstr(text, name);
    if (!line)
        return -EBADMSG;
    *ret_bytes = strtoull(line + strlen(name), NULL, 10) * 1024;
    return 0;
}

/* Opened anew each time: an open descriptor keeps showing the memory from before an exec. */
int tide_proc_smaps_rollup_read(pid_t pid, tide_proc_smaps_rollup *ret) {
    char path[64], text[2048];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? -ESRCH : -errno;
    ssize_t length = read(fd, text, sizeof text - 1);
    int error = errno;
    close(fd);
    if (length <= 0)
        return length < 0 ? -error : -ESRCH;
    text[length] = 0;
    int failed = find_bytes(text, "\nRss:", &ret->rss_bytes);
    return failed ? failed : find_bytes(text, "\nPss:", &ret->pss_bytes);
}
