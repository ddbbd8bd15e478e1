/* calltree PAIRS [THREADS [ROOTS]]: walk the generated tree in THREADS threads until PAIRS free/malloc pairs are
 * done. */
#include "calltree.h"
#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { MAX_THREADS = 64 };

struct worker {
    pthread_t thread;
    int number;
    long pairs;
    uint64_t cpu_ns, sum;
};

static uint64_t thread_cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t root_count = ROOTS; /* constant once the walks have begun */

/* Low roots come more often than high ones: programs have hot and cold paths. */
static uint64_t choose_root(struct walk *walk) {
    uint64_t one = next_random(walk) % root_count, other = next_random(walk) % root_count;
    return one < other ? one : other;
}

static void *work(void *argument) {
    struct worker *worker = argument;
    struct walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL)
        abort();
    walk->random = 88172645463325252u + (uint64_t)worker->number * 977u;
    walk->pairs_left = worker->pairs;

    uint64_t start_ns = thread_cpu_ns();
    while (walk->pairs_left > 0) {
        uint64_t root = choose_root(walk);
        walk->sum += exe_functions[root % EXE_FUNCTIONS_PER_LEVEL](walk, mix_node(root, 0));
    }
    worker->cpu_ns = thread_cpu_ns() - start_ns;
    worker->sum = walk->sum;

    for (int i = 0; i < LIVE_BLOCKS; i++)
        free(walk->blocks[i]);
    free(walk);
    return NULL;
}

int main(int argc, char **argv) {
    long pairs = argc > 1 ? atol(argv[1]) : 0;
    int threads = argc > 2 ? atoi(argv[2]) : 1;
    root_count = argc > 3 ? strtoul(argv[3], NULL, 10) : ROOTS;
    if (pairs < 1 || threads < 1 || threads > MAX_THREADS || root_count < 1 || argc > 4) {
        fprintf(stderr, "usage: %s PAIRS [THREADS [ROOTS]]\n", argv[0]);
        return 2;
    }

    static struct worker workers[MAX_THREADS];
    for (int i = 0; i < threads; i++)
        workers[i] = (struct worker){.number = i, .pairs = pairs / threads};
    for (int i = 1; i < threads; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            return 1;
    work(&workers[0]);

    uint64_t cpu_ns = workers[0].cpu_ns, sum = workers[0].sum;
    for (int i = 1; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        cpu_ns += workers[i].cpu_ns;
        sum += workers[i].sum;
    }
    printf("cpu_ns_per_pair %.1f sum %016llx\n", (double)cpu_ns / (double)(pairs / threads * threads),
           (unsigned long long)sum);
    return 0;
}
