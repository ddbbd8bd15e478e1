/* proc/maps: /proc/PID/maps, what files a process has in its address space. */
#pragma once
#include <sys/types.h>

/* 1: a mapping's line contains `name`; 0: none does; else a negative errno. */
int tide_proc_maps_has(pid_t pid, const char *name);
