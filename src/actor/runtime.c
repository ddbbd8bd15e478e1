/* actor/runtime: start and stop; threads that the runtime knows nothing of. */
#include "actor/owners.h"
#include "actor/timers.h"
#include "actor/world.h"
#include <sched.h>
#include <string.h>
#include <time.h>

/* Addresses, not memory: 2^26 actors, and what 32 bits of places can tell apart of messages. */
#define CELLS_BYTES ((uint64_t)16 << 30)
#define BLOCKS_BYTES ((uint64_t)256 << 30)
#define LETTERS_BYTES ((uint64_t)127 << 30)

enum { BATCH_MESSAGES = 100 };

static unsigned scheduler_class(void) {
    return tide_class_of(sizeof(tide_scheduler));
}

static tide_scheduler *foreign(void) {
    return tide_rt.schedulers[tide_rt.scheduler_count];
}

static unsigned cpu_count(void) {
    cpu_set_t cpus;
    if (sched_getaffinity(0, sizeof cpus, &cpus) != 0)
        return 1;
    unsigned count = (unsigned)CPU_COUNT(&cpus);
    return count < TIDE_SCHEDULERS_MAX ? count : TIDE_SCHEDULERS_MAX;
}

/* ---- threads that are no schedulers */

tide_scheduler *tide_foreign_enter(void) {
    /* acquire: with the release in tide_actors_start */
    if (!atomic_load_explicit(&tide_rt.is_running, memory_order_acquire))
        return NULL;
    if (tide_here && tide_here->is_foreign) /* an actor's last words, in tide_actors_stop */
        return tide_here;
    pthread_mutex_lock(&tide_rt.foreign_lock);
    return foreign();
}

void tide_foreign_leave(void) {
    if (!tide_here || !tide_here->is_foreign)
        pthread_mutex_unlock(&tide_rt.foreign_lock);
}

/* ---- start */

static int init_pools(void) {
    int code = tide_pool_init(&tide_cells, CELLS_BYTES, true);
    code = code ? code : tide_pool_init(&tide_blocks, BLOCKS_BYTES, false);
    return code ? code : tide_pool_init(&tide_letters, LETTERS_BYTES, false);
}

/* `cache` is used for the scheduler's own block. */
static int new_scheduler(unsigned index, bool is_foreign, tide_pool_cache *cache) {
    tide_scheduler *scheduler = tide_pool_get(&tide_blocks, cache, scheduler_class());
    if (!scheduler)
        return -ENOMEM;
    memset(scheduler, 0, sizeof *scheduler);
    scheduler->index = index;
    scheduler->is_foreign = is_foreign;
    scheduler->random = index;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&scheduler->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    tide_rt.schedulers[index] = scheduler;
    return is_foreign ? 0 : tide_deque_init(&scheduler->deque, &tide_blocks, &scheduler->blocks);
}

/* All of them, and what they have cached. */
static void free_schedulers(void) {
    tide_pool_cache cache = {0};
    for (unsigned i = 0; i <= tide_rt.scheduler_count; i++) {
        tide_scheduler *scheduler = tide_rt.schedulers[i];
        if (!scheduler)
            continue;
        tide_deque_fini(&scheduler->deque, &tide_blocks, &scheduler->blocks);
        tide_pool_flush(&tide_cells, &scheduler->cells);
        tide_pool_flush(&tide_letters, &scheduler->letters);
        tide_pool_flush(&tide_blocks, &scheduler->blocks);
        pthread_cond_destroy(&scheduler->wake);
        tide_pool_put(&tide_blocks, &cache, scheduler_class(), scheduler);
        tide_rt.schedulers[i] = NULL;
    }
    tide_pool_flush(&tide_blocks, &cache);
}

static int new_schedulers(void) {
    tide_pool_cache cache = {0};
    int code = 0;
    for (unsigned i = 0; i <= tide_rt.scheduler_count && code == 0; i++)
        code = new_scheduler(i, i == tide_rt.scheduler_count, &cache);
    tide_pool_flush(&tide_blocks, &cache);
    return code;
}

