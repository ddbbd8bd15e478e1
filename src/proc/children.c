#include "proc/children.h"
#include "proc/file.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static int read_thread(pid_t pid, pid_t tid, tide_pids *children) {
    char name[64];
    snprintf(name, sizeof name, "task/%d/children", (int)tid);
    int fd = tide_proc_file_open(pid, name);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (!file)
        return fd < 0 ? fd : -ENOMEM;
    for (int child; fscanf(file, "%d", &child) == 1;)
        *tide_vec_push(children) = child;
    fclose(file);
    return 0;
}

int tide_proc_children(pid_t pid, tide_pids *children) {
    tide_pids tids = {0};
    int failed = tide_proc_list_threads(pid, &tids);
    for (size_t i = 0; i < tids.count && !failed; i++) {
        failed = read_thread(pid, tids.at[i], children);
        if (failed == -ESRCH)
            failed =
                access("/proc/thread-self/children", F_OK) ? -EOPNOTSUPP : 0; /* 0: just this thread ended */
    }
    tide_vec_free(&tids);
    return failed;
}
