#include "proc/smaps_rollup.h"
#include "proc/file.h"
#include "proc/smaps.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static bool exists_here(void) {
    return access("/proc/self/smaps_rollup", F_OK) == 0;
}

/* Opened anew each time: an open descriptor keeps showing the memory from before an exec. */
int tide_proc_smaps_rollup_read(pid_t pid, tide_proc_smaps_rollup *ret) {
    char text[2048];
    ssize_t length = tide_proc_file_read(pid, "smaps_rollup", text, sizeof text);
    if (length == -ESRCH && !exists_here())
        return -EOPNOTSUPP;
    if (length <= 0)
        return length < 0 ? (int)length : -ESRCH;
    tide_proc_smaps_rollup sum = {0};
    bool has_pss = false;
    char *rest;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        has_pss |= tide_proc_smaps_add(&sum, line);
    if (!has_pss)
        return -EBADMSG;
    *ret = sum;
    return 0;
}
