#include "outside/measure.h"
#include "proc/address_space.h"
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

/* False: it has ended. */
static bool measure_one(tide_process *process) {
    tide_proc_stat stat;
    if (process->stat.is_kernel_thread) {
        process->kind = TIDE_PROCESS_KERNEL;
        return true;
    }
    int failed = read_memory(process, process->pid);
    if (failed == -ESRCH && process->stat.thread_count > 1)
        failed = read_through_threads(process);
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

static bool is_kcmp_refused(void) {
    int order;
    return tide_proc_address_space_compare(getpid(), getpid(), &order) != 0;
}

static bool has_same_layout(const tide_process *left, const tide_process *right) {
    return memcmp(&left->stat.start_address, &right->stat.start_address, sizeof left->stat.start_address) ==
           0;
}

/* Which measured row before `process` has the same address space; NULL: none. Layouts also are the same in those that
 * forked from one another, but then the kernel tells them apart. */
static const tide_process *find_sharer(const tide_reading *reading, size_t before,
                                       const tide_process *process) {
    for (size_t i = 0; i < before; i++) {
        const tide_process *other = &reading->processes.at[i];
        int order;
        if (other->kind == TIDE_PROCESS_MEASURED && has_same_layout(other, process) &&
            tide_proc_address_space_compare(other->pid, process->pid, &order) == 0 && order == 0)
            return other;
    }
    return NULL;
}

/* A process gets a page of its own by a fault; whoever has more pages than it had faults has another's memory. */
static bool has_faulted_for_all(const tide_process *process, const tide_proc_smaps_rollup *memory) {
    return process->stat.minor_faults_count * (uint64_t)sysconf(_SC_PAGESIZE) +
               memory->transparent_huge_bytes >=
           memory->private_bytes;
}

/* The same without kcmp, after `process` was read: figures are the same, too, and one of the two cannot have brought in
 * what they have. Workers that do the same have the same figures and layout, but each had its faults. */
static const tide_process *guess_sharer(const tide_reading *reading, size_t before,
                                        const tide_process *process) {
    const tide_proc_smaps_rollup *memory = &process->memory;
    for (size_t i = 0; i < before; i++) {
        const tide_process *other = &reading->processes.at[i];
        if (other->kind == TIDE_PROCESS_MEASURED && has_same_layout(other, process) &&
            memcmp(&other->memory, memory, sizeof *memory) == 0 &&
            !(has_faulted_for_all(other, memory) && has_faulted_for_all(process, memory)))
            return other;
    }
    return NULL;
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

/* Decides about a row, given those before it. False: it has ended. */
static bool measure(tide_reading *reading, size_t before, tide_process *process) {
    const tide_process *sharer = reading->is_kcmp_refused ? NULL : find_sharer(reading, before, process);
    if (!sharer) {
        if (!measure_one(process))
            return false;
        if (process->kind == TIDE_PROCESS_MEASURED && reading->is_kcmp_refused)
            sharer = guess_sharer(reading, before, process);
        reading->guessed_count += sharer != NULL;
    }
    if (sharer) {
        process->kind = TIDE_PROCESS_SHARES;
        process->shares_with = sharer->pid;
    }
    if (process->kind != TIDE_PROCESS_MEASURED)
        process->memory = (tide_proc_smaps_rollup){0};
    return true;
}

static void count(tide_reading *reading, const tide_process *process) {
    reading->measured_count += process->kind == TIDE_PROCESS_MEASURED;
    reading->denied_count += process->kind == TIDE_PROCESS_DENIED;
    add(&reading->total, &process->memory);
}

void tide_measure(tide_reading *reading) {
    reading->is_kcmp_refused = is_kcmp_refused();
    size_t kept = 0;
    for (size_t i = 0; i < reading->processes.count; i++) {
        tide_process *process = &reading->processes.at[i];
        if (process->kind == TIDE_PROCESS_MEASURED && !measure(reading, kept, process)) {
            process->kind = TIDE_PROCESS_ENDED;
            process->memory = (tide_proc_smaps_rollup){0};
            if (process->depth > 0) {
                reading->ended_count++;
                continue;
            }
        }
        count(reading, process);
        reading->processes.at[kept++] = *process;
    }
    reading->processes.count = kept;
}
