#include "proc/pagemap.h"
#include "proc/file.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

int tide_proc_pagemap_open(pid_t pid) {
    return tide_proc_file_open(pid, "pagemap");
}

int tide_proc_pagemap_read(int fd, uint64_t address, uint64_t *ret_pages, size_t count) {
    while (count) {
        size_t now = count < TIDE_PROC_PAGES_AT_ONCE ? count : TIDE_PROC_PAGES_AT_ONCE;
        off_t at = (off_t)(address / TIDE_PROC_PAGE_BYTES * sizeof *ret_pages);
        ssize_t length = pread(fd, ret_pages, now * sizeof *ret_pages, at);
        if (length < 0)
            return -errno;
        size_t got = (size_t)length / sizeof *ret_pages;
        if (got == 0) {
            memset(ret_pages, 0, count * sizeof *ret_pages);
            return 0;
        }
        address += got * TIDE_PROC_PAGE_BYTES;
        ret_pages += got;
        count -= got;
    }
    return 0;
}
