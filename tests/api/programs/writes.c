/* Writes five recordings while another thread allocates. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <tidemark/tidemark.h>

static bool is_done;

static void *churn(void *arg) {
    (void)arg;
    while (!__atomic_load_n(&is_done, __ATOMIC_RELAXED)) {
        void *volatile block = malloc(100);
        free(block);
    }
    return NULL;
}

int main(void) {
    pthread_t thread;
    if (tide_start() || pthread_create(&thread, NULL, churn, NULL))
        return 1;
    int failed = 0;
    for (int i = 0; i < 5; i++) {
        char path[32];
        snprintf(path, sizeof path, "written-%d.tide", i);
        failed |= tide_write_recording(path);
    }
    failed |= tide_write_recording("written-0.tide") != -17; /* EEXIST */
    failed |= tide_write_recording("") != -22;               /* EINVAL */
    __atomic_store_n(&is_done, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    return failed != 0;
}
