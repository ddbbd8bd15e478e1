/* Temporary: freed before its thread's next allocation. */
#include "truth.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

static void temporary(const char *function, size_t blocks) {
    tell("temporary\t%s\t%zu\n", function, blocks);
}

PLACE static void at_once(void) {
    for (unsigned i = 0; i < 1000; i++)
        free(keep(malloc(i + 1)));
}

PLACE static void one_between(void) {
    for (unsigned i = 0; i < 500; i++) {
        void *first = keep(malloc(i + 1)), *second = keep(malloc(i + 2));
        free(first);
        free(second); /* no allocation came after it */
    }
}

PLACE static void stays(void) {
    void *blocks[100];
    for (unsigned i = 0; i < 100; i++)
        blocks[i] = keep(malloc(i + 1));
    for (unsigned i = 0; i < 99; i++)
        free(blocks[i]);
}

PLACE static void grows(void) { /* a resize is an allocation, of the same block */
    void *block = keep(malloc(1));
    for (unsigned i = 2; i < 100; i++)
        block = keep(realloc(block, i));
    free(block);
}

static sem_t turns[2];

PLACE static void *in_turns(void *arg) { /* what the other thread allocates in between does not matter */
    size_t own = (size_t)arg;
    for (unsigned i = 0; i < 100; i++) {
        sem_wait(&turns[own]);
        void *block = keep(malloc(50));
        sem_post(&turns[1 - own]);
        sem_wait(&turns[own]);
        free(block);
        sem_post(&turns[1 - own]);
    }
    return NULL;
}

int main(void) {
    at_once();
    one_between();
    stays();
    temporary("at_once", 1000);
    temporary("one_between", 500);
    temporary("stays", 0);
    pthread_t threads[2];
    sem_init(&turns[0], 0, 1);
    sem_init(&turns[1], 0, 0);
    for (size_t i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, in_turns, (void *)i))
            abort();
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    temporary("in_turns", 200);
    grows();
    temporary("grows", 1);
    return 0;
}
