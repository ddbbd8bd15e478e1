#include "cli/progress.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    pthread_t thread;
    const char *what, *name; /* under `lock`, as is_done */
    bool is_running, is_done;
    _Atomic uint64_t part_done, part_all; /* relaxed: a figure for people; 0 of 0: not known */
} progress = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};

static bool wait_second(void) { /* false: the work is done */
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    while (!progress.is_done)
        if (pthread_cond_timedwait(&progress.ended, &progress.lock, &until) == ETIMEDOUT)
            return !progress.is_done;
    return false;
}

static void *show(void *unused) {
    bool is_shown = false;
    pthread_mutex_lock(&progress.lock);
    for (unsigned seconds = 1; wait_second(); seconds++) {
        uint64_t done = atomic_load_explicit(&progress.part_done, memory_order_relaxed),
                 all = atomic_load_explicit(&progress.part_all, memory_order_relaxed);
        fprintf(stderr, "\r\033[K%s %s (%u s", progress.what, progress.name, seconds);
        if (all)
            fprintf(stderr, ", %u%%", (unsigned)(100 * done / all));
        fputc(')', stderr);
        fflush(stderr);
        is_shown = true;
    }
    pthread_mutex_unlock(&progress.lock);
    if (is_shown)
        fputs("\r\033[K", stderr);
    fflush(stderr);
    return unused;
}

void tide_progress_part(uint64_t done, uint64_t all) {
    atomic_store_explicit(&progress.part_done, done, memory_order_relaxed);
    atomic_store_explicit(&progress.part_all, all, memory_order_relaxed);
}

void tide_progress_begin(const char *what, const char *name) {
    tide_progress_part(0, 0);
    pthread_mutex_lock(&progress.lock);
    progress.what = what;
    progress.name = name;
    progress.is_done = false;
    if (!progress.is_running && isatty(STDERR_FILENO))
        progress.is_running = !pthread_create(&progress.thread, NULL, show, NULL);
    pthread_mutex_unlock(&progress.lock);
}

void tide_progress_end(void) {
    if (!progress.is_running)
        return;
    pthread_mutex_lock(&progress.lock);
    progress.is_done = true;
    pthread_cond_signal(&progress.ended);
    pthread_mutex_unlock(&progress.lock);
    pthread_join(progress.thread, NULL);
    progress.is_running = false;
}
