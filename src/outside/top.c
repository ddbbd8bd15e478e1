#include "outside/top.h"
#include "proc/listing.h"

static uint64_t weight_bytes(const tide_process *process) {
    return process->kind == TIDE_PROCESS_MEASURED ? process->memory.pss_bytes : process->stat.rss_bytes;
}

static int by_weight(const void *left, const void *right) {
    const tide_process *a = left, *b = right;
    uint64_t x = weight_bytes(a), y = weight_bytes(b);
    return x != y ? (x < y) - (x > y) : (a->pid > b->pid) - (a->pid < b->pid);
}

static void arrange(tide_reading *reading) {
    size_t kept = 0;
    for (size_t i = 0; i < reading->processes.count; i++) {
        const tide_process *process = &reading->processes.at[i];
        reading->ended_count += process->kind == TIDE_PROCESS_ENDED;
        if (process->kind == TIDE_PROCESS_MEASURED || process->kind == TIDE_PROCESS_DENIED)
            reading->processes.at[kept++] = *process;
    }
    reading->processes.count = kept;
    if (kept)
        qsort(reading->processes.at, kept, sizeof *reading->processes.at, by_weight);
}

int tide_top_read(tide_reading *ret) {
    tide_pids pids = {0};
    TIDE_VEC(tide_root) roots = {0};
    int failed = tide_proc_list(&pids);
    for (size_t i = 0; i < pids.count; i++)
        tide_vec_push(&roots)->pid = pids.at[i];
    if (!failed)
        failed = tide_tree_read(ret, roots.at, roots.count, false);
    if (!failed)
        arrange(ret);
    tide_vec_free(&roots);
    tide_vec_free(&pids);
    return failed;
}
