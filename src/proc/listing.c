#include "proc/listing.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int list_numbers(const char *path, tide_pids *numbers) {
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT ? -ESRCH : -errno;
    struct dirent *entry;
    for (errno = 0; (entry = readdir(folder)); errno = 0)
        if (isdigit((unsigned char)entry->d_name[0]))
            *tide_vec_push(numbers) = atoi(entry->d_name);
    int failed = errno == ENOENT ? -ESRCH : -errno;
    closedir(folder);
    return failed;
}

int tide_proc_list(tide_pids *pids) {
    return list_numbers("/proc", pids);
}

int tide_proc_list_threads(pid_t pid, tide_pids *tids) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    return list_numbers(path, tids);
}
