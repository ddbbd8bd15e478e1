#include "launch/target.h"
#include "base/alloc.h"
#include "ledger/hello.h"
#include "proc/maps.h"
#include "proc/smaps_rollup.h"
#include "proc/statm.h"
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES_HELD_MAX = 256 }; /* written at the latest when so many wait: a killed tool loses no more */

static uint64_t thread_cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t less(uint64_t bytes, uint64_t own_bytes) {
    return bytes > own_bytes ? bytes - own_bytes : 0;
}

static uint64_t rss_without_own(uint64_t rss_bytes, const tide_ledger_now *now) {
    return less(rss_bytes, now->private_bytes + now->tables_bytes);
}

/* Whoever reads the tables shares their pages, so of them it is what PSS has of all shared memory. */
static uint64_t pss_without_own(const tide_proc_smaps_rollup *rollup, const tide_ledger_now *now) {
    uint64_t shared_bytes =
        rollup->shmem_pss_bytes < now->tables_bytes ? rollup->shmem_pss_bytes : now->tables_bytes;
    return less(rollup->pss_bytes, now->private_bytes + shared_bytes);
}

int tide_target_new(tide_target **ret, const char *path, bool force, tide_info *info, uint64_t start_ns,
                    tide_err *err) {
    tide_target *target = tide_xcalloc(1, sizeof *target);
    target->pid = (pid_t)info->pid;
    target->path = path ? tide_xstrdup(path) : NULL;
    target->info = *info;
    target->start_ns = start_ns;
    target->statm_fd = -1;
    *info = (tide_info){0};
    tide_heap_init(&target->heap);
    tide_pace_init(&target->pace);
    int code = path ? tide_writer_open(&target->writer, path, force, &target->info, err) : 0;
    if (code) {
        tide_target_free(target);
        return code;
    }
    *ret = target;
    return 0;
}

/* ---- while it runs */

/* Keep the first error. One of writing closes the file as it is: what it holds is whole up to its last block. */
static void note_trouble(tide_target *target, int code, const tide_err *err, bool is_writing) {
    if (is_writing && target->writer) {
        tide_writer_close(target->writer, NULL, NULL);
        target->writer = NULL;
    }
    if (target->trouble)
        return;
    target->trouble = code;
    target->trouble_err = *err;
}

int tide_target_give_ledger(tide_target *target, int *ret_fd, tide_err *err) {
    int code = tide_ledger_new(&target->ledger, ret_fd, err);
    if (code)
        return code;
    target->asked = true;
    target->statm_fd = tide_proc_statm_open(target->pid);
    tide_err write_err; /* the program is started and gets its ledger, whatever becomes of the file */
    code = target->writer ? tide_writer_begin(target->writer, &write_err) : 0;
    if (code)
        note_trouble(target, code, &write_err, true);
    return 0;
}

static void write_samples(tide_target *target) {
    tide_err err;
    int code = 0;
    if (target->writer && target->samples.count)
        code = tide_writer_samples(target->writer, target->samples.at, target->samples.count, &err);
    target->samples.count = 0;
    if (code)
        note_trouble(target, code, &err, true);
}

static void write_moment(tide_target *target, bool is_final) {
    tide_err err;
    int code = tide_ledger_read(target->ledger, &target->heap, is_final, &err);
    if (code)
        note_trouble(target, code, &err, false);
    if (!target->writer)
        return;
    code = tide_writer_heap(target->writer, &target->heap, &err);
    if (code)
        note_trouble(target, code, &err, true);
}

/* What cannot be read of the process stays as it was at the last look; it has ended then, or is about to. */
static void take_sample(tide_target *target, uint64_t time_ns, size_t share) {
    tide_ledger_now now;
    tide_ledger_now_read(target->ledger, &now);
    tide_sample *latest = &target->latest;
    uint64_t rss_bytes;
    latest->pss_bytes = 0;
    if (time_ns >= target->pace.pss_due_ns) {
        tide_proc_smaps_rollup rollup;
        uint64_t before_ns = thread_cpu_ns();
        if (tide_proc_smaps_rollup_read(target->pid, &rollup) == 0) {
            latest->rss_bytes = rss_without_own(rollup.rss_bytes, &now);
            latest->pss_bytes = pss_without_own(&rollup, &now);
        }
        tide_pace_pss_taken(&target->pace, time_ns, (thread_cpu_ns() - before_ns) * share);
    } else if (target->statm_fd >= 0 && tide_proc_statm_read(target->statm_fd, &rss_bytes) == 0) {
        latest->rss_bytes = rss_without_own(rss_bytes, &now);
    }
    latest->time_ns = time_ns;
    latest->heap_bytes = now.heap_bytes;
    latest->mapped_bytes = now.mapped_bytes;
    *tide_vec_push(&target->samples) = *latest;
    if (target->samples.count >= SAMPLES_HELD_MAX)
        write_samples(target);
    tide_pace_sampled(&target->pace, time_ns);
}

void tide_target_watch_pages(tide_target *target, uint64_t interval_ns) {
    if (!target->writer || !interval_ns)
        return;
    target->pages = tide_pages_watch_new(target->pid);
    target->pages_interval_ns = interval_ns;
}

