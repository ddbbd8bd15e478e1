#include "outside/tree.h"
#include "base/map.h"
#include "outside/measure.h"
#include "proc/children.h"
#include "proc/file.h"
#include <errno.h>
#include <time.h>
#include <unistd.h>

enum { LISTINGS_MAX = 8 };

struct parentage {
    pid_t pid, ppid;
};

struct walk {
    tide_reading *reading;
    bool recursive;
    tide_map seen;                        /* PIDs that have a row, or had none because they ended */
    TIDE_VEC(struct parentage) everybody; /* only where the kernel does not list children */
};

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool is_unseen(struct walk *walk, pid_t pid) {
    bool is_new;
    tide_map_put(&walk->seen, (uint64_t)pid, 0, &is_new);
    return is_new;
}

/* ---- finding children */

static void ask_everybody(struct walk *walk) {
    tide_pids pids = {0};
    tide_proc_list(&pids);
    for (size_t i = 0; i < pids.count; i++) {
        tide_proc_stat stat;
        if (tide_proc_stat_read(pids.at[i], &stat) == 0)
            *tide_vec_push(&walk->everybody) = (struct parentage){pids.at[i], stat.ppid};
    }
    tide_vec_free(&pids);
}

static void find_children(struct walk *walk, pid_t pid, tide_pids *children) {
    int failed = walk->reading->by_parent ? 0 : tide_proc_children(pid, children);
    if (tide_proc_is_shortage(failed))
        walk->reading->shortage = failed;
    if (failed == -EOPNOTSUPP) {
        walk->reading->by_parent = true;
        ask_everybody(walk);
    }
    for (size_t i = 0; i < walk->everybody.count; i++)
        if (walk->everybody.at[i].ppid == pid)
            *tide_vec_push(children) = walk->everybody.at[i].pid;
}

static void visit_children(struct walk *walk, pid_t pid, uint32_t depth);

static void visit(struct walk *walk, pid_t pid, uint32_t depth, tide_process_kind kind,
                  const tide_proc_stat *stat) {
    *tide_vec_push(&walk->reading->processes) =
        (tide_process){.pid = pid, .depth = depth, .kind = kind, .stat = *stat};
    if (walk->recursive && kind == TIDE_PROCESS_MEASURED)
        visit_children(walk, pid, depth + 1);
}

/* False: it has gone, or is no longer this parent's, or its PID is another process's now. */
static bool visit_child(struct walk *walk, pid_t pid, pid_t parent, uint32_t depth) {
    tide_proc_stat stat;
    if (!is_unseen(walk, pid))
        return true;
    if (tide_proc_stat_read(pid, &stat) != 0 || stat.ppid != parent) {
        walk->reading->ended_count++;
        return false;
    }
    visit(walk, pid, depth, TIDE_PROCESS_MEASURED, &stat);
    return true;
}

/* When a child ends while it is being listed, the kernel may leave out a living one: list until nobody ended. */
static void visit_children(struct walk *walk, pid_t pid, uint32_t depth) {
    bool has_gone = true;
    for (unsigned listings = 0; has_gone && listings < LISTINGS_MAX; listings++) {
        tide_pids children = {0};
        find_children(walk, pid, &children);
        has_gone = false;
        for (size_t i = 0; i < children.count; i++)
            has_gone |= !visit_child(walk, children.at[i], pid, depth);
        tide_vec_free(&children);
    }
}

/* ---- roots */

static void visit_root(struct walk *walk, const tide_root *root) {
    tide_proc_stat stat = {0};
    if (!is_unseen(walk, root->pid))
        return;
    int failed = tide_proc_stat_read(root->pid, &stat);
    if (tide_proc_is_shortage(failed))
        walk->reading->shortage = failed;
    tide_process_kind kind = failed == -ESRCH ? TIDE_PROCESS_ENDED
                             : failed         ? TIDE_PROCESS_DENIED
                             : root->start_ticks && root->start_ticks != stat.start_ticks
                                 ? TIDE_PROCESS_REUSED
                                 : TIDE_PROCESS_MEASURED;
    visit(walk, root->pid, 0, kind, &stat);
}

static bool is_descendant(pid_t pid, const tide_root *roots, size_t count) {
    tide_proc_stat stat;
    while (pid > 1 && tide_proc_stat_read(pid, &stat) == 0) {
        pid = stat.ppid;
        for (size_t i = 0; i < count; i++)
            if (roots[i].pid == pid)
                return true;
    }
    return false;
}

/* Those that no other root started come first; the others are met below them, but for one that changes its parent
 * meanwhile. */
static void visit_roots(struct walk *walk, const tide_root *roots, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!walk->recursive || count == 1 || !is_descendant(roots[i].pid, roots, count))
            visit_root(walk, &roots[i]);
    for (size_t i = 0; i < count; i++)
        visit_root(walk, &roots[i]);
}

int tide_tree_read(tide_reading *ret, const tide_root *roots, size_t count, bool recursive) {
    tide_reading_free(ret);
    if (access("/proc/self/stat", R_OK))
        return -errno;
    struct walk walk = {.reading = ret, .recursive = recursive};
    ret->time_ns = now_ns();
    visit_roots(&walk, roots, count);
    tide_measure(ret);
    ret->duration_ns = now_ns() - ret->time_ns;
    tide_map_free(&walk.seen);
    tide_vec_free(&walk.everybody);
    int shortage = ret->shortage;
    if (shortage)
        tide_reading_free(ret);
    return shortage;
}

void tide_reading_free(tide_reading *reading) {
    tide_vec_free(&reading->processes);
    *reading = (tide_reading){0};
}

const char *tide_process_kind_name(tide_process_kind kind) {
    static const char *const names[] = {
        [TIDE_PROCESS_MEASURED] = "measured", [TIDE_PROCESS_SHARES] = "shares",
        [TIDE_PROCESS_ZOMBIE] = "zombie",     [TIDE_PROCESS_KERNEL] = "kernel",
        [TIDE_PROCESS_DENIED] = "denied",     [TIDE_PROCESS_ENDED] = "ended",
        [TIDE_PROCESS_REUSED] = "reused",
    };
    return names[kind];
}

const char *tide_method_name(tide_method method) {
    return method == TIDE_METHOD_ROLLUP ? "rollup" : "smaps";
}