static void join_threads(unsigned count) {
    tide_world_stop();
    for (unsigned i = 0; i < count; i++)
        pthread_join(tide_rt.schedulers[i]->thread, NULL);
}

static int start_threads(void) {
    for (unsigned i = 0; i < tide_rt.scheduler_count; i++) {
        int code =
            -pthread_create(&tide_rt.schedulers[i]->thread, NULL, tide_scheduler_main, tide_rt.schedulers[i]);
        if (code != 0) {
            join_threads(i);
            return code;
        }
    }
    return 0;
}

int tide_actors_start(const tide_actors_config *config) {
    if (atomic_load_explicit(&tide_rt.is_running, memory_order_acquire))
        return -EALREADY;
    unsigned count = config ? config->scheduler_count : 0, batch = config ? config->batch_messages : 0;
    if (count > TIDE_SCHEDULERS_MAX)
        return -EINVAL;
    int code = init_pools();
    if (code)
        return code;
    tide_rt.scheduler_count = count ? count : cpu_count();
    tide_rt.batch_messages = batch ? batch : BATCH_MESSAGES;
    pthread_mutex_init(&tide_rt.foreign_lock, NULL);
    code = tide_world_init();
    code = code ? code : new_schedulers();
    if (code == 0) {
        tide_owners_start();
        code = start_threads();
    }
    if (code) {
        tide_owners_stop();
        free_schedulers();
        tide_world_fini();
        pthread_mutex_destroy(&tide_rt.foreign_lock);
        return code;
    }
    tide_timers_init();
    atomic_store_explicit(&tide_rt.is_running, true, memory_order_release);
    return 0;
}

/* ---- stop */

/* Actors end in the order of their places; what they still send is dropped with the receivers. */
static void end_actors(tide_scheduler *here) {
    tide_here = here;
    uint64_t bytes = atomic_load_explicit(&tide_cells.bytes, memory_order_relaxed);
    for (uint64_t at = 0; at < bytes; at += sizeof(tide_cell)) {
        tide_cell *cell = (tide_cell *)(void *)(tide_cells.base + at);
        if (tide_newest(atomic_load_explicit(&cell->inbox, memory_order_relaxed)) == TIDE_CLOSED)
            continue;
        here->running = cell;
        tide_actor_end(here, cell);
    }
    tide_here = NULL;
}

int tide_actors_stop(void) {
    if (!atomic_load_explicit(&tide_rt.is_running, memory_order_acquire))
        return -ESRCH;
    if (tide_here)
        return -EDEADLK;
    join_threads(tide_rt.scheduler_count);
    tide_timers_stop();
    tide_owners_stop();
    end_actors(foreign());
    tide_timers_fini(foreign());
    atomic_store_explicit(&tide_rt.is_running, false, memory_order_release);
    free_schedulers();
    tide_pool_trim(&tide_blocks);
    tide_pool_trim(&tide_letters);
    tide_world_fini();
    pthread_mutex_destroy(&tide_rt.foreign_lock);
    return 0;
}

int tide_actors_quiesce(void) {
    if (!atomic_load_explicit(&tide_rt.is_running, memory_order_acquire))
        return -ESRCH;
    if (tide_here)
        return -EDEADLK;
    tide_world_wait_for_rest();
    return 0;
}

int64_t tide_actors_trim(void) {
    if (!atomic_load_explicit(&tide_rt.is_running, memory_order_acquire))
        return -ESRCH;
    if (tide_here)
        return -EDEADLK;
    tide_world_stand_still(NULL);
    for (unsigned i = 0; i <= tide_rt.scheduler_count; i++) {
        tide_pool_flush(&tide_letters, &tide_rt.schedulers[i]->letters);
        tide_pool_flush(&tide_blocks, &tide_rt.schedulers[i]->blocks);
    }
    uint64_t bytes = tide_pool_trim(&tide_letters) + tide_pool_trim(&tide_blocks);
    tide_world_go_on(NULL);
    return (int64_t)bytes;
}
