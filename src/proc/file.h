/* proc/file: opening and reading the files of a process in /proc. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* /proc/PID/`name`, read-only, closed by exec. A descriptor, or a negative errno: -ESRCH when there is no such process
 * or no such file. */
int tide_proc_file_open(pid_t pid, const char *name);
/* A file that is shorter than `size`, as text that ends with a 0 byte. Its length, or a negative errno. */
ssize_t tide_proc_file_read(pid_t pid, const char *name, char *text, size_t size);
/* An error that is the tool's own, and says nothing of the process: no descriptor or no memory is left. */
bool tide_proc_is_shortage(int failed);
