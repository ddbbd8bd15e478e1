#include "proc/stat.h"
#include "proc/file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Numbers of the fields as proc_pid_stat(5) counts them: 1 is the PID, 2 the name in parentheses. */
enum {
    FIELD_STATE = 3,
    FIELD_PPID = 4,
    FIELD_FLAGS = 9,
    FIELD_MINFLT = 10,
    FIELD_CMINFLT = 11,
    FIELD_NUM_THREADS = 20,
    FIELD_STARTTIME = 22,
    FIELD_RSS = 24,
    FIELD_STARTCODE = 26,
    FIELD_STARTSTACK = 28,
    FIELD_EXIT_SIGNAL = 38, /* -1 for threads: copy_process in kernel/fork.c */
    FIELD_START_BRK = 47,
    FIELD_ARG_START = 48,
    FIELD_ENV_START = 50,
    FIELD_COUNT = 52,
    PF_KTHREAD = 0x00200000 /* include/linux/sched.h */
};

/* The name may contain anything, also parentheses and newlines; no field after it does. Returns where they start. */
static char *cut_comm(char *text, char *comm) {
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close || close < open || close[1] != ' ')
        return NULL;
    *close = 0;
    strncpy(comm, open + 1, TIDE_PROC_COMM_MAX - 1);
    comm[TIDE_PROC_COMM_MAX - 1] = 0;
    return close + 2;
}

int tide_proc_stat_read(pid_t pid, tide_proc_stat *ret) {
    char text[2048];
    ssize_t length = tide_proc_file_read(pid, "stat", text, sizeof text);
    if (length <= 0)
        return length < 0 ? (int)length : -ESRCH;
    char *at = cut_comm(text, ret->comm);
    if (!at)
        return -EBADMSG;
    uint64_t field[FIELD_COUNT + 1] = {0};
    ret->state = *at++;
    for (unsigned i = FIELD_PPID; i <= FIELD_COUNT && *at; i++)
        field[i] = strtoull(at, &at, 10);
    ret->ppid = (pid_t)field[FIELD_PPID];
    ret->is_kernel_thread = field[FIELD_FLAGS] & PF_KTHREAD;
    ret->thread_count = (uint32_t)field[FIELD_NUM_THREADS];
    ret->start_ticks = field[FIELD_STARTTIME];
    ret->minor_faults_count = field[FIELD_MINFLT];
    ret->waited_faults_count = field[FIELD_CMINFLT];
    ret->is_thread = (int64_t)field[FIELD_EXIT_SIGNAL] == -1;
    ret->rss_bytes = field[FIELD_RSS] * (uint64_t)sysconf(_SC_PAGESIZE);
    ret->layout = (tide_proc_layout){.code = field[FIELD_STARTCODE],
                                     .stack = field[FIELD_STARTSTACK],
                                     .heap = field[FIELD_START_BRK],
                                     .arguments = field[FIELD_ARG_START],
                                     .environment = field[FIELD_ENV_START]};
    return 0;
}

bool tide_proc_stat_has_ended(const tide_proc_stat *stat) {
    return (stat->state == 'Z' || stat->state == 'X') && stat->thread_count <= 1;
}