/* What cannot be seen now, since the process has ended or is about to, is left out. */
static void take_pages(tide_target *target, uint64_t time_ns, size_t share) {
    enum { COST_FACTOR = 10, RUN_SHARE = 512 };
    tide_pages_look look;
    tide_err err;
    tide_pages_watch_drain(target->pages);
    if (time_ns < target->pages_due_ns || !target->writer)
        return;
    uint64_t before_ns = thread_cpu_ns(), gap_ns = target->pages_interval_ns;
    int code = tide_ledger_read(target->ledger, &target->heap, false, &err);
    if (code)
        note_trouble(target, code, &err, false);
    else if (tide_pages_watch_look(target->pages, target->ledger, &target->heap, time_ns, &look) == 0 &&
             (code = tide_writer_pages(target->writer, &target->heap, &look.pages, look.sites,
                                       look.sites_count, look.touches, look.touches_count, &err)))
        note_trouble(target, code, &err, true);
    uint64_t cost_ns = (thread_cpu_ns() - before_ns) * share * COST_FACTOR;
    gap_ns = gap_ns > cost_ns ? gap_ns : cost_ns;
    gap_ns = gap_ns > time_ns / RUN_SHARE ? gap_ns : time_ns / RUN_SHARE;
    target->pages_due_ns = time_ns + gap_ns;
}

void tide_target_tick(tide_target *target, uint64_t now_ns, size_t share) {
    if (!target->ledger)
        return;
    uint64_t time_ns = now_ns - target->start_ns;
    tide_ledger_tick(target->ledger, time_ns);
    if (time_ns >= target->pace.sample_due_ns)
        take_sample(target, time_ns, share);
    if (target->pages)
        take_pages(target, time_ns, share);
    if (time_ns < target->pace.moment_due_ns || !target->writer)
        return;
    uint64_t before_ns = thread_cpu_ns(), before_bytes = tide_writer_bytes(target->writer);
    write_moment(target, false);
    write_samples(target);
    uint64_t cost_ns = thread_cpu_ns() - before_ns;
    uint64_t bytes = target->writer ? tide_writer_bytes(target->writer) - before_bytes : 0;
    tide_pace_moment_written(&target->pace, time_ns, cost_ns * share, bytes);
}

bool tide_target_has_left(const tide_target *target) {
    if (!target->ledger)
        return false;
    return tide_ledger_ending(target->ledger) == TIDE_ENDING_EXEC &&
           tide_proc_maps_has(target->pid, "/memfd:" TIDE_LEDGER_NAME) != 1;
}

/* ---- its end */

/* What the kernel tells of the end, joined with what the program said it was about to do. */
static tide_end refine(tide_end end, uint32_t ending) {
    if (ending == TIDE_ENDING_EXEC && end.kind != TIDE_END_DETACHED)
        return (tide_end){.kind = TIDE_END_EXEC};
    if (end.kind == TIDE_END_EXITED || end.kind == TIDE_END_GONE)
        end.quick = ending != TIDE_ENDING_EXIT;
    else
        end.quick = end.kind == TIDE_END_SIGNALED;
    return end;
}

void tide_target_stop(tide_target *target, uint64_t now_ns, tide_end end) {
    if (!target->ledger) {
        if (!target->end.kind) /* it may have been stopped by an exec before */
            target->end = end;
        return;
    }
    uint64_t time_ns = now_ns - target->start_ns;
    tide_ledger_tick(target->ledger, time_ns);
    target->end = refine(end, tide_ledger_ending(target->ledger));
    write_moment(target, end.kind != TIDE_END_DETACHED);
    tide_sample last = target->latest; /* its resident memory is gone by now: as last seen */
    last.time_ns = time_ns;
    last.pss_bytes = 0;
    last.heap_bytes = target->heap.totals.heap_bytes;
    last.mapped_bytes = target->heap.totals.mapped_bytes;
    *tide_vec_push(&target->samples) = last;
    write_samples(target);
    tide_ledger_free(target->ledger);
    target->ledger = NULL;
    tide_pages_watch_free(target->pages);
    target->pages = NULL;
    if (target->statm_fd >= 0)
        close(target->statm_fd);
    target->statm_fd = -1;
}

static void count_progress(void *arg, size_t done_codes, size_t all_codes) {
    tide_target *target = arg;
    atomic_store_explicit(&target->all_codes, all_codes, memory_order_relaxed);
    atomic_store_explicit(&target->named_codes, done_codes, memory_order_relaxed);
}

void tide_target_finish(tide_target *target, tide_atlas *atlas, bool debuginfod) {
    if (!target->writer)
        return;
    tide_symbols symbols = {0};
    /* Unpacking libc's debug file took two thirds of the tool's time after python or sqlite3; a report that wants it
     * does it. Who asks servers for debug information wants it in the file. */
    tide_symbols_options options = {.debuginfod = debuginfod,
                                    .defers_installed = !debuginfod,
                                    .progress = count_progress,
                                    .progress_arg = target};
    tide_atlas_resolve(atlas, &symbols, &target->heap, &options);
    tide_err err;
    int code = tide_writer_symbols(target->writer, &symbols, &err);
    tide_symbols_free(&symbols);
    if (code) {
        note_trouble(target, code, &err, true);
        return;
    }
    code = tide_writer_close(target->writer, &target->end, &err);
    target->writer = NULL;
    if (code)
        note_trouble(target, code, &err, true);
}

void tide_target_free(tide_target *target) {
    if (!target)
        return;
    if (target->writer)
        tide_writer_close(target->writer, NULL, NULL);
    tide_ledger_free(target->ledger);
    tide_pages_watch_free(target->pages);
    if (target->statm_fd >= 0)
        close(target->statm_fd);
    tide_heap_free(&target->heap);
    tide_vec_free(&target->samples);
    free(target->info.command);
    free(target->info.program);
    free(target->info.tool_version);
    free(target->info.host);
    free(target->path);
    free(target);
}

void tide_target_discard(tide_target *target) {
    if (target->writer)
        tide_writer_discard(target->writer);
    target->writer = NULL;
    tide_target_free(target);
}
