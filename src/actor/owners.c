#include "actor/owners.h"
#include "actor/figures.h"
#include <inttypes.h>
#include <stdio.h>
#include <tidemark/tidemark.h>
#include <time.h>

enum {
    NAME_BYTES = 128,
    PAUSE_NS = 200000000, /* between two rounds, … */
    ROUND_SHARE = 50,     /* … and so many times as long as a round takes */
};

static struct {
    tide_owner actors, schedulers, pool;
    tide_owner of_scheduler[TIDE_SCHEDULERS_MAX + 1];
    pthread_t thread;
    pthread_mutex_t lock; /* an actor's charges: the thread, or who ends the actor */
    pthread_cond_t over;
    bool is_over;
} owners;

/* ---- charging. An owner's charges are what it was told before: the difference is what has changed. */

static void charge(tide_owner owner, enum tide_class memory_class, uint64_t from_bytes, uint64_t to_bytes) {
    if (to_bytes > from_bytes)
        tide_owner_charge(owner, memory_class, to_bytes - from_bytes);
    else if (to_bytes < from_bytes)
        tide_owner_uncharge(owner, memory_class, from_bytes - to_bytes);
}

static void charge_all(tide_owner owner, tide_figures figures, uint64_t reserved_bytes) {
    tide_charges now;
    if (tide_owner_charges(owner, &now) != 0)
        return;
    charge(owner, TIDE_USED, now.bytes[TIDE_USED], figures.used_bytes);
    charge(owner, TIDE_ALLOCATED, now.bytes[TIDE_ALLOCATED], figures.allocated_bytes);
    charge(owner, TIDE_RESERVED, now.bytes[TIDE_RESERVED], reserved_bytes);
}

static void charge_actor(const tide_cell *cell) {
    tide_actor_figures figures;
    pthread_mutex_lock(&owners.lock);
    tide_owner owner = atomic_load_explicit(&cell->owner, memory_order_relaxed);
    if (owner && tide_cell_figures(cell, &figures) == 0)
        charge_all(owner, figures.total, figures.total.allocated_bytes);
    pthread_mutex_unlock(&owners.lock);
}

static void charge_everybody(void) {
    uint64_t bytes = atomic_load_explicit(&tide_cells.bytes, memory_order_acquire), free_bytes = 0;
    for (uint64_t at = 0; at < bytes; at += sizeof(tide_cell))
        charge_actor((const tide_cell *)(const void *)(tide_cells.base + at));
    for (unsigned i = 0; i <= tide_rt.scheduler_count; i++) {
        tide_sched_figures figures = tide_scheduler_figures(tide_rt.schedulers[i]);
        charge_all(owners.of_scheduler[i], figures.structure,
                   figures.structure.allocated_bytes + figures.cached_bytes);
    }
    tide_pool *const pools[] = {&tide_cells, &tide_blocks, &tide_letters};
    for (unsigned i = 0; i < sizeof pools / sizeof *pools; i++)
        free_bytes += tide_pool_figures_get(pools[i]).free_bytes;
    charge_all(owners.pool, (tide_figures){0}, free_bytes);
}

/* Retired, its number is used again for the next actor, unless its handlers have called malloc. Lock held. */
static void forget(tide_cell *cell) {
    tide_owner owner = atomic_load_explicit(&cell->owner, memory_order_relaxed);
    if (!owner)
        return;
    atomic_store_explicit(&cell->owner, TIDE_UNOWNED, memory_order_relaxed);
    charge_all(owner, (tide_figures){0}, 0);
    tide_owner_retire(owner);
}

/* What a runtime had that was stopped is shown until another one is started. */
static void forget_everybody(void) {
    uint64_t bytes = atomic_load_explicit(&tide_cells.bytes, memory_order_acquire);
    for (uint64_t at = 0; at < bytes; at += sizeof(tide_cell))
        forget((tide_cell *)(void *)(tide_cells.base + at));
}

/* ---- the thread */

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void pause_until(uint64_t when_ns) {
    struct timespec until = {(time_t)(when_ns / 1000000000), (long)(when_ns % 1000000000)};
    pthread_mutex_lock(&owners.lock);
    while (!owners.is_over && pthread_cond_timedwait(&owners.over, &owners.lock, &until) == 0)
        ;
    pthread_mutex_unlock(&owners.lock);
}

static bool is_over(void) {
    pthread_mutex_lock(&owners.lock);
    bool over = owners.is_over;
    pthread_mutex_unlock(&owners.lock);
    return over;
}

static void *owners_main(void *argument) {
    while (!is_over()) {
        uint64_t start = now_ns();
        charge_everybody();
        uint64_t end = now_ns(), pause = (end - start) * ROUND_SHARE;
        pause_until(end + (pause > PAUSE_NS ? pause : PAUSE_NS));
    }
    return argument;
}

/* ---- start and stop */

static void name_schedulers(void) {
    owners.schedulers = tide_owner_create("schedulers", TIDE_UNOWNED);
    owners.pool = tide_owner_create("pool", owners.schedulers);
    for (unsigned i = 0; i <= tide_rt.scheduler_count; i++) {
        char name[NAME_BYTES];
        snprintf(name, sizeof name, i < tide_rt.scheduler_count ? "scheduler %u" : "foreign", i);
        owners.of_scheduler[i] = tide_owner_create(name, owners.schedulers);
    }
}

void tide_owners_start(void) {
    tide_rt.is_watched = false;
    if (!tide_actors_counts_memory() || !tide_is_tracking())
        return;
    owners.actors = tide_owner_create("actors", TIDE_UNOWNED);
    name_schedulers();
    forget_everybody();
    owners.is_over = false;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&owners.over, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&owners.lock, NULL);
    tide_rt.is_watched = pthread_create(&owners.thread, NULL, owners_main, NULL) == 0;
}

void tide_owners_stop(void) {
    if (!tide_rt.is_watched)
        return;
    pthread_mutex_lock(&owners.lock);
    owners.is_over = true;
    pthread_cond_signal(&owners.over);
    pthread_mutex_unlock(&owners.lock);
    pthread_join(owners.thread, NULL);
    charge_everybody(); /* a recording tells what they had at the end */
    pthread_mutex_destroy(&owners.lock);
    pthread_cond_destroy(&owners.over);
    tide_rt.is_watched = false;
}

/* ---- actors */

void tide_owners_add(tide_cell *cell) {
    const tide_actor_type *type = atomic_load_explicit(&cell->type, memory_order_relaxed);
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%s %" PRIu32, type->name, (uint32_t)tide_cell_handle(cell).id);
    tide_owner owner = tide_owner_create(name, tide_owner_create(type->name, owners.actors));
    atomic_store_explicit(&cell->owner, owner, memory_order_relaxed);
}

void tide_owners_remove(tide_cell *cell) {
    pthread_mutex_lock(&owners.lock);
    forget(cell);
    pthread_mutex_unlock(&owners.lock);
}

uint32_t tide_owners_enter(const tide_cell *cell) {
    tide_owner owner = atomic_load_explicit(&cell->owner, memory_order_relaxed);
    tide_owner_enter(owner);
    return owner;
}

void tide_owners_leave(uint32_t owner) {
    tide_owner_leave(owner);
}
