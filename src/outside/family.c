#include "outside/family.h"
#include "proc/last_pid.h"
#include "proc/listing.h"
#include "proc/stat.h"
#include <unistd.h>

enum { NEW_PIDS_MAX = 4096 }; /* more at once, or a row that has begun anew: all processes are listed */

static bool has(const tide_family *family, pid_t pid) {
    for (size_t i = 0; i < family->members.count; i++)
        if (family->members.at[i].pid == pid)
            return true;
    return false;
}

static void add(tide_family *family, pid_t pid, const tide_proc_stat *stat) {
    *tide_vec_push(&family->members) = (tide_root){.pid = pid, .start_ticks = stat->start_ticks};
    *tide_vec_push(&family->member_faults_count) = stat->minor_faults_count;
    family->seen_count++;
    family->rss_bytes += stat->rss_bytes;
}

static void drop(tide_family *family, size_t index) {
    family->gone_faults_count += family->member_faults_count.at[index];
    size_t last = --family->members.count;
    family->member_faults_count.count = last;
    family->members.at[index] = family->members.at[last];
    family->member_faults_count.at[index] = family->member_faults_count.at[last];
}

static void look_at_members(tide_family *family) {
    family->rss_bytes = 0;
    for (size_t i = family->members.count; i-- > 0;) {
        const tide_root *member = &family->members.at[i];
        tide_proc_stat stat;
        if (tide_proc_stat_read(member->pid, &stat) || stat.start_ticks != member->start_ticks ||
            stat.state == 'Z' || stat.state == 'X') {
            drop(family, i);
            continue;
        }
        family->rss_bytes += stat.rss_bytes;
        family->member_faults_count.at[i] = stat.minor_faults_count;
    }
}

static bool consider(tide_family *family, pid_t pid) {
    tide_proc_stat stat;
    if (tide_proc_stat_read(pid, &stat) || stat.is_thread || stat.state == 'Z' || stat.state == 'X')
        return false;
    if ((stat.ppid != getpid() && !has(family, stat.ppid)) || has(family, pid))
        return false;
    add(family, pid, &stat);
    return true;
}

/* A child may have a lower number than its parent here: go round until nobody is found. */
static void consider_all(tide_family *family) {
    tide_pids pids = {0};
    if (tide_proc_list(&pids) == 0)
        for (bool found = true; found;) {
            found = false;
            for (size_t i = 0; i < pids.count; i++)
                found |= consider(family, pids.at[i]);
        }
    tide_vec_free(&pids);
}

static void find_new(tide_family *family) {
    pid_t last_pid = tide_proc_last_pid(), from = family->settled_pid;
    family->settled_pid = family->last_pid;
    family->last_pid = last_pid;
    if (last_pid && last_pid == from)
        return;
    if (last_pid < from || last_pid - from > NEW_PIDS_MAX) {
        consider_all(family);
        return;
    }
    for (pid_t pid = from + 1; pid <= last_pid; pid++)
        consider(family, pid);
}

void tide_family_look(tide_family *family) {
    look_at_members(family);
    if (family->recursive)
        find_new(family);
    family->faults_count = family->gone_faults_count;
    for (size_t i = 0; i < family->members.count; i++)
        family->faults_count += family->member_faults_count.at[i];
}

void tide_family_init(tide_family *family, pid_t program, bool recursive) {
    tide_proc_stat stat;
    *family = (tide_family){.recursive = recursive, .last_pid = program, .settled_pid = program};
    if (tide_proc_stat_read(program, &stat) == 0)
        add(family, program, &stat);
}

void tide_family_learn(tide_family *family, const tide_reading *reading) {
    for (size_t i = 0; i < reading->processes.count; i++) {
        const tide_process *process = &reading->processes.at[i];
        if (process->stat.start_ticks && process->kind != TIDE_PROCESS_ZOMBIE && !has(family, process->pid))
            add(family, process->pid, &process->stat);
    }
}

void tide_family_fini(tide_family *family) {
    tide_vec_free(&family->members);
    tide_vec_free(&family->member_faults_count);
}
