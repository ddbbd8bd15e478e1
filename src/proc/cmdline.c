#include "proc/cmdline.h"
#include "base/alloc.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int tide_proc_cmdline_read(pid_t pid, tide_buffer *arguments) {
    char path[64], chunk[4096];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t length;
    while ((length = read(fd, chunk, sizeof chunk)) > 0)
        tide_buffer_put(arguments, chunk, (size_t)length);
    int failed = length < 0 ? -errno : 0;
    close(fd);
    return failed;
}

char *tide_proc_exe_read(pid_t pid) {
    char path[64], target[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(path, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = 0;
    return tide_xstrdup(target);
}
