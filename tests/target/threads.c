/* Threads and their names; threads that outlive main.
 *
 * Usage: threads names | main-leaves */
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
    } steps[] = {{"names", names}, {"main-leaves", main_leaves}};
    for (size_t i = 0; argc == 2 && i < sizeof steps / sizeof *steps; i++)
        if (strcmp(argv[1], steps[i].name) == 0)
            return steps[i].run(), 0;
    return 2;
}
