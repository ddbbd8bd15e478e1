/* What is made and goes again leaves every figure as it was, to the byte. The numbers in brackets are acceptance
 * cases. */
#include "stage.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { ACTORS = 40000, MESSAGES = 1000000, PAYLOAD = 32, MESSAGE_ALLOCATED = 64 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { IS_SANITIZED = 1 }; /* its shadow is in the RSS */
#else
enum { IS_SANITIZED = 0 };
#endif

static _Atomic int ended, ended_elsewhere;
static pthread_t creator;

static void listen(void *state, const tide_message *message) {
    (void)state, (void)message;
}

static void count_end(void *state) {
    (void)state;
    atomic_fetch_add(&ended, 1);
    if (!pthread_equal(pthread_self(), creator))
        atomic_fetch_add(&ended_elsewhere, 1);
}

static const tide_actor_type mayfly = {
    .name = "mayfly", .state_bytes = 100, .receive = listen, .end = count_end};

/* It stays in its handler until the last one is dead: so they die on the other scheduler. */
static void create_and_watch_them_die(void *argument, const tide_message *message) {
    (void)argument, (void)message;
    creator = pthread_self();
    tide_actor *actors = calloc(ACTORS, sizeof *actors);
    for (int i = 0; i < ACTORS; i++)
        actors[i] = stage_create(&mayfly);
    for (int i = 0; i < ACTORS; i++)
        assert_int_equal(tide_actor_stop(actors[i]), 0);
    while (atomic_load(&ended) < ACTORS)
        usleep(100);
    free(actors);
}

static void actors_that_die_on_another_scheduler_than_they_were_born_on_leave_nothing(
    void **state) { /* [2] */
    (void)state;
    stage_begin(2);
    tide_actor hand = stage_create(&stage_hand);
    tide_snapshot *before = stage_snapshot();
    stage_do(hand, create_and_watch_them_die, NULL);
    assert_int_equal(ended, ACTORS);
    assert_int_equal(ended_elsewhere, ACTORS);
    tide_snapshot *after = stage_snapshot();
    for (size_t i = 0; i < before->sched_count; i++) {
        assert_memory_equal(&after->scheds[i].created, &before->scheds[i].created,
                            sizeof before->scheds[i].created);
        assert_int_equal(after->scheds[i].created_count, before->scheds[i].created_count);
    }
    assert_int_equal(after->actor_count, 1);
    assert_memory_equal(&after->total.actors, &before->total.actors, sizeof before->total.actors);
    tide_snapshot_free(before);
    tide_snapshot_free(after);
    stage_end();
}

/* ---- a million messages [3] [8] */

static void assert_accounted(const tide_snapshot *snapshot) {
    uint64_t most = snapshot->total.process_rss_bytes / 20;
    if (!IS_SANITIZED)
        assert_true(snapshot->total.unaccounted_bytes < (most > 4 << 20 ? most : 4 << 20));
}

static void a_million_messages_are_seen_and_leave_nothing(void **state) {
    (void)state;
    stage_begin(2);
    tide_actor hand = stage_create(&stage_hand);
    tide_actor_figures before = stage_figures(hand);
    stage_hold(hand);
    const char payload[PAYLOAD] = {0};
    for (int i = 0; i < MESSAGES; i++)
        assert_int_equal(tide_send(hand, 99, payload, sizeof payload), 0);
    tide_actor_figures full = stage_figures(hand);
    assert_int_equal(full.mailbox_messages, MESSAGES + 1); /* and the one that it is held by */
    assert_int_equal(full.mailbox.allocated_bytes,
                     (MESSAGES + 1) * MESSAGE_ALLOCATED - MESSAGE_ALLOCATED / 2);
    assert_int_equal(full.mailbox.used_bytes, (uint64_t)MESSAGES * (32 + PAYLOAD) + 32);
    tide_snapshot *snapshot = NULL; /* not an exact one: that would wait for the handler */
    assert_int_equal(tide_snapshot_take(TIDE_SNAPSHOT_NOW, &snapshot), 0);
    assert_accounted(snapshot);
    tide_snapshot_free(snapshot);

    stage_release();
    tide_actors_quiesce();
    tide_actor_figures after = stage_figures(hand);
    assert_memory_equal(&after.total, &before.total, sizeof after.total);
    assert_int_equal(after.mailbox_messages, 0);
    assert_true(after.peak_allocated_bytes >= full.total.allocated_bytes);

    snapshot = stage_snapshot();
    assert_true(snapshot->total.cached_bytes >= (uint64_t)MESSAGES * MESSAGE_ALLOCATED);
    uint64_t rss_bytes = snapshot->total.process_rss_bytes;
    tide_snapshot_free(snapshot);
    int64_t returned_bytes = tide_actors_trim();
    assert_true(returned_bytes > MESSAGES * MESSAGE_ALLOCATED / 10 * 9);
    snapshot = stage_snapshot();
    assert_true(snapshot->total.cached_bytes < 20 << 20); /* of it 10 MiB of cells, of the test before */
    assert_true(snapshot->total.process_rss_bytes < rss_bytes - MESSAGES * MESSAGE_ALLOCATED / 10 * 8);
    assert_accounted(snapshot);
    tide_snapshot_free(snapshot);
    stage_end();
}

/* Memory that was given back is memory still. */
static void what_was_trimmed_is_used_again(void **state) {
    (void)state;
    stage_begin(2);
    tide_actor hand = stage_create(&stage_hand);
    static char payload[200000];
    for (int round = 0; round < 5; round++) {
        stage_hold(hand);
        for (size_t bytes = 1; bytes < sizeof payload; bytes = bytes * 5 / 4 + 1)
            for (int i = 0; i < 20; i++)
                assert_int_equal(tide_send(hand, 99, payload, bytes), 0);
        stage_release();
        tide_actors_quiesce();
        tide_snapshot_free(stage_snapshot());
        tide_actors_trim();
        tide_snapshot_free(stage_snapshot());
    }
    stage_end();
}

int main(void) {
    if (!tide_actors_counts_messages()) {
        puts("1..0 # SKIP built without memtrack_messages");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(actors_that_die_on_another_scheduler_than_they_were_born_on_leave_nothing),
        cmocka_unit_test(a_million_messages_are_seen_and_leave_nothing),
        cmocka_unit_test(what_was_trimmed_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
