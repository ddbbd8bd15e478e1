#include "proc/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int tide_proc_file_open(pid_t pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    return errno == ENOENT ? -ESRCH : -errno;
}

ssize_t tide_proc_file_read(pid_t pid, const char *name, char *text, size_t size) {
    int fd = tide_proc_file_open(pid, name);
    if (fd < 0)
        return fd;
    ssize_t length = read(fd, text, size - 1);
    int error = errno;
    close(fd);
    if (length < 0)
        return -error;
    text[length] = 0;
    return length;
}

bool tide_proc_is_shortage(int failed) {
    return failed == -EMFILE || failed == -ENFILE || failed == -ENOMEM;
}
