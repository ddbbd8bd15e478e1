/* Preloaded into the tool: a disk that is full after some bytes. Counts what is written to regular files, together. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's names are reserved ones */
ssize_t write(int fd, const void *bytes, size_t count) {
    static size_t written_bytes;
    const char *room = getenv("TIDE_TEST_FULL_AFTER_BYTES");
    struct stat status;
    if (room && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && fd > STDERR_FILENO) {
        if (written_bytes + count > (size_t)atol(room)) {
            errno = ENOSPC;
            return -1;
        }
        written_bytes += count;
    }
    return syscall(SYS_write, fd, bytes, count);
}
