/* actor/snapshot: all actors, types and schedulers at a moment, and the sums. */
#include "actor/figures.h"
#include "actor/timers.h"
#include "actor/world.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_ROOM = 64 };

/* How many actors there may be, live ones and places of dead ones. */
static size_t place_count(void) {
    return atomic_load_explicit(&tide_cells.bytes, memory_order_acquire) / sizeof(tide_cell);
}

/* Room for one more. */
static bool make_room(tide_snapshot *snapshot, size_t *room) {
    if (snapshot->actor_count < *room)
        return true;
    *room = *room ? 2 * *room : FIRST_ROOM;
    tide_actor_figures *actors = realloc(snapshot->actors, *room * sizeof *actors);
    if (actors)
        snapshot->actors = actors;
    return actors != NULL;
}

static int read_actors(tide_snapshot *snapshot) {
    size_t room = 0, places = place_count();
    for (size_t place = 0; place < places; place++) {
        const tide_cell *cell = (const tide_cell *)(const void *)(tide_cells.base + place * sizeof *cell);
        if (!make_room(snapshot, &room))
            return -ENOMEM;
        if (tide_cell_figures(cell, &snapshot->actors[snapshot->actor_count]) == 0)
            snapshot->actor_count++;
    }
    return 0;
}

static void read_schedulers(tide_snapshot *snapshot) {
    for (; snapshot->sched_count < tide_sched_count(); snapshot->sched_count++)
        snapshot->scheds[snapshot->sched_count] =
            tide_scheduler_figures(tide_rt.schedulers[snapshot->sched_count]);
}

/* ---- sums */

static uint64_t rss_bytes(void) {
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm && fscanf(statm, "%*u %lu", &pages) != 1)
        pages = 0;
    if (statm)
        fclose(statm);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void read_pools(tide_actors_total *total) {
    tide_pool *const pools[] = {&tide_cells, &tide_blocks, &tide_letters};
    for (unsigned i = 0; i < sizeof pools / sizeof *pools; i++) {
        tide_pool_figures figures = tide_pool_figures_get(pools[i]);
        total->reserved_bytes += figures.reserved_bytes;
        total->cached_bytes += figures.free_bytes;
        total->resident_bytes += tide_pool_resident_bytes(pools[i]);
    }
}

static void add_up(tide_snapshot *snapshot) {
    tide_actors_total *total = &snapshot->total;
    total->process_rss_bytes = rss_bytes();
    if (total->process_rss_bytes > total->resident_bytes)
        total->unaccounted_bytes = total->process_rss_bytes - total->resident_bytes;
    for (size_t i = 0; i < snapshot->actor_count; i++) {
        tide_figures_add(&total->actors, snapshot->actors[i].total);
        total->mailbox_messages += snapshot->actors[i].mailbox_messages;
    }
    for (size_t i = 0; i < snapshot->sched_count; i++) {
        tide_figures_add(&total->schedulers, snapshot->scheds[i].structure);
        total->cached_bytes += snapshot->scheds[i].cached_bytes;
    }
    total->actor_count = snapshot->actor_count;
    tide_figures_add(&total->sum, total->actors);
    tide_figures_add(&total->sum, total->schedulers);
    tide_figures_add(&total->sum, total->timers);
}

/* ---- types */

static int by_type(const void *a, const void *b) {
    uintptr_t one = (uintptr_t)((const tide_actor_figures *)a)->type;
    uintptr_t other = (uintptr_t)((const tide_actor_figures *)b)->type;
    return (one > other) - (one < other);
}

static int by_size(const void *a, const void *b) {
    uint64_t one = ((const tide_type_figures *)a)->total.allocated_bytes;
    uint64_t other = ((const tide_type_figures *)b)->total.allocated_bytes;
    return (one < other) - (one > other);
}

static void add_to_type(tide_type_figures *type, const tide_actor_figures *actor) {
    type->actor_count++;
    type->mailbox_messages += actor->mailbox_messages;
    tide_figures_add(&type->structure, actor->structure);
    tide_figures_add(&type->heap, actor->heap);
    tide_figures_add(&type->mailbox, actor->mailbox);
    tide_figures_add(&type->total, actor->total);
    if (type->largest_allocated_bytes < actor->total.allocated_bytes)
        type->largest_allocated_bytes = actor->total.allocated_bytes;
}

/* Sorted in a copy: actors stay in the order of their places. */
static int group_by_type(tide_snapshot *snapshot) {
    size_t count = snapshot->actor_count;
    tide_actor_figures *sorted = malloc((count + 1) * sizeof *sorted);
    snapshot->types = calloc(count + 1, sizeof *snapshot->types);
    if (!sorted || !snapshot->types) {
        free(sorted);
        return -ENOMEM;
    }
    if (count)
        memcpy(sorted, snapshot->actors, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_type);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || sorted[i].type != sorted[i - 1].type)
            snapshot->types[snapshot->type_count++].type = sorted[i].type;
        add_to_type(&snapshot->types[snapshot->type_count - 1], &sorted[i]);
    }
    free(sorted);
    qsort(snapshot->types, snapshot->type_count, sizeof *snapshot->types, by_size);
    return 0;
}

/* ---- */

static int read_all(tide_snapshot *snapshot) {
    snapshot->scheds = calloc(tide_sched_count(), sizeof *snapshot->scheds);
    if (!snapshot->scheds || read_actors(snapshot) != 0)
        return -ENOMEM;
    read_schedulers(snapshot);
    snapshot->total.timers = tide_timers_figures();
    read_pools(&snapshot->total);
    return 0;
}

/* While nobody runs, or everybody. */
static int read_how(int how, tide_snapshot *snapshot) {
    tide_scheduler *here = tide_here;
    if (here)
        tide_payload_settle(here);
    if (how == TIDE_SNAPSHOT_EXACT)
        tide_world_stand_still(here);
    else
        tide_foreign_enter(); /* for the timers' tables */
    int code = read_all(snapshot);
    if (how == TIDE_SNAPSHOT_EXACT)
        tide_world_go_on(here);
    else
        tide_foreign_leave();
    return code;
}

int tide_snapshot_take(int how, tide_snapshot **ret_snapshot) {
    if (how != TIDE_SNAPSHOT_NOW && how != TIDE_SNAPSHOT_EXACT)
        return -EINVAL;
    if (!tide_actors_counts_memory())
        return -ENOTSUP;
    if (!tide_sched_count())
        return -ESRCH;
    tide_snapshot *snapshot = calloc(1, sizeof *snapshot);
    int code = snapshot ? read_how(how, snapshot) : -ENOMEM;
    if (code == 0) {
        add_up(snapshot);
        code = group_by_type(snapshot);
    }
    if (code == 0)
        *ret_snapshot = snapshot;
    else
        tide_snapshot_free(snapshot);
    return code;
}

void tide_snapshot_free(tide_snapshot *snapshot) {
    if (!snapshot)
        return;
    free(snapshot->actors);
    free(snapshot->scheds);
    free(snapshot->types);
    free(snapshot);
}
