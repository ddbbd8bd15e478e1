/* proc/cmdline: what a process was started as: /proc/PID/cmdline and the link /proc/PID/exe. */
#pragma once
#include "base/buffer.h"
#include <sys/types.h>

/* Append the arguments, each ended by a 0 byte. 0 or a negative errno. */
int tide_proc_cmdline_read(pid_t pid, tide_buffer *arguments);
/* Path of the program's file, " (deleted)" at its end when it is gone. "" when it may not be read. Owned (free). */
char *tide_proc_exe_read(pid_t pid);
