/* The library, built without memtrack, or without memtrack_messages: it acts as ever, and says what it does not
 * know. */
#include "stage.h"
#include <errno.h>

static void nothing_is_known_and_nothing_is_zero(void **state) {
    (void)state;
    stage_begin(2);
    tide_actor hand = stage_create(&stage_hand);
    tide_actor_figures figures;
    tide_snapshot *snapshot;
    assert_int_equal(tide_actor_mem_size(hand), -ENOTSUP);
    assert_int_equal(tide_actor_alloc_size(hand), -ENOTSUP);
    assert_int_equal(tide_actor_total_mem_size(hand), -ENOTSUP);
    assert_int_equal(tide_actor_total_alloc_size(hand), -ENOTSUP);
    assert_int_equal(tide_sched_static_mem_size(), -ENOTSUP);
    assert_int_equal(tide_sched_static_alloc_size(), -ENOTSUP);
    assert_int_equal(tide_sched_total_mem_size(0), -ENOTSUP);
    assert_int_equal(tide_sched_total_alloc_size(0), -ENOTSUP);
    assert_int_equal(tide_actor_figures_get(hand, &figures), -ENOTSUP);
    assert_int_equal(tide_snapshot_take(TIDE_SNAPSHOT_NOW, &snapshot), -ENOTSUP);
    stage_end();
}

static void a_limit_that_cannot_be_kept_is_refused(void **state) {
    (void)state;
    stage_begin(1);
    tide_actor_type limited = stage_hand;
    limited.mailbox_limit_bytes = 1000;
    tide_actor actor;
    assert_int_equal(tide_actor_create(&limited, &actor), -ENOTSUP);
    stage_end();
}

static void mailboxes_are_left_out(void **state) {
    (void)state;
    stage_begin(2);
    tide_actor hand = stage_create(&stage_hand);
    stage_hold(hand);
    assert_int_equal(tide_send(hand, 99, NULL, 0), 0);
    assert_int_equal(tide_actor_total_mem_size(hand), tide_actor_mem_size(hand));
    tide_snapshot *snapshot = NULL;
    assert_int_equal(tide_snapshot_take(TIDE_SNAPSHOT_NOW, &snapshot), 0);
    char text[10000];
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_int_equal(tide_snapshot_write_json(snapshot, out), 0);
    fclose(out);
    assert_true(strstr(text, "\"mailbox\": null, \"mailbox_messages\": null") != NULL);
    tide_snapshot_free(snapshot);
    stage_release();
    stage_end();
}

int main(void) {
    const struct CMUnitTest without_memory[] = {
        cmocka_unit_test(nothing_is_known_and_nothing_is_zero),
        cmocka_unit_test(a_limit_that_cannot_be_kept_is_refused),
    };
    const struct CMUnitTest without_messages[] = {
        cmocka_unit_test(mailboxes_are_left_out),
        cmocka_unit_test(a_limit_that_cannot_be_kept_is_refused),
    };
    return tide_actors_counts_memory() ? cmocka_run_group_tests(without_messages, NULL, NULL)
                                       : cmocka_run_group_tests(without_memory, NULL, NULL);
}
