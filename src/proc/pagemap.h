/* proc/pagemap: /proc/PID/pagemap, what stands behind each page of an address space: one word for each.
 *
 *   bit  63 present │ 62 swapped │ 61 a file's or shared memory's │ 56 mapped by nobody else │ 54…0 frame number (PFN)
 *
 * PFNs are 0 for who lacks CAP_SYS_ADMIN; the rest is seen by whoever may trace the process. A page that was only read,
 * and shows the kernel's page of zeros, is present here and no part of RSS. 25 ns a page; read in pieces, between which
 * the process may change its mappings. Source: Documentation/admin-guide/mm/pagemap.rst. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { TIDE_PROC_PAGE_BYTES = 4096, TIDE_PROC_PAGES_AT_ONCE = 4096 }; /* 100 us */

static inline bool tide_proc_page_is_present(uint64_t page) {
    return page >> 63;
}
static inline bool tide_proc_page_is_swapped(uint64_t page) {
    return page >> 62 & 1;
}
static inline bool tide_proc_page_is_file(uint64_t page) {
    return page >> 61 & 1;
}
static inline bool tide_proc_page_is_exclusive(uint64_t page) {
    return page >> 56 & 1;
}
static inline uint64_t tide_proc_page_frame(uint64_t page) { /* 0: hidden */
    return page & (((uint64_t)1 << 55) - 1);
}

int tide_proc_pagemap_open(pid_t pid); /* a descriptor, or a negative errno */
/* The words of `count` pages from `address` on; what lies beyond the address space is 0. 0 or a negative errno. */
int tide_proc_pagemap_read(int fd, uint64_t address, uint64_t *ret_pages, size_t count);
