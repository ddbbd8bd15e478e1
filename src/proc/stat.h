/* proc/stat: /proc/PID/stat, what the kernel tells everybody about a process (about 7 us).
 * Source: Documentation/filesystems/proc.rst, table 1-4; proc_pid_stat(5). */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { TIDE_PROC_COMM_MAX = 64 }; /* kernel threads' names are longer than the 15 bytes of others */

/* Where the program, its stack and its arguments are: the same in processes that share an address space, and in a child
 * since its fork. All 0 of those that may not be looked at. */
typedef struct tide_proc_layout {
    uint64_t code, stack, heap, arguments, environment;
} tide_proc_layout;

typedef struct tide_proc_stat {
    pid_t ppid;                       /* 0: none, or outside of this PID namespace */
    char state;                       /* "R S D T Z …" */
    bool is_kernel_thread, is_thread; /* is_thread: PID was a thread's number, not a process's */
    uint32_t thread_count;
    uint64_t start_ticks;         /* after boot; with the PID it names a process for good */
    uint64_t minor_faults_count;  /* of all its threads */
    uint64_t waited_faults_count; /* of the children that it has waited for; 0: it has waited for none */
    uint64_t rss_bytes;           /* the cheap estimate, see proc/statm */
    tide_proc_layout layout;
    char comm[TIDE_PROC_COMM_MAX]; /* any bytes: a program chooses its name */
} tide_proc_stat;

/* 0 or a negative errno: -ESRCH when there is no such process. */
int tide_proc_stat_read(pid_t pid, tide_proc_stat *ret);
/* True: nothing is left of it but its number. A process whose first thread has ended lives on in the others. */
bool tide_proc_stat_has_ended(const tide_proc_stat *stat);
