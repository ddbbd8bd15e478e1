#include "stage.h"
#include <inttypes.h>
#include <stdlib.h>

#define NEVER_ABOVE ((uint64_t)1 << 48)

typedef struct errand {
    stage_act act;
    void *argument;
    sem_t *done;
} errand;

void stage_equal(uint64_t a, uint64_t b, const char *what, const char *file, int line) {
    if (a == b)
        return;
    fprintf(stderr, "%s:%d: %s does not hold: %" PRIu64 ", %" PRIu64 "\n", file, line, what, a, b);
    abort();
}

enum { ERRAND = 1, HOLD };

static sem_t at_hold, go_on;

static void obey(void *state, const tide_message *message) {
    (void)state;
    if (message->type == HOLD) {
        sem_post(&at_hold);
        sem_wait(&go_on);
    } else if (message->type == ERRAND) {
        errand task;
        memcpy(&task, message->payload, sizeof task);
        task.act(task.argument, message);
        sem_post(task.done);
    }
}

const tide_actor_type stage_hand = {.name = "hand", .state_bytes = 64, .receive = obey};

void stage_begin(unsigned scheduler_count) {
    sem_init(&at_hold, 0, 0);
    sem_init(&go_on, 0, 0);
    tide_actors_config config = {.scheduler_count = scheduler_count};
    assert_int_equal(tide_actors_start(&config), 0);
}

void stage_end(void) {
    assert_int_equal(tide_actors_quiesce(), 0);
    assert_int_equal(tide_actors_stop(), 0);
}

tide_actor stage_create(const tide_actor_type *type) {
    tide_actor actor = {0};
    assert_int_equal(tide_actor_create(type, &actor), 0);
    return actor;
}

void stage_ask(tide_actor hand, stage_act act, void *argument, sem_t *done) {
    errand task = {act, argument, done};
    assert_int_equal(tide_send(hand, ERRAND, &task, sizeof task), 0);
}

void stage_do(tide_actor hand, stage_act act, void *argument) {
    sem_t done;
    sem_init(&done, 0, 0);
    stage_ask(hand, act, argument, &done);
    sem_wait(&done);
    tide_actors_quiesce(); /* so that the message itself is gone, too */
    sem_destroy(&done);
}

void stage_hold(tide_actor hand) {
    assert_int_equal(tide_send(hand, HOLD, NULL, 0), 0);
    sem_wait(&at_hold);
}

void stage_release(void) {
    sem_post(&go_on);
}

static void assert_sane(tide_figures figures) {
    assert_true(figures.used_bytes <= figures.allocated_bytes);
    assert_true(figures.allocated_bytes < NEVER_ABOVE);
}

tide_actor_figures stage_figures(tide_actor actor) {
    tide_actor_figures figures;
    assert_int_equal(tide_actor_figures_get(actor, &figures), 0);
    assert_sane(figures.structure);
    assert_sane(figures.heap);
    assert_sane(figures.mailbox);
    assert_sane(figures.total);
    assert_true(figures.peak_allocated_bytes >= figures.total.allocated_bytes);
    return figures;
}

tide_snapshot *stage_snapshot(void) {
    tide_snapshot *snapshot = NULL;
    assert_int_equal(tide_snapshot_take(TIDE_SNAPSHOT_EXACT, &snapshot), 0);
    tide_figures actors = {0}, created = {0};
    for (size_t i = 0; i < snapshot->actor_count; i++) {
        assert_sane(snapshot->actors[i].total);
        actors.used_bytes += snapshot->actors[i].total.used_bytes;
        actors.allocated_bytes += snapshot->actors[i].total.allocated_bytes;
        created.allocated_bytes += snapshot->actors[i].structure.allocated_bytes;
    }
    for (size_t i = 0; i < snapshot->sched_count; i++) {
        assert_sane(snapshot->scheds[i].structure);
        assert_sane(snapshot->scheds[i].created);
        created.allocated_bytes -= snapshot->scheds[i].created.allocated_bytes;
    }
    const tide_actors_total *total = &snapshot->total;
    assert_int_equal(actors.used_bytes, total->actors.used_bytes);
    assert_int_equal(actors.allocated_bytes, total->actors.allocated_bytes);
    assert_int_equal(created.allocated_bytes, 0);
    assert_sane(total->sum);
    /* What the pools have given out is what actors, schedulers and timers say they have: two counts, made apart. */
    assert_int_equal(total->reserved_bytes, total->sum.allocated_bytes + total->cached_bytes);
    return snapshot;
}
