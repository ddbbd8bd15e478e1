#include "launch/finisher.h"
#include "base/alloc.h"
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef TIDE_VEC(tide_target *) target_queue;

struct tide_finisher {
    pthread_t thread;
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t changed;
    target_queue waiting, done;
    tide_target *in_work;
    bool has_thread, closed;
    tide_atlas atlas; /* the thread's */
    bool debuginfod;  /* constant */
    int fd;           /* eventfd, one per target that is done */
};

static tide_target *shift(target_queue *queue) {
    tide_target *first = queue->at[0];
    memmove(queue->at, queue->at + 1, --queue->count * sizeof *queue->at);
    return first;
}

static void *work(void *arg) {
    tide_finisher *finisher = arg;
    pthread_mutex_lock(&finisher->lock);
    for (;;) {
        while (!finisher->waiting.count && !finisher->closed)
            pthread_cond_wait(&finisher->changed, &finisher->lock);
        if (!finisher->waiting.count)
            break;
        finisher->in_work = shift(&finisher->waiting);
        pthread_mutex_unlock(&finisher->lock);
        tide_target_finish(finisher->in_work, &finisher->atlas, finisher->debuginfod);
        pthread_mutex_lock(&finisher->lock);
        *tide_vec_push(&finisher->done) = finisher->in_work;
        finisher->in_work = NULL;
        eventfd_write(finisher->fd, 1);
    }
    pthread_mutex_unlock(&finisher->lock);
    return NULL;
}

tide_finisher *tide_finisher_new(bool debuginfod, int *ret_fd) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    if (fd < 0)
        return NULL;
    tide_finisher *finisher = tide_xcalloc(1, sizeof *finisher);
    finisher->debuginfod = debuginfod;
    finisher->fd = *ret_fd = fd;
    pthread_mutex_init(&finisher->lock, NULL);
    pthread_cond_init(&finisher->changed, NULL);
    return finisher;
}

void tide_finisher_add(tide_finisher *finisher, tide_target *target) {
    pthread_mutex_lock(&finisher->lock);
    *tide_vec_push(&finisher->waiting) = target;
    if (!finisher->has_thread)
        finisher->has_thread = pthread_create(&finisher->thread, NULL, work, finisher) == 0;
    bool has_thread = finisher->has_thread;
    pthread_cond_signal(&finisher->changed);
    pthread_mutex_unlock(&finisher->lock);
    if (has_thread)
        return;
    finisher->closed = true; /* no thread to be had: do its work here, as far as the queue goes */
    work(finisher);
    finisher->closed = false;
}

tide_target *tide_finisher_take(tide_finisher *finisher) {
    eventfd_t one;
    if (eventfd_read(finisher->fd, &one) < 0)
        return NULL;
    pthread_mutex_lock(&finisher->lock);
    tide_target *target = shift(&finisher->done);
    pthread_mutex_unlock(&finisher->lock);
    return target;
}

size_t tide_finisher_progress(tide_finisher *finisher, size_t *ret_named_codes, size_t *ret_all_codes) {
    pthread_mutex_lock(&finisher->lock);
    tide_target *target = finisher->in_work;
    size_t count = finisher->waiting.count + finisher->done.count + (target != NULL);
    *ret_named_codes = target ? atomic_load_explicit(&target->named_codes, memory_order_relaxed) : 0;
    *ret_all_codes = target ? atomic_load_explicit(&target->all_codes, memory_order_relaxed) : 0;
    pthread_mutex_unlock(&finisher->lock);
    return count;
}

void tide_finisher_free(tide_finisher *finisher) {
    if (!finisher)
        return;
    pthread_mutex_lock(&finisher->lock);
    finisher->closed = true;
    pthread_cond_signal(&finisher->changed);
    pthread_mutex_unlock(&finisher->lock);
    if (finisher->has_thread)
        pthread_join(finisher->thread, NULL);
    pthread_mutex_destroy(&finisher->lock);
    pthread_cond_destroy(&finisher->changed);
    tide_atlas_free(&finisher->atlas);
    tide_vec_free(&finisher->waiting);
    tide_vec_free(&finisher->done);
    close(finisher->fd);
    free(finisher);
}
