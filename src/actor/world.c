#include "actor/world.h"
#include <errno.h>
#include <time.h>

enum { NAP_NS = 1000000, NAPS_MAX = 3 };

tide_world tide_the_world;

static tide_world *lock_world(void) {
    pthread_mutex_lock(&tide_the_world.lock);
    return &tide_the_world;
}

static void unlock_world(void) {
    pthread_mutex_unlock(&tide_the_world.lock);
}

int tide_world_init(void) {
    tide_the_world = (tide_world){0};
    int code = pthread_mutex_init(&tide_the_world.lock, NULL);
    code = code ? code : pthread_cond_init(&tide_the_world.rest, NULL);
    return -(code ? code : pthread_cond_init(&tide_the_world.still, NULL));
}

void tide_world_fini(void) {
    pthread_cond_destroy(&tide_the_world.still);
    pthread_cond_destroy(&tide_the_world.rest);
    pthread_mutex_destroy(&tide_the_world.lock);
}

static bool wants(unsigned attention) {
    /* relaxed: the lock, or the next look, makes up for it */
    return atomic_load_explicit(&tide_the_world.attention, memory_order_relaxed) & attention;
}

static void want(unsigned attention, bool is_wanted) {
    unsigned now = atomic_load_explicit(&tide_the_world.attention, memory_order_relaxed);
    atomic_store_explicit(&tide_the_world.attention, is_wanted ? now | attention : now & ~attention,
                          memory_order_relaxed);
}

/* ---- waking and sleeping */

static void count_asleep(tide_world *world, int change) {
    unsigned count = atomic_load_explicit(&world->asleep_count, memory_order_relaxed);
    atomic_store_explicit(&world->asleep_count, count + (unsigned)change, memory_order_relaxed);
}

/* Lock held. */
static void wake_one(tide_world *world) {
    tide_scheduler *scheduler = world->asleep;
    if (!scheduler)
        return;
    world->asleep = scheduler->next_asleep;
    scheduler->is_asleep = false;
    count_asleep(world, -1);
    pthread_cond_signal(&scheduler->wake);
}

void tide_world_wake(void) {
    wake_one(lock_world());
    unlock_world();
}

/* It has woken up by itself. Lock held. */
static void leave_asleep(tide_world *world, tide_scheduler *scheduler) {
    tide_scheduler **link = &world->asleep;
    while (*link != scheduler)
        link = &(*link)->next_asleep;
    *link = scheduler->next_asleep;
    scheduler->is_asleep = false;
    count_asleep(world, -1);
}

static struct timespec after_nap(unsigned naps) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)NAP_NS << (naps < NAPS_MAX ? naps : NAPS_MAX);
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return until;
}

/* Until somebody wakes it; while others work, for a nap at most. Lock held. */
static void sleep_once(tide_world *world, tide_scheduler *scheduler, unsigned naps) {
    int code = 0;
    while (scheduler->is_asleep && code == 0) {
        struct timespec until = after_nap(naps);
        if (world->idle_count == tide_rt.scheduler_count)
            pthread_cond_wait(&scheduler->wake, &world->lock);
        else
            code = pthread_cond_timedwait(&scheduler->wake, &world->lock, &until);
    }
    if (scheduler->is_asleep)
        leave_asleep(world, scheduler);
}

static bool is_at_rest(const tide_world *world) {
    return world->idle_count == tide_rt.scheduler_count && !world->first_ready && !world->armed_count;
}

void tide_world_sleep(tide_scheduler *scheduler, unsigned *naps) {
    tide_world *world = lock_world();
    if (!world->first_ready && !wants(TIDE_ATTEND_STOP | TIDE_ATTEND_STILL)) {
        scheduler->is_asleep = true;
        scheduler->next_asleep = world->asleep;
        world->asleep = scheduler;
        count_asleep(world, 1);
        world->idle_count++;
        if (is_at_rest(world))
            pthread_cond_broadcast(&world->rest);
        sleep_once(world, scheduler, (*naps)++);
        while (wants(TIDE_ATTEND_STILL))
            pthread_cond_wait(&world->still, &world->lock);
        /* The world was at rest: another one now sleeps for a nap only. */
        if (world->idle_count-- == tide_rt.scheduler_count && world->asleep)
            pthread_cond_signal(&world->asleep->wake);
    }
    unlock_world();
}

/* ---- what foreign threads have woken */

void tide_world_ready(tide_cell *cell) {
    tide_world *world = lock_world();
    cell->next_ready = NULL;
    if (world->first_ready)
        world->last_ready->next_ready = cell;
    else
        world->first_ready = cell;
    world->last_ready = cell;
    unsigned count = atomic_load_explicit(&world->ready_count, memory_order_relaxed);
    atomic_store_explicit(&world->ready_count, count + 1, memory_order_relaxed);
    wake_one(world);
    unlock_world();
}

tide_cell *tide_world_take(void) {
    if (!atomic_load_explicit(&tide_the_world.ready_count, memory_order_relaxed))
        return NULL; /* or a moment too early: who sleeps looks again, under the lock */
    tide_world *world = lock_world();
    tide_cell *cell = world->first_ready;
    if (cell) {
        world->first_ready = cell->next_ready;
        unsigned count = atomic_load_explicit(&world->ready_count, memory_order_relaxed);
        atomic_store_explicit(&world->ready_count, count - 1, memory_order_relaxed);
    }
    unlock_world();
    return cell;
}

/* ---- rest */

void tide_world_wait_for_rest(void) {
    tide_world *world = lock_world();
    while (!is_at_rest(world))
        pthread_cond_wait(&world->rest, &world->lock);
    unlock_world();
}

void tide_world_arm(int change) {
    tide_world *world = lock_world();
    world->armed_count += (unsigned)change;
    if (is_at_rest(world))
        pthread_cond_broadcast(&world->rest);
    unlock_world();
}

/* ---- standing still, and the end */

/* The caller, which is no idle scheduler, waits until the world goes on. Lock held. */
static void wait_still(tide_world *world) {
    world->waiting_count++;
    pthread_cond_broadcast(&world->still);
    while (wants(TIDE_ATTEND_STILL))
        pthread_cond_wait(&world->still, &world->lock);
    world->waiting_count--;
}

bool tide_world_attend(void) {
    tide_world *world = lock_world();
    if (wants(TIDE_ATTEND_STILL))
        wait_still(world);
    bool is_over = wants(TIDE_ATTEND_STOP);
    unlock_world();
    return is_over;
}

void tide_world_stop(void) {
    tide_world *world = lock_world();
    want(TIDE_ATTEND_STOP, true);
    while (world->asleep)
        wake_one(world);
    unlock_world();
}

void tide_world_stand_still(const tide_scheduler *here) {
    tide_world *world = lock_world();
    while (wants(TIDE_ATTEND_STILL)) /* somebody else's; then it is our turn */
        if (here)
            wait_still(world);
        else
            pthread_cond_wait(&world->still, &world->lock);
    want(TIDE_ATTEND_STILL, true);
    unsigned others = tide_rt.scheduler_count - (here && !here->is_foreign);
    while (world->idle_count + world->waiting_count < others)
        pthread_cond_wait(&world->still, &world->lock);
    unlock_world();
    if (!here || !here->is_foreign)
        pthread_mutex_lock(&tide_rt.foreign_lock);
}

void tide_world_go_on(const tide_scheduler *here) {
    if (!here || !here->is_foreign)
        pthread_mutex_unlock(&tide_rt.foreign_lock);
    tide_world *world = lock_world();
    want(TIDE_ATTEND_STILL, false);
    pthread_cond_broadcast(&world->still);
    unlock_world();
}
