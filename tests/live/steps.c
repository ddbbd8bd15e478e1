/* A program that is watched: it does one step for each line on its standard input, says so, and stands still. Two
 * threads, so that the numbers of each can be told apart; the second one answers to "worker".
 *
 *   hold N B   N blocks of B bytes, kept           worker N B   the same by the other thread
 *   drop       free what hold has kept             exec ARG…    replace the program
 *   end N      exit status N                       kill         by SIGKILL
 *   work N     N times malloc and free, then tells the CPU time that it took: "cpu NANOSECONDS" */
#include "../target/truth.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

enum { KEPT_MAX = 1 << 16, LINE_MAX_BYTES = 4096 };

static void *kept[KEPT_MAX];
static size_t kept_count;

PLACE static void hold(size_t count, size_t bytes) {
    for (size_t i = 0; i < count && kept_count < KEPT_MAX; i++)
        kept[kept_count++] = malloc(bytes);
}

PLACE static void drop(void) {
    while (kept_count)
        free(kept[--kept_count]);
}

/* ---- the other thread */

static sem_t is_asked, is_done;
static size_t asked_count, asked_bytes;

PLACE static void hold_by_worker(void) {
    hold(asked_count, asked_bytes);
}

static void *work_when_asked(void *arg) {
    (void)arg;
    prctl(PR_SET_NAME, "worker");
    for (;;) {
        while (sem_wait(&is_asked))
            ;
        hold_by_worker();
        sem_post(&is_done);
    }
    return NULL;
}

static void ask_worker(size_t count, size_t bytes) {
    asked_count = count;
    asked_bytes = bytes;
    sem_post(&is_asked);
    while (sem_wait(&is_done))
        ;
}

/* ---- steps */

PLACE static void churn(size_t count) {
    struct timespec used;
    for (size_t i = 0; i < count; i++)
        free(keep(malloc(16 + i % 64)));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    tell("cpu %lld\n", (long long)used.tv_sec * 1000000000 + used.tv_nsec);
}

static void replace(char *line) {
    char *argv[64];
    int count = 0;
    for (char *word = strtok(line, " "); word && count < 63; word = strtok(NULL, " "))
        argv[count++] = word;
    argv[count] = NULL;
    if (count)
        execv(argv[0], argv);
    _exit(98);
}

static void step(char *line) {
    size_t count = 0, bytes = 0;
    if (sscanf(line, "hold %zu %zu", &count, &bytes) == 2)
        hold(count, bytes);
    else if (sscanf(line, "worker %zu %zu", &count, &bytes) == 2)
        ask_worker(count, bytes);
    else if (sscanf(line, "work %zu", &count) == 1)
        churn(count);
    else if (sscanf(line, "end %zu", &count) == 1)
        exit((int)count);
    else if (!strcmp(line, "drop"))
        drop();
    else if (!strcmp(line, "kill"))
        raise(SIGKILL);
    else if (!strncmp(line, "exec ", 5))
        replace(line + 5);
    else
        _exit(97);
    tell("did %s\n", line);
}

/* Byte by byte: stdio would allocate, and read what the next program is to have. False: no more lines. */
static bool next_line(char line[LINE_MAX_BYTES]) {
    size_t length = 0;
    for (; length < LINE_MAX_BYTES - 1; length++)
        if (read(STDIN_FILENO, &line[length], 1) != 1 || line[length] == '\n')
            break;
    line[length] = 0;
    return length > 0;
}

int main(void) {
    static char line[LINE_MAX_BYTES];
    pthread_t worker;
    sem_init(&is_asked, 0, 0);
    sem_init(&is_done, 0, 0);
    if (pthread_create(&worker, NULL, work_when_asked, NULL))
        return 99;
    tell("ready %d\n", (int)getpid());
    while (next_line(line))
        step(line);
    return 0;
}
