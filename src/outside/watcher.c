#include "outside/watcher.h"
#include "proc/high_water.h"
#include <time.h>

static const uint64_t SECOND_NS = 1000000000;

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

uint64_t tide_watcher_time_ns(const tide_watcher *watcher) {
    return clock_ns(CLOCK_MONOTONIC) - watcher->result->start_ns;
}

static uint64_t cost_ns(const tide_watcher *watcher) {
    return clock_ns(CLOCK_THREAD_CPUTIME_ID) - watcher->start_cpu_ns;
}

void tide_watcher_init(tide_watcher *watcher, const tide_run_options *options, tide_run_result *result,
                       pid_t program) {
    result->start_ns = clock_ns(CLOCK_MONOTONIC);
    *watcher = (tide_watcher){
        .options = options, .result = result, .start_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID)};
    tide_family_init(&watcher->family, program, options->recursive);
    tide_sampler_init(&watcher->sampler, 0, 0);
}

void tide_watcher_fini(tide_watcher *watcher) {
    tide_family_fini(&watcher->family);
}

/* ---- looks and readings */

void tide_watcher_mark(tide_watcher *watcher, uint64_t rss_bytes) {
    watcher->result->highest_process_bytes = larger(watcher->result->highest_process_bytes, rss_bytes);
}

/* Also the marks so far of processes that somebody else will wait for. */
static void note_processes(tide_watcher *watcher, const tide_reading *reading) {
    for (size_t i = 0; i < reading->processes.count; i++) {
        const tide_process *process = &reading->processes.at[i];
        uint64_t mark_bytes;
        if (process->memory.rss_bytes > watcher->read_process_bytes) {
            watcher->read_process_bytes = process->memory.rss_bytes;
            watcher->read_process_pss_bytes = process->memory.pss_bytes;
        }
        if (tide_proc_high_water_read(process->pid, &mark_bytes) == 0)
            tide_watcher_mark(watcher, mark_bytes);
    }
}

static void take_reading(tide_watcher *watcher) {
    tide_run_result *result = watcher->result;
    uint64_t before_ns = cost_ns(watcher);
    tide_reading reading = {0};
    tide_tree_read(&reading, watcher->family.members.at, watcher->family.members.count,
                   watcher->options->recursive);
    tide_family_learn(&watcher->family, &reading);
    tide_sampler_read(&watcher->sampler, reading.total.pss_bytes, cost_ns(watcher) - before_ns);
    result->ended_count += reading.ended_count;
    if (reading.denied_count > result->denied_count)
        result->denied_count = reading.denied_count;
    note_processes(watcher, &reading);
    if (reading.measured_count) {
        result->readings_count++;
        watcher->options->sample(watcher->options->arg, &reading, watcher->result->start_ns);
    }
    if (reading.total.pss_bytes > result->peak.total.pss_bytes) {
        tide_reading lower = result->peak;
        result->peak = reading;
        reading = lower;
    }
    tide_reading_free(&reading);
}

void tide_watcher_look(tide_watcher *watcher) {
    tide_family_look(&watcher->family);
    tide_look look = {.time_ns = tide_watcher_time_ns(watcher),
                      .cpu_ns = cost_ns(watcher) - watcher->ends_cost_ns,
                      .rss_bytes = watcher->family.rss_bytes,
                      .faults_count = watcher->family.faults_count};
    watcher->result->looks_count++;
    watcher->highest_rss_bytes = larger(watcher->highest_rss_bytes, look.rss_bytes);
    bool is_due = tide_sampler_look(&watcher->sampler, &look);
    if (watcher->family.members.count && is_due)
        take_reading(watcher);
    watcher->look_due_ns = tide_watcher_time_ns(watcher) + watcher->sampler.look_gap_ns;
}

void tide_watcher_see_end(tide_watcher *watcher, pid_t pid) {
    if (tide_watcher_time_ns(watcher) >= watcher->look_due_ns)
        tide_watcher_look(watcher); /* ends may follow one another without a pause */
    uint64_t before_ns = cost_ns(watcher);
    const tide_root root = {.pid = pid};
    tide_reading last = {0};
    tide_tree_read(&last, &root, 1, false);
    tide_family_learn(&watcher->family, &last);
    tide_reading_free(&last);
    if (tide_family_pss_bytes(&watcher->family) > watcher->sampler.best_pss_bytes)
        take_reading(watcher);
    tide_family_release(&watcher->family, pid);
    watcher->ends_cost_ns += cost_ns(watcher) - before_ns;
}

/* ---- the end */

/* Marks and readings come from counters that are a little off one another: a difference below 1 / 32 is none. */
static bool is_above(uint64_t bytes, uint64_t than_bytes) {
    return bytes > than_bytes + than_bytes / 32;
}

static void find_peak(tide_watcher *watcher, bool is_one_process) {
    tide_run_result *result = watcher->result;
    uint64_t read_bytes = result->peak.total.pss_bytes, mark_bytes = result->highest_process_bytes;
    if (watcher->family.seen_count == 1 && is_one_process)
        result->at_most_bytes = mark_bytes;
    else if (watcher->options->exact)
        result->at_most_bytes = result->all_marks_bytes;
    result->peak_bytes = read_bytes;
    result->peak_method = TIDE_PEAK_READ;
    if (!read_bytes) {
        result->peak_bytes = larger(mark_bytes, watcher->highest_rss_bytes);
        result->peak_method = result->peak_bytes ? TIDE_PEAK_RSS : TIDE_PEAK_NONE;
        return;
    }
    if (!is_above(mark_bytes, watcher->read_process_bytes))
        return;
    uint64_t risen_bytes = watcher->read_process_pss_bytes + (mark_bytes - watcher->read_process_bytes);
    if (risen_bytes > read_bytes) {
        result->peak_bytes = risen_bytes;
        result->peak_method = TIDE_PEAK_MARK;
    }
}

/* Who lives on has a mark, too; who is ending at this moment is no matter. */
static void see_who_lives_on(tide_watcher *watcher) {
    tide_reading *reading = &watcher->result->still_running;
    tide_family_look(&watcher->family);
    tide_tree_read(reading, watcher->family.members.at, watcher->family.members.count, true);
    note_processes(watcher, reading);
    size_t kept = 0;
    for (size_t i = 0; i < reading->processes.count; i++)
        if (reading->processes.at[i].kind != TIDE_PROCESS_ENDED &&
            reading->processes.at[i].kind != TIDE_PROCESS_ZOMBIE)
            reading->processes.at[kept++] = reading->processes.at[i];
    reading->processes.count = kept;
}

void tide_watcher_finish(tide_watcher *watcher, bool is_one_process) {
    tide_run_result *result = watcher->result;
    result->cpu_ns = cost_ns(watcher);
    result->watched_ns = tide_watcher_time_ns(watcher);
    if (watcher->options->recursive)
        see_who_lives_on(watcher);
    result->processes_count = watcher->family.seen_count;
    if (!watcher->options->exact)
        result->unseen_count = watcher->family.unseen_count + watcher->family.unmet.count;
    find_peak(watcher, is_one_process);
    if (is_above(result->peak_bytes, result->at_most_bytes))
        result->at_most_bytes = 0; /* a program of more memory was replaced by exec, and its mark is gone */
}
