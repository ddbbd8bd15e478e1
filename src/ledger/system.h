/* ledger/system: system calls that the tracker hooks for the program, made directly: its own must not be recorded. */
#pragma once
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline void *tide_sys_mmap(size_t bytes, int protection, int flags, int fd) {
    /* -1 = MAP_FAILED, errno set */
    return (void *)syscall(SYS_mmap, NULL, bytes, protection, flags, fd, 0L);
}
/* Not nanosleep(3): that is a cancellation point. A signal that ends it is not told: errno is the program's. */
static inline void tide_sys_sleep_ns(long time_ns) {
    int saved_errno = errno;
    syscall(SYS_nanosleep, &(struct timespec){.tv_nsec = time_ns}, NULL);
    errno = saved_errno;
}
static inline int tide_sys_munmap(void *at, size_t bytes) {
    return (int)syscall(SYS_munmap, at, bytes);
}
static inline int tide_sys_prctl(int option, const void *a, const void *b, size_t c, const void *d) {
    return (int)syscall(SYS_prctl, option, a, b, c, d);
}
