/* A storm: actors that create, stop, send, move, keep, allocate and arm timers at random; foreign threads that do
 * the same; and a monitor that asks for everything all the time. In the end every figure is back, and nothing was
 * lost.
 *
 * Then a calm: one message at a time into a world at rest, each of which has to be answered: a wake-up that is lost
 * stops the test, for good.
 *
 * Usage: churn [SECONDS]        at least so long; default: one round of each */
#include "stage.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { ROOTS = 8, GENERATIONS = 400, KNOWN = 64, FOREIGNERS = 2, FOREIGN_SENDS = 20000, CALLS = 5000 };

static _Atomic long created, ended;
static _Atomic bool is_over;
static _Atomic uint64_t known[KNOWN]; /* handles, most of them of actors that are gone */

typedef struct parent {
    uint32_t random, left;
    void *block, *payload;
} parent;

static uint32_t draw(uint32_t *random) {
    *random = *random * 1664525 + 1013904223;
    return *random >> 16;
}

static tide_actor somebody(uint32_t *random) {
    return (tide_actor){atomic_load(&known[draw(random) % KNOWN])};
}

static void count_end(void *state) {
    (void)state;
    atomic_fetch_add(&ended, 1);
}

static const tide_actor_type parent_type;

static void have_child(uint32_t *random, uint32_t left) {
    tide_actor child = stage_create(&parent_type);
    atomic_fetch_add(&created, 1);
    atomic_store(&known[draw(random) % KNOWN], child.id);
    int code = tide_send(child, 1, &(uint32_t[]){draw(random), left}, 2 * sizeof(uint32_t));
    assert_true(code == 0 || code == -ESTALE); /* somebody may have stopped it already */
}

/* Whatever an actor may do to others. */
static void meddle(parent *self) {
    char bytes[3000] = {0};
    size_t size = draw(&self->random) % sizeof bytes;
    tide_actor other = somebody(&self->random);
    int code = 0;
    switch (draw(&self->random) % 6) {
    case 0:
        code = tide_send(other, 2, bytes, size);
        break;
    case 1:
        self->block = tide_actor_realloc(self->block, size + 1);
        memset(self->block, 1, size + 1);
        break;
    case 2:
        tide_actor_free(self->block);
        self->block = NULL;
        break;
    case 3:
        if (self->payload && tide_send_move(other, 2, self->payload) == 0)
            self->payload = NULL;
        break;
    case 4:
        code = tide_send_after(other, 2, bytes, size % 100, draw(&self->random) % 1000000, NULL);
        break;
    default:
        if (tide_actor_total_mem_size(other) > tide_actor_total_alloc_size(tide_actor_self()))
            code = tide_send(tide_actor_self(), 2, NULL, 0);
    }
    assert_true(code == 0 || code == -ESTALE);
}

static void live(void *state, const tide_message *message) {
    parent *self = state;
    if (message->type == 1) {
        uint32_t words[2];
        memcpy(words, message->payload, sizeof words);
        self->random = words[0];
        self->left = words[1];
        for (int i = 0; i < 4; i++)
            assert_int_equal(tide_send(tide_actor_self(), 3, NULL, 0), 0);
        if (self->left)
            have_child(&self->random, self->left - 1);
        assert_int_equal(tide_actor_stop(tide_actor_self()), 0);
    } else if (message->type == 2 && message->bytes && !self->payload) {
        self->payload = tide_payload_keep(message);
    }
    meddle(self);
}

static const tide_actor_type parent_type = {
    .name = "parent", .state_bytes = sizeof(parent), .receive = live, .end = count_end};

/* ---- other threads */

static void *interfere(void *argument) {
    uint32_t random = (uint32_t)(uintptr_t)argument;
    for (int i = 0; i < FOREIGN_SENDS; i++) {
        int code = draw(&random) % 16 ? tide_send(somebody(&random), 2, &random, sizeof random)
                                      : tide_actor_stop(somebody(&random));
        assert_true(code == 0 || code == -ESTALE);
    }
    return NULL;
}

static void check(tide_figures figures) {
    assert_true(figures.used_bytes <= figures.allocated_bytes && figures.allocated_bytes < (uint64_t)1 << 48);
}

static void check_all(int how) {
    tide_snapshot *snapshot = NULL;
    if (how == TIDE_SNAPSHOT_EXACT)
        snapshot = stage_snapshot();
    else
        assert_int_equal(tide_snapshot_take(how, &snapshot), 0);
    for (size_t i = 0; i < snapshot->actor_count; i++)
        check(snapshot->actors[i].total);
    for (size_t i = 0; i < snapshot->sched_count; i++)
        check(snapshot->scheds[i].created);
    tide_snapshot_free(snapshot);
}

static void *monitor(void *argument) {
    uint32_t random = 1;
    for (unsigned turn = 0; !atomic_load(&is_over); turn++) {
        for (int i = 0; i < KNOWN; i++) {
            tide_actor_figures figures;
            int code = tide_actor_figures_get(somebody(&random), &figures);
            assert_true(code == 0 || code == -ESTALE);
            if (code == 0)
                check(figures.total);
        }
        for (unsigned i = 0; i < tide_sched_count(); i++)
            assert_true(tide_sched_total_mem_size(i) <= (int64_t)1 << 48);
        check_all(turn % 8 ? TIDE_SNAPSHOT_NOW : TIDE_SNAPSHOT_EXACT);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return argument;
}

static void storm(void) {
    pthread_t foreigners[FOREIGNERS], watcher;
    is_over = false;
    for (int i = 0; i < FOREIGNERS; i++)
        pthread_create(&foreigners[i], NULL, interfere, (void *)(uintptr_t)(i + 1));
    pthread_create(&watcher, NULL, monitor, NULL);
    uint32_t random = (uint32_t)time(NULL);
    for (int i = 0; i < ROOTS; i++)
        have_child(&random, GENERATIONS);
    for (int i = 0; i < FOREIGNERS; i++)
        pthread_join(foreigners[i], NULL);
    tide_actors_quiesce();
    is_over = true;
    pthread_join(watcher, NULL);
    assert_int_equal(ended, created);
    tide_snapshot *snapshot = stage_snapshot();
    assert_int_equal(snapshot->total.actors.allocated_bytes, 0);
    tide_snapshot_free(snapshot);
    assert_true(tide_actors_trim() >= 0);
}

/* ---- calm */

static sem_t answered;

static void answer(void *state, const tide_message *message) {
    const tide_actor *next = message->payload;
    (void)state;
    if (message->bytes)
        tide_send(*next, 0, NULL, 0);
    else
        sem_post(&answered);
}

static const tide_actor_type answering = {.name = "answering", .receive = answer};

static void calm(void) {
    tide_actor pair[2] = {stage_create(&answering), stage_create(&answering)};
    for (int i = 0; i < CALLS; i++) {
        assert_int_equal(tide_send(pair[i & 1], 0, &pair[!(i & 1)], sizeof *pair), 0);
        sem_wait(&answered);
        if (i % 100 == 0)
            tide_actors_quiesce(); /* so that all are really asleep */
    }
    tide_actor_stop(pair[0]);
    tide_actor_stop(pair[1]);
}

int main(int count, char **arguments) {
    time_t until = time(NULL) + (count > 1 ? atoi(arguments[1]) : 0);
    sem_init(&answered, 0, 0);
    do {
        stage_begin(1 + (unsigned)rand() % 4);
        storm();
        calm();
        stage_end();
    } while (time(NULL) < until);
    printf("%ld actors created and ended\n", (long)created);
    return 0;
}
