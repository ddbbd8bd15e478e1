#include "outside/family.h"
#include "proc/last_pid.h"
#include "proc/stat.h"
#include <unistd.h>

enum { NEW_PIDS_MAX = 4096 }; /* more at once, or a row that has begun anew: all processes are listed */

/* Its place; the number of members: it is none. */
static size_t find(const tide_family *family, pid_t pid) {
    size_t i = 0;
    while (i < family->members.count && family->members.at[i].pid != pid)
        i++;
    return i;
}

static bool has(const tide_family *family, pid_t pid) {
    return find(family, pid) < family->members.count;
}

static void add(tide_family *family, pid_t pid, const tide_proc_stat *stat) {
    *tide_vec_push(&family->members) = (tide_root){.pid = pid, .start_ticks = stat->start_ticks};
    *tide_vec_push(&family->member_faults_count) = stat->minor_faults_count;
    *tide_vec_push(&family->member_pss_bytes) = 0;
    family->seen_count++;
    family->rss_bytes += stat->rss_bytes;
}

static void drop(tide_family *family, size_t index) {
    family->gone_faults_count += family->member_faults_count.at[index];
    size_t last = --family->members.count;
    family->member_faults_count.count = family->member_pss_bytes.count = last;
    family->members.at[index] = family->members.at[last];
    family->member_faults_count.at[index] = family->member_faults_count.at[last];
    family->member_pss_bytes.at[index] = family->member_pss_bytes.at[last];
}

static void look_at_members(tide_family *family) {
    family->rss_bytes = 0;
    for (size_t i = family->members.count; i-- > 0;) {
        const tide_root *member = &family->members.at[i];
        tide_proc_stat stat;
        if (tide_proc_stat_read(member->pid, &stat) || stat.start_ticks != member->start_ticks ||
            tide_proc_stat_has_ended(&stat)) {
            drop(family, i);
            continue;
        }
        family->rss_bytes += stat.rss_bytes;
        family->member_faults_count.at[i] = stat.minor_faults_count;
    }
}

enum found { NOBODY, MEMBER_ALREADY, STRANGER, NEW_MEMBER };

static enum found consider(tide_family *family, pid_t pid) {
    tide_proc_stat stat;
    if (has(family, pid))
        return MEMBER_ALREADY;
    if (tide_proc_stat_read(pid, &stat))
        return NOBODY;
    if (stat.is_thread || (stat.ppid != getpid() && !has(family, stat.ppid)))
        return STRANGER;
    if (tide_proc_stat_has_ended(&stat))
        return NOBODY;
    add(family, pid, &stat);
    return NEW_MEMBER;
}

/* A child may have a lower number than its parent here: go round until nobody is found. Who has gone again is not
 * known: as many as there were numbers, at most. */
static void consider_all(tide_family *family, pid_t from, pid_t last_pid) {
    tide_pids pids = {0};
    if (tide_proc_list(&pids) == 0)
        for (bool found = true; found;) {
            found = false;
            for (size_t i = 0; i < pids.count; i++)
                found |= consider(family, pids.at[i]) == NEW_MEMBER;
        }
    tide_vec_free(&pids);
    family->unseen_count +=
        (size_t)(last_pid > from ? last_pid - from : tide_proc_pid_max() - from + last_pid);
}

/* Who was just being made is there by now. */
static void consider_unmet(tide_family *family) {
    for (size_t i = 0; i < family->unmet.count; i++)
        family->unseen_count += consider(family, family->unmet.at[i]) == NOBODY;
    family->unmet.count = 0;
}

static void find_new(tide_family *family) {
    pid_t last_pid = tide_proc_last_pid(), from = family->last_pid;
    family->last_pid = last_pid;
    consider_unmet(family);
    if (!last_pid)
        return;
    if (last_pid < from || last_pid - from > NEW_PIDS_MAX) {
        consider_all(family, from, last_pid);
        return;
    }
    for (pid_t pid = from + 1; pid <= last_pid; pid++)
        if (consider(family, pid) == NOBODY)
            *tide_vec_push(&family->unmet) = pid;
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
    *family = (tide_family){.recursive = recursive, .last_pid = program};
    if (tide_proc_stat_read(program, &stat) == 0)
        add(family, program, &stat);
}

void tide_family_learn(tide_family *family, const tide_reading *reading) {
    for (size_t i = 0; i < reading->processes.count; i++) {
        const tide_process *process = &reading->processes.at[i];
        if (!process->stat.start_ticks || process->kind == TIDE_PROCESS_ZOMBIE)
            continue;
        size_t at = find(family, process->pid);
        if (at == family->members.count)
            add(family, process->pid, &process->stat);
        family->member_pss_bytes.at[at] = process->memory.pss_bytes;
    }
}

uint64_t tide_family_pss_bytes(const tide_family *family) {
    uint64_t sum_bytes = 0;
    for (size_t i = 0; i < family->members.count; i++)
        sum_bytes += family->member_pss_bytes.at[i];
    return sum_bytes;
}

void tide_family_release(tide_family *family, pid_t pid) {
    size_t at = find(family, pid);
    if (at < family->members.count)
        family->member_pss_bytes.at[at] = 0;
}

void tide_family_fini(tide_family *family) {
    tide_vec_free(&family->members);
    tide_vec_free(&family->member_faults_count);
    tide_vec_free(&family->member_pss_bytes);
    tide_vec_free(&family->unmet);
}
