/* What actors weigh, byte by byte. The numbers in brackets are the acceptance cases that these tests stand for:
 * Pony's functions, and what is wrong with them there. */
#include "stage.h"
#include <errno.h>
#include <stdlib.h>

enum { CELL = 256, LETTER = 32, SLAB = 1024, SLAB_HEADER = 48 };

static tide_actor hand, other; /* of each test */

static void begin(void) {
    stage_begin(2);
    hand = stage_create(&stage_hand);
    other = stage_create(&stage_hand);
}

static void pony_s_eight_and_its_page_s_ninth_name_answer_in_bytes(void **state) { /* [1] */
    (void)state;
    begin();
    assert_int_equal(tide_actor_mem_size(hand), CELL + 64);
    assert_int_equal(tide_actor_alloc_size(hand), CELL + 64);
    assert_int_equal(tide_actor_total_mem_size(hand), CELL + 64);
    assert_int_equal(tide_actor_total_alloc_size(hand), CELL + 64);
    assert_int_equal(tide_sched_count(), 3);
    assert_true(tide_sched_static_mem_size() > 0);
    assert_true(tide_sched_static_mem_size() <= tide_sched_static_alloc_size());
    unsigned foreign = 2; /* this thread is no scheduler */
    assert_int_equal(tide_sched_total_mem_size(foreign), 2 * (CELL + 64));
    assert_int_equal(tide_sched_total_memory_size(foreign), 2 * (CELL + 64));
    assert_int_equal(tide_sched_total_alloc_size(foreign), 2 * (CELL + 64));
    assert_int_equal(tide_sched_total_mem_size(0), 0);
    assert_int_equal(tide_sched_total_mem_size(3), -ESRCH);
    stage_end();
}

/* ---- the heap [4] */

static void take_blocks(void *argument, const tide_message *message) {
    (void)message;
    static void *blocks[32];
    const int slots = (SLAB - SLAB_HEADER) / 32;
    for (int i = 0; i < 32; i++) {
        blocks[i] = tide_actor_alloc(32);
        tide_figures heap = stage_figures(*(tide_actor *)argument).heap;
        int slabs = 1 + i / slots;
        assert_int_equal(heap.used_bytes, slabs * SLAB_HEADER + (i + 1) * 32);
        assert_int_equal(heap.allocated_bytes, slabs * SLAB);
    }
    for (int i = 32; i-- > 0;) {
        uint64_t before = stage_figures(*(tide_actor *)argument).heap.used_bytes;
        tide_actor_free(blocks[i]);
        assert_true(stage_figures(*(tide_actor *)argument).heap.used_bytes <= before - 32);
    }
    /* one empty slab stays, and what is larger than a slab's slots is given back at once */
    assert_int_equal(stage_figures(*(tide_actor *)argument).heap.used_bytes, SLAB_HEADER);
    char *large = tide_actor_realloc(NULL, 100000);
    memset(large, 1, 100000);
    tide_figures heap = stage_figures(*(tide_actor *)argument).heap;
    assert_int_equal(heap.used_bytes, 2 * SLAB_HEADER + 100000);
    assert_int_equal(heap.allocated_bytes, SLAB + 131072);
    large = tide_actor_realloc(large, 10);
    assert_int_equal(large[9], 1);
    tide_actor_free(large);
    assert_int_equal(stage_figures(*(tide_actor *)argument).peak_allocated_bytes,
                     CELL + 64 + 64 + 2 * SLAB + 131072);
}

static void a_heap_is_exact_to_the_byte(void **state) {
    (void)state;
    begin();
    stage_do(hand, take_blocks, &hand);
    stage_end();
}

