/* proc/memory: words of another process's memory: /proc/PID/mem. Reading a page that is not there would make it be
 * there: ask proc/pagemap first. Needs to be allowed to attach (ptrace) to the process. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

int tide_proc_memory_open(pid_t pid); /* a descriptor, or a negative errno */
/* All of it: 0; else a negative errno: -EIO, nothing is mapped there. */
int tide_proc_memory_read(int fd, uint64_t address, void *ret, size_t bytes);
