#include "proc/memory.h"
#include "proc/file.h"
#include <errno.h>
#include <unistd.h>

int tide_proc_memory_open(pid_t pid) {
    return tide_proc_file_open(pid, "mem");
}

int tide_proc_memory_read(int fd, uint64_t address, void *ret, size_t bytes) {
    ssize_t length = pread(fd, ret, bytes, (off_t)address);
    if (length < 0)
        return -errno;
    return (size_t)length == bytes ? 0 : -EIO;
}
