/* Threads, their names, and what is allocated while they end.
 *
 * Usage: threads names | aligned | endings | main-leaves */
#include "truth.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/prctl.h>

static void start(pthread_t *thread, void *(*run)(void *), void *arg) {
    if (pthread_create(thread, NULL, run, arg))
        abort();
}
static void run_thread(void *(*run)(void *), void *arg) {
    pthread_t thread;
    start(&thread, run, arg);
    pthread_join(thread, NULL);
}

/* ---- names: each allocation shows the name that the thread has at that moment */

PLACE static void under_name(const char *name, size_t bytes) {
    keep(malloc(bytes));
    tell("name\t%s\t%zu\n", name, bytes);
}

static void *renames_itself(void *arg) {
    (void)arg;
    under_name("threads", 101); /* a new thread has its creator's name */
    pthread_setname_np(pthread_self(), "reader");
    under_name("reader", 102);
    prctl(PR_SET_NAME, "writer");
    under_name("writer", 103);
    pthread_setname_np(pthread_self(), "reader");
    under_name("reader", 104);
    if (pthread_setname_np(pthread_self(), "a name that is too long") == 0)
        abort();
    under_name("reader", 105);
    return NULL;
}

static sem_t is_renamed, has_started;
static void *is_renamed_by_another(void *arg) {
    (void)arg;
    under_name("threads", 201);
    sem_post(&has_started);
    sem_wait(&is_renamed);
    under_name("renamed", 202);
    return NULL;
}

static void names(void) {
    under_name("threads", 1);
    run_thread(renames_itself, NULL);
    sem_init(&is_renamed, 0, 0);
    sem_init(&has_started, 0, 0);
    pthread_t thread;
    start(&thread, is_renamed_by_another, NULL);
    sem_wait(&has_started);
    pthread_setname_np(thread, "renamed");
    sem_post(&is_renamed);
    pthread_join(thread, NULL);
    prctl(PR_SET_NAME, "first");
    under_name("first", 2);
}

/* ---- aligned: 100 threads with 100 aligned blocks each */

enum { THREADS = 100, BLOCKS = 100 };

PLACE static void *makes_aligned(void *arg) {
    void *blocks[BLOCKS];
    size_t bytes = 512 + (size_t)arg;
    for (unsigned i = 0; i < BLOCKS; i++)
        if (posix_memalign(&blocks[i], 512, bytes))
            abort();
    for (unsigned i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return NULL;
}

static void aligned(void) {
    pthread_t threads[THREADS];
    size_t total_bytes = 0;
    for (size_t i = 0; i < THREADS; i++) {
        start(&threads[i], makes_aligned, (void *)i);
        total_bytes += BLOCKS * (512 + i);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    truth("makes_aligned", "posix_memalign", total_bytes, THREADS * BLOCKS, 0, 0);
}

/* ---- endings: destructors of thread-specific data run late, and may allocate */

static pthread_key_t key, late_key;
static size_t key_bytes, key_blocks;

PLACE static void key_destructor(void *value) {
    free(value);
    keep(malloc(301));
    key_bytes += 301;
    key_blocks++;
    pthread_setspecific(late_key, keep(malloc(302))); /* comes around once more */
    key_bytes += 302;
    key_blocks++;
}

PLACE static void late_destructor(void *value) {
    keep(malloc(303));
    free(value);
    pthread_setspecific(late_key, NULL);
}

PLACE static void *has_key(void *arg) {
    (void)arg;
    pthread_setspecific(key, keep(malloc(300)));
    return NULL;
}

PLACE static void cleanup(void *block) {
    free(block);
    keep(malloc(311));
}

static sem_t is_waiting;
PLACE static void *is_cancelled(void *arg) {
    (void)arg;
    pthread_cleanup_push(cleanup, keep(malloc(310)));
    sem_post(&is_waiting);
    for (;;)
        pause();
    pthread_cleanup_pop(1);
    return NULL;
}

PLACE static void *leaves_early(void *arg) {
    (void)arg;
    free(keep(malloc(320)));
    pthread_exit(keep(malloc(321)));
}

static void *exits(void *arg) {
    pthread_exit(arg);
}

static void endings(void) {
    enum { TIMES = 20 };
    run_thread(exits, NULL); /* the first one loads libgcc_s, which allocates */
    pthread_key_create(&key, key_destructor);
    pthread_key_create(&late_key, late_destructor);
    for (unsigned i = 0; i < TIMES; i++)
        run_thread(has_key, NULL);
    truth_at_end("has_key", "malloc", 0, 0);
    truth("key_destructor", "malloc", key_bytes, key_blocks, TIMES * 301, TIMES);
    truth("late_destructor", "malloc", TIMES * 303, TIMES, TIMES * 303, TIMES);
    sem_init(&is_waiting, 0, 0);
    for (unsigned i = 0; i < TIMES; i++) {
        pthread_t thread;
        start(&thread, is_cancelled, NULL);
        sem_wait(&is_waiting);
        pthread_cancel(thread);
        pthread_join(thread, NULL);
        run_thread(leaves_early, NULL);
    }
    truth_at_end("cleanup", "malloc", TIMES * 311, TIMES);
    truth("leaves_early", "malloc", TIMES * 641, 2 * TIMES, TIMES * 321, TIMES);
}

/* ---- main-leaves: main is gone, others go on allocating until the process ends */

static sem_t is_busy;
static void *never_ends(void *arg) {
    (void)arg;
    for (unsigned i = 0;; i++) {
        free(keep(malloc(100 + i % 1000)));
        if (i == 1000)
            sem_post(&is_busy);
    }
    return NULL;
}

PLACE static void before_leaving(void) {
    keep(malloc(401));
}

static void main_leaves(void) {
    sem_init(&is_busy, 0, 0);
    pthread_t thread;
    for (unsigned i = 0; i < 3; i++)
        start(&thread, never_ends, NULL);
    for (unsigned i = 0; i < 3; i++)
        sem_wait(&is_busy);
    before_leaving();
    truth("before_leaving", "malloc", 401, 1, 401, 1);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } steps[] = {{"names", names}, {"aligned", aligned}, {"endings", endings}, {"main-leaves", main_leaves}};
    for (size_t i = 0; argc == 2 && i < sizeof steps / sizeof *steps; i++)
        if (strcmp(argv[1], steps[i].name) == 0)
            return steps[i].run(), 0;
    return 2;
}
