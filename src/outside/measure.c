#include "outside/measure.h"
#include "outside/spaces.h"
#include "proc/file.h"
#include "proc/listing.h"
#include "proc/smaps.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

static int read_memory(tide_process *process, pid_t tid) {
    process->method = TIDE_METHOD_ROLLUP;
    int failed = tide_proc_smaps_rollup_read(tid, &process->memory);
    if (failed != -EOPNOTSUPP)
        return failed;
    process->method = TIDE_METHOD_SMAPS;
    return tide_proc_smaps_sum(tid, &process->memory);
}

/* A process whose first thread has ended looks like a zombie, but its other threads have its memory. */
static int read_through_threads(tide_process *process) {
    tide_pids tids = {0};
    int failed = tide_proc_list_threads(process->pid, &tids);
    if (!failed)
        failed = -ESRCH;
    for (size_t i = 0; i < tids.count && failed == -ESRCH; i++)
        failed = read_memory(process, tids.at[i]);
    tide_vec_free(&tids);
    return failed;
}

static bool is_same_process(const tide_process *process, tide_proc_stat *ret_stat) {
    return tide_proc_stat_read(process->pid, ret_stat) == 0 &&
           ret_stat->start_ticks == process->stat.start_ticks;
}

/* kcmp finds all those the same that have ended and have none. */
static bool has_memory(const tide_process *process) {
    tide_proc_stat stat;
    return is_same_process(process, &stat) && stat.state != 'Z';
}

/* False: it has ended. */
static bool measure_one(tide_reading *reading, tide_process *process) {
    tide_proc_stat stat;
    int failed = read_memory(process, process->pid);
    if (failed == -ESRCH && process->stat.thread_count > 1)
        failed = read_through_threads(process);
    if (tide_proc_is_shortage(failed))
        reading->shortage = failed;
    if (!is_same_process(process, &stat))
        return false;
    process->stat = stat;
    if (failed == -ESRCH) {
        process->kind = TIDE_PROCESS_ZOMBIE;
        return stat.state == 'Z';
    }
    if (failed)
        process->kind = TIDE_PROCESS_DENIED;
    return true;
}

/* ---- address spaces that several processes share */

/* Within a clock tick numbers tell, which are given out in turn. */
static bool is_younger(const tide_process *process, const tide_process *than) {
    if (process->stat.start_ticks != than->stat.start_ticks)
        return process->stat.start_ticks > than->stat.start_ticks;
    return process->pid > than->pid;
}

static bool is_youngest_child(const tide_reading *reading, const tide_process *child) {
    for (size_t i = 0; i < reading->processes.count; i++)
        if (reading->processes.at[i].stat.ppid == child->stat.ppid &&
            is_younger(&reading->processes.at[i], child))
            return false;
    return true;
}

/* A parent that waits in vfork sleeps uninterruptibly, and starts no other. Its child has the same layout, and pages
 * that it had no faults for; of one that was forked while the parent waits for a disk, that is not so. */
static bool seems_to_wait_in_vfork(const tide_process *parent, const tide_process *child) {
    uint64_t faulted_bytes = child->stat.minor_faults_count * (uint64_t)sysconf(_SC_PAGESIZE);
    return parent->kind == TIDE_PROCESS_MEASURED && parent->pid == child->stat.ppid &&
           parent->stat.state == 'D' &&
           memcmp(&parent->stat.layout, &child->stat.layout, sizeof child->stat.layout) == 0 &&
           faulted_bytes + child->memory.transparent_huge_bytes < child->memory.private_bytes;
}

/* Where kcmp is refused, as it also is to CAP_PERFMON. `before`: rows that are measured. */
static pid_t guess_sharer(const tide_reading *reading, size_t before, const tide_process *process) {
    for (size_t i = 0; i < before; i++)
        if (seems_to_wait_in_vfork(&reading->processes.at[i], process))
            return is_youngest_child(reading, process) ? reading->processes.at[i].pid : 0;
    return 0;
}

/* ---- all of them */

static void add(tide_proc_smaps_rollup *total, const tide_proc_smaps_rollup *one) {
    total->rss_bytes += one->rss_bytes;
    total->pss_bytes += one->pss_bytes;
    total->private_bytes += one->private_bytes;
    total->shared_bytes += one->shared_bytes;
    total->swap_bytes += one->swap_bytes;
    total->swap_pss_bytes += one->swap_pss_bytes;
    total->transparent_huge_bytes += one->transparent_huge_bytes;
    total->hugetlb_bytes += one->hugetlb_bytes;
}

static void share(tide_process *process, pid_t sharer) {
    process->kind = TIDE_PROCESS_SHARES;
    process->shares_with = sharer;
}

/* Decides about a row, given those before it. False: it has ended. */
static bool measure(tide_reading *reading, size_t before, tide_spaces *spaces, tide_process *process) {
    tide_space space = {process->pid, process->stat.layout};
    pid_t sharer;
    size_t at;
    if (process->stat.is_kernel_thread) {
        process->kind = TIDE_PROCESS_KERNEL;
        return true;
    }
    int failed = tide_spaces_find(spaces, &space, &sharer, &at);
    if (sharer && has_memory(process)) {
        share(process, sharer);
        return true;
    }
    if (!measure_one(reading, process))
        return false;
    if (process->kind != TIDE_PROCESS_MEASURED || process->stat.state == 'Z')
        return true;
    if (!failed)
        tide_spaces_insert(spaces, &space, at);
    else if (failed != -ESRCH) {
        reading->is_kcmp_refused = true;
        sharer = guess_sharer(reading, before, process);
        reading->guessed_count += sharer != 0;
        if (sharer)
            share(process, sharer);
    }
    return true;
}

/* Also clears what was read of a process that is not measured after all. */
static void count(tide_reading *reading, tide_process *process) {
    if (process->kind != TIDE_PROCESS_MEASURED)
        process->memory = (tide_proc_smaps_rollup){0};
    reading->measured_count += process->kind == TIDE_PROCESS_MEASURED;
    reading->denied_count += process->kind == TIDE_PROCESS_DENIED;
    add(&reading->total, &process->memory);
}

void tide_measure(tide_reading *reading) {
    tide_spaces spaces = {0};
    size_t kept = 0;
    for (size_t i = 0; i < reading->processes.count; i++) {
        tide_process *process = &reading->processes.at[i];
        if (process->kind == TIDE_PROCESS_MEASURED && !measure(reading, kept, &spaces, process)) {
            process->kind = TIDE_PROCESS_ENDED;
            if (process->depth > 0) {
                reading->ended_count++;
                continue;
            }
        }
        count(reading, process);
        reading->processes.at[kept++] = *process;
    }
    reading->processes.count = kept;
    tide_vec_free(&spaces);
}
