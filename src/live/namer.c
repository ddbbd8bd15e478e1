#include "live/namer.h"
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct tide_namer {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    enum { IDLE, BUSY, DONE, LEFT } state; /* LEFT: by its owner; the thread cleans up */
    int done_fd;
    tide_heap places; /* modules and codes; the thread's while it is BUSY, else the owner's; as the next */
    tide_symbols symbols;
};

static void destroy(tide_namer *namer) {
    tide_heap_free(&namer->places);
    tide_symbols_free(&namer->symbols);
    pthread_cond_destroy(&namer->changed);
    pthread_mutex_destroy(&namer->mutex);
    close(namer->done_fd);
    free(namer);
}

static void *work(void *arg) {
    tide_namer *namer = arg;
    pthread_mutex_lock(&namer->mutex);
    while (namer->state != LEFT) {
        if (namer->state != BUSY) {
            pthread_cond_wait(&namer->changed, &namer->mutex);
            continue;
        }
        pthread_mutex_unlock(&namer->mutex);
        tide_symbols_resolve(&namer->symbols, &namer->places, &(tide_symbols_options){0});
        pthread_mutex_lock(&namer->mutex);
        if (namer->state == LEFT)
            break;
        namer->state = DONE;
        pthread_cond_signal(&namer->changed);
        eventfd_write(namer->done_fd, 1);
    }
    pthread_mutex_unlock(&namer->mutex);
    destroy(namer);
    return NULL;
}

/* Signals are for the owner's thread. */
static int start_thread(tide_namer *namer) {
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, NULL, work, namer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed)
        pthread_detach(thread);
    return failed;
}

tide_namer *tide_namer_new(int *ret_fd) {
    tide_namer *namer = tide_xcalloc(1, sizeof *namer);
    pthread_mutex_init(&namer->mutex, NULL);
    pthread_cond_init(&namer->changed, NULL);
    tide_heap_init(&namer->places);
    namer->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (namer->done_fd < 0 || start_thread(namer)) {
        destroy(namer);
        return NULL;
    }
    *ret_fd = namer->done_fd;
    return namer;
}

void tide_namer_free(tide_namer *namer) {
    if (!namer)
        return;
    pthread_mutex_lock(&namer->mutex);
    namer->state = LEFT;
    pthread_cond_signal(&namer->changed);
    pthread_mutex_unlock(&namer->mutex);
}

static void copy_new(tide_heap *to, const tide_heap *from) {
    for (size_t i = to->modules.count; i < from->modules.count; i++) {
        tide_module *module = tide_vec_push(&to->modules);
        *module = from->modules.at[i];
        module->path = tide_strings_add(&to->strings, tide_strings_get(&from->strings, module->path));
    }
    for (size_t i = to->codes.count; i < from->codes.count; i++)
        *tide_vec_push(&to->codes) = from->codes.at[i];
}

void tide_namer_start(tide_namer *namer, tide_symbols *symbols, const tide_heap *heap) {
    pthread_mutex_lock(&namer->mutex);
    if (namer->state == IDLE && heap->codes.count > symbols->of_code.count) {
        copy_new(&namer->places, heap);
        namer->symbols = *symbols;
        *symbols = (tide_symbols){0};
        namer->state = BUSY;
        pthread_cond_signal(&namer->changed);
    }
    pthread_mutex_unlock(&namer->mutex);
}

bool tide_namer_take(tide_namer *namer, tide_symbols *symbols, bool waits) {
    eventfd_t count;
    pthread_mutex_lock(&namer->mutex);
    while (waits && namer->state == BUSY)
        pthread_cond_wait(&namer->changed, &namer->mutex);
    bool is_done = namer->state == DONE;
    if (is_done) {
        eventfd_read(namer->done_fd, &count);
        *symbols = namer->symbols;
        namer->symbols = (tide_symbols){0};
        namer->state = IDLE;
    }
    pthread_mutex_unlock(&namer->mutex);
    return is_done;
}
