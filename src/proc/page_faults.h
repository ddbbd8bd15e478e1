/* proc/page_faults: which code of a process touches memory for the first time: perf_event_open(2), the software event
 * "page faults", each one of it.
 *
 *   fault   address 0x7f01…a40   code  fill(): main   thread 102
 *
 * The kernel writes them into rings, one for each CPU, which are emptied from time to time; what does not fit is lost,
 * and counted. Without CAP_PERFMON it is allowed for one's own processes while /proc/sys/kernel/perf_event_paranoid
 * is at most 2, and leaves out what the kernel touches for the process (read(2) into fresh memory).
 *
 * The kernel follows frame pointers. Code without them is skipped there, but for the innermost function, which is
 * always right, and its caller, when the word at the top of the stack is a return address (memset, memcpy). */
#pragma once
#include "base/vec.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { TIDE_PROC_FAULT_DEPTH = 16 };

typedef struct tide_proc_fault {
    uint64_t address;
    uint64_t top_word; /* at the thread's stack pointer */
    uint32_t depth;
    uint64_t pc
        [TIDE_PROC_FAULT_DEPTH]; /* innermost first; [0] is the instruction itself, the others return to theirs */
} tide_proc_fault;

typedef struct tide_proc_faults tide_proc_faults;

/* Of all threads that the process will have: to be called while it has one. Owned (tide_proc_faults_close). 0 or a
 * negative errno: -EACCES, -EPERM when it is not permitted, -ENOSYS … when there is no such thing here. */
int tide_proc_faults_open(tide_proc_faults **ret, pid_t pid);
/* Append what has happened since the last call. Cost: 50 ns a fault. */
typedef TIDE_VEC(tide_proc_fault) tide_proc_fault_list;
void tide_proc_faults_take(tide_proc_faults *faults, tide_proc_fault_list *ret);
uint64_t tide_proc_faults_lost(const tide_proc_faults *faults); /* so far */
void tide_proc_faults_close(tide_proc_faults *faults);          /* NULL is fine */
