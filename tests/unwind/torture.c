#include "torture.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { BLOCKS = 256, DEPTH = 9 };

__thread volatile int torture_in_allocator, torture_in_handler;
static __thread uint64_t seed = 1;
static __thread void *blocks[BLOCKS];

void torture_seed(uint64_t value) {
    seed = value;
}

uint32_t torture_random(void) {
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33);
}

NO_INLINE void torture_touch(void) {
    uint32_t i = torture_random() % BLOCKS;
    torture_in_allocator = 1;
    KEEP(blocks); /* in this order: a timer's handler comes here, too */
    free(blocks[i]);
    blocks[i] = malloc(8 + torture_random() % 400);
    KEEP(blocks);
    torture_in_allocator = 0;
}

/* ---- plain calls, and callbacks through libc */
NO_INLINE static void twice(int depth) {
    torture_walk(depth - 1);
    torture_touch();
    torture_walk(depth - 2);
    torture_touch();
}

static __thread int callback_depth;
static int by_key(const void *a, const void *b) {
    int key_a = *(const int *)a, key_b = *(const int *)b;
    if (callback_depth > 0) {
        int depth = callback_depth;
        callback_depth = 0;
        torture_walk(depth - 1);
    }
    torture_touch();
    return (key_a > key_b) - (key_a < key_b);
}

NO_INLINE static void sort(int depth) {
    int keys[5] = {3, 1, 5, 2, 4};
    callback_depth = depth;
    qsort(keys, 5, sizeof *keys, by_key);
    torture_touch();
}

/* ---- deep recursion: more frames than are found at a time, and more than are kept */
NO_INLINE static void descend(int levels, int every) {
    char frame[24];
    memset(frame, levels & 0x7f, sizeof frame);
    KEEP(frame);
    if (levels % every == 0)
        torture_touch();
    if (levels > 0)
        descend(levels - 1, every);
    if (levels < 3)
        torture_touch();
    KEEP(frame);
}

NO_INLINE static void dive(void) {
    torture_in_handler++; /* no timers: each of these stacks takes long */
    descend(300, 50);
    descend(2040 + (int)(torture_random() % 16), 500);
    descend(3000, 200);
    descend(9000, 1500);
    descend(40000, 10000);
    descend(3000, 700);
    torture_in_handler--;
}

/* ---- the walk */
NO_INLINE void torture_walk(int depth) {
    torture_touch();
    if (depth <= 0)
        return;
    switch (torture_random() % 16) {
    case 0:
    case 1:
    case 2:
        twice(depth);
        break;
    case 3:
        sort(depth);
        break;
    case 4:
    case 5:
        torture_without_cfi(depth);
        break;
    case 6:
        torture_switch(depth);
        break;
    case 7:
        torture_signal(depth);
        break;
    default:
        torture_odd_frames(depth);
        break;
    }
    torture_touch();
}

typedef struct work {
    uint64_t seed;
    int walks;
    const char *plugins[2];
    pthread_t thread;
    int did_coincide;
} work;

static void *work_do(void *argument) {
    work *todo = argument;
    torture_seed(todo->seed);
    torture_signals_begin();
    for (int i = 0; i < todo->walks; i++) {
        torture_walk(DEPTH);
        if (i % 1000 == 100)
            dive();
        if (i % 50 == 0 && i > todo->walks / 2)
            todo->did_coincide |= torture_plugins(todo->plugins, 3);
    }
    torture_signals_end();
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return NULL;
}

enum { ROUNDS = 3, THREADS = 3, STACK_BYTES = 16 << 20 };

/* Threads that end, and others in their place. */
static int work_in_threads(const work *todo) {
    work works[THREADS];
    int did_coincide = 0;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < THREADS; i++) {
            works[i] = *todo;
            works[i].seed = (uint64_t)(round * THREADS + i + 1);
            works[i].walks = todo->walks / (ROUNDS * THREADS);
            pthread_create(&works[i].thread, &attributes, work_do, &works[i]);
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(works[i].thread, NULL);
            did_coincide |= works[i].did_coincide;
        }
    }
    return did_coincide;
}

/* Usage: torture main|threads WALKS PLUGIN PLUGIN */
int main(int argc, char **argv) {
    if (argc != 5)
        return 2;
    work todo = {.seed = 1, .walks = atoi(argv[2]), .plugins = {argv[3], argv[4]}};
    if (!strcmp(argv[1], "threads"))
        todo.did_coincide = work_in_threads(&todo);
    else
        work_do(&todo);
    if (todo.did_coincide)
        return 0;
    puts("the two libraries never stood at the same place: nothing was tested with them");
    return 1;
}
