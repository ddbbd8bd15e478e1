/* track/successor: the program that is about to take this one's place by exec. */
#pragma once
#include <stdbool.h>

/* True when ld.so will load the tracker into it, without a word on its stderr: a dynamic 64-bit glibc program that does
 * not gain privileges nor brings a sanitizer's runtime (which insists on being first), or a script for one. What cannot
 * be looked at is left alone. `fd` and `path` as for openat(2). Allocates nothing. */
bool tide_successor_is_recordable(int fd, const char *path);
/* The same for what execvp would find. */
bool tide_successor_found_is_recordable(const char *file);
/* The same for an open file, as fexecve takes it. */
bool tide_successor_open_is_recordable(int fd);