/* Blocks that are resized, freed and taken in any order keep what was written, and nothing is left in the end. */
static void stir(void *argument, const tide_message *message) {
    (void)message;
    enum { BLOCKS = 200, STEPS = 20000 };
    struct {
        unsigned char *at;
        size_t bytes;
    } blocks[BLOCKS] = {0};
    uint32_t random = 1;
    for (int step = 0; step < STEPS; step++) {
        random = random * 1664525 + 1013904223;
        size_t i = (random >> 16) % BLOCKS, bytes = (random >> 8) % 1500 + 1;
        for (size_t at = 0; at < blocks[i].bytes; at += 97)
            assert_int_equal(blocks[i].at[at], (unsigned char)(i + blocks[i].bytes));
        if (random & 128 || !blocks[i].at) {
            blocks[i].at = tide_actor_realloc(blocks[i].at, bytes);
            blocks[i].bytes = bytes;
            memset(blocks[i].at, (int)(unsigned char)(i + bytes), bytes);
        } else {
            tide_actor_free(blocks[i].at);
            blocks[i].at = NULL;
            blocks[i].bytes = 0;
        }
        if (step % 100 == 0)
            stage_figures(*(tide_actor *)argument);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        tide_actor_free(blocks[i].at);
    tide_figures heap = stage_figures(*(tide_actor *)argument).heap;
    assert_int_equal(heap.used_bytes % SLAB_HEADER, 0); /* empty slabs, one of a size at most */
    assert_true(heap.used_bytes / SLAB_HEADER <= 9);
    assert_int_equal(heap.allocated_bytes, heap.used_bytes / SLAB_HEADER * SLAB);
}

static void a_heap_that_is_stirred_comes_back_to_nothing(void **state) {
    (void)state;
    begin();
    stage_do(hand, stir, &hand);
    stage_end();
}

/* ---- payloads [5] */

enum { BLOB = 100000, BLOB_ALLOCATED = 131072 };

static void copy_one(void *argument, const tide_message *message) {
    (void)message;
    void *block = tide_actor_alloc(BLOB);
    memset(block, 1, BLOB);
    assert_int_equal(tide_send(*(tide_actor *)argument, 99, block, BLOB), 0);
}

static void move_one(void *argument, const tide_message *message) {
    (void)message;
    void *payload = tide_payload_new(BLOB);
    memset(payload, 1, BLOB);
    assert_int_equal(stage_figures(tide_actor_self()).heap.used_bytes, BLOB + LETTER);
    assert_int_equal(tide_send_move(*(tide_actor *)argument, 99, payload), 0);
    assert_int_equal(stage_figures(tide_actor_self()).heap.used_bytes, 0);
}

static void a_copy_weighs_on_both_and_a_move_on_the_receiver_alone(void **state) {
    (void)state;
    begin();
    stage_hold(other);
    int64_t before = tide_actor_total_alloc_size(other);
    tide_actor copier = stage_create(&stage_hand), mover = stage_create(&stage_hand);
    sem_t done;
    sem_init(&done, 0, 0);
    stage_ask(copier, copy_one, &other, &done);
    sem_wait(&done);
    assert_int_equal(stage_figures(copier).heap.allocated_bytes, BLOB_ALLOCATED);
    assert_int_equal(stage_figures(other).mailbox_messages, 2);
    assert_int_equal(tide_actor_total_alloc_size(other) - before, BLOB_ALLOCATED);
    stage_ask(mover, move_one, &other, &done);
    sem_wait(&done);
    assert_int_equal(tide_actor_total_alloc_size(other) - before, 2 * BLOB_ALLOCATED);
    stage_release();
    tide_actors_quiesce();
    assert_int_equal(stage_figures(mover).heap.allocated_bytes, 0);
    assert_int_equal(tide_actor_total_alloc_size(other), CELL + 64);
    sem_destroy(&done);
    stage_end();
}

static void *kept;

static void keep(void *argument, const tide_message *message) {
    (void)argument;
    uint64_t before = stage_figures(tide_actor_self()).total.used_bytes;
    kept = tide_payload_keep(message);
    assert_ptr_equal(kept, message->payload);
    assert_null(tide_payload_keep(message));
    tide_actor_figures after = stage_figures(tide_actor_self());
    assert_int_equal(after.total.used_bytes, before);
    assert_int_equal(after.mailbox.used_bytes, 0);
    assert_true(after.heap.used_bytes > 0);
}

static void drop_kept(void *argument, const tide_message *message) {
    (void)argument, (void)message;
    tide_payload_free(kept);
    assert_int_equal(stage_figures(tide_actor_self()).heap.used_bytes, 0);
}

static void a_payload_that_is_kept_goes_from_the_mailbox_to_the_heap(void **state) {
    (void)state;
    begin();
    stage_do(hand, keep, NULL);
    assert_true(stage_figures(hand).heap.used_bytes > 0);
    stage_do(hand, drop_kept, NULL);
    assert_int_equal(tide_actor_total_alloc_size(hand), CELL + 64);
    stage_end();
}

/* ---- what is being handled [9] */

static void weigh_self(void *state, const tide_message *message) {
    (void)state;
    assert_true(tide_actor_total_mem_size(tide_actor_self()) >= (int64_t)message->bytes);
}

static const tide_actor_type weighing = {.name = "weighing", .receive = weigh_self};

static void a_large_message_weighs_until_it_is_handled_and_not_longer(void **state) {
    (void)state;
    begin();
    tide_actor actor = stage_create(&weighing);
    static char megabyte[1 << 20];
    for (int i = 0; i < 3; i++)
        assert_int_equal(tide_send(actor, 0, megabyte, sizeof megabyte), 0);
    tide_actors_quiesce();
    assert_int_equal(tide_actor_total_alloc_size(actor), CELL);
    assert_true(stage_figures(actor).peak_allocated_bytes >= CELL + sizeof megabyte);
    stage_end();
}

/* ---- sums [7], other threads [10] */

static void create_more(void *argument, const tide_message *message) {
    (void)argument, (void)message;
    for (int i = 0; i < 100; i++)
        stage_create(&stage_hand);
}

static void what_any_thread_makes_is_counted_once_and_for_its_maker(void **state) {
    (void)state;
    begin();
    stage_do(hand, create_more, NULL);
    assert_int_equal(tide_send_after(hand, 99, "timer", 5, 3600ull * 1000000000, NULL), 0);
    tide_snapshot *snapshot = stage_snapshot();
    assert_int_equal(snapshot->actor_count, 102);
    assert_int_equal(snapshot->sched_count, 3);
    assert_true(snapshot->scheds[2].is_foreign);
    assert_int_equal(snapshot->scheds[2].created_count, 2);
    assert_int_equal(snapshot->scheds[0].created_count + snapshot->scheds[1].created_count, 100);
    assert_int_equal(snapshot->type_count, 1);
    assert_int_equal(snapshot->types[0].actor_count, 102);
    assert_int_equal(snapshot->total.actors.used_bytes, 102 * (CELL + 64));
    assert_true(snapshot->total.timers.used_bytes >= LETTER + 5);
    tide_snapshot_free(snapshot);
    assert_int_equal(tide_actors_stop(), 0);
}

static void snapshot_within(void *argument, const tide_message *message) {
    (void)argument, (void)message;
    for (int how = TIDE_SNAPSHOT_NOW; how <= TIDE_SNAPSHOT_EXACT; how++) {
        tide_snapshot *snapshot = NULL;
        assert_int_equal(tide_snapshot_take(how, &snapshot), 0);
        assert_int_equal(snapshot->total.mailbox_messages, 1); /* this one */
        tide_snapshot_free(snapshot);
    }
    assert_int_equal(tide_actors_quiesce(), -EDEADLK);
    assert_int_equal(tide_actors_stop(), -EDEADLK);
    assert_int_equal(tide_actors_trim(), -EDEADLK);
}

static void an_actor_may_ask_for_all(void **state) {
    (void)state;
    begin();
    stage_do(hand, snapshot_within, NULL);
    assert_int_equal(tide_snapshot_take(7, NULL), -EINVAL);
    stage_end();
}

static void json_has_a_line_for_each_actor(void **state) {
    (void)state;
    begin();
    tide_snapshot *snapshot = stage_snapshot();
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    assert_int_equal(tide_snapshot_write_json(snapshot, out), 0);
    fclose(out);
    assert_non_null(strstr(text, "{\"schema\": \"tidemark-actors-1\""));
    int lines = 0;
    for (const char *at = text; (at = strstr(at, "{\"actor\": ")); at++)
        lines++;
    assert_int_equal(lines, 2);
    assert_non_null(strstr(text, "\"type\": \"hand\""));
    free(text);
    tide_snapshot_free(snapshot);
    stage_end();
}

int main(void) {
    if (!tide_actors_counts_messages()) {
        puts("1..0 # SKIP built without memtrack_messages");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pony_s_eight_and_its_page_s_ninth_name_answer_in_bytes),
        cmocka_unit_test(a_heap_is_exact_to_the_byte),
        cmocka_unit_test(a_heap_that_is_stirred_comes_back_to_nothing),
        cmocka_unit_test(a_copy_weighs_on_both_and_a_move_on_the_receiver_alone),
        cmocka_unit_test(a_payload_that_is_kept_goes_from_the_mailbox_to_the_heap),
        cmocka_unit_test(a_large_message_weighs_until_it_is_handled_and_not_longer),
        cmocka_unit_test(what_any_thread_makes_is_counted_once_and_for_its_maker),
        cmocka_unit_test(an_actor_may_ask_for_all),
        cmocka_unit_test(json_has_a_line_for_each_actor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
