/* What actors do, whatever they weigh: order, batches, ends, handles, timers, back-pressure, start and stop. */
#include "stage.h"
#include <errno.h>

enum { MESSAGES = 1000 };

static _Atomic int received, ended, out_of_order;

typedef struct counter {
    uint32_t next;
} counter;

static void count(void *state, const tide_message *message) {
    counter *self = state;
    if (message->type != self->next++)
        atomic_fetch_add(&out_of_order, 1);
    atomic_fetch_add(&received, 1);
}

static void say_goodbye(void *state) {
    (void)state;
    atomic_fetch_add(&ended, 1);
}

static const tide_actor_type counting = {
    .name = "counting", .state_bytes = sizeof(counter), .receive = count, .end = say_goodbye};

static void reset(void) {
    received = ended = out_of_order = 0;
}

static void messages_of_one_sender_arrive_in_order_and_all_of_them(void **state) {
    (void)state;
    reset();
    stage_begin(2);
    tide_actor actor = stage_create(&counting);
    for (uint32_t i = 0; i < MESSAGES; i++)
        assert_int_equal(tide_send(actor, i, NULL, 0), 0);
    tide_actors_quiesce();
    assert_int_equal(received, MESSAGES);
    assert_int_equal(out_of_order, 0);
    stage_end();
    assert_int_equal(ended, 1);
}

static void an_actor_that_is_gone_answers_gone_whoever_has_its_place(void **state) {
    (void)state;
    reset();
    stage_begin(1);
    tide_actor first = stage_create(&counting);
    assert_int_equal(tide_actor_stop(first), 0);
    int code = tide_send(first, 0, NULL, 0); /* dropped with the actor, or it is gone already */
    assert_true(code == 0 || code == -ESTALE);
    tide_actors_quiesce();
    assert_int_equal(ended, 1);
    assert_int_equal(received, 0);
    for (int i = 0; i < 300; i++) /* some one of them has its place */
        stage_create(&counting);
    assert_int_equal(tide_send(first, 0, NULL, 0), -ESTALE);
    assert_int_equal(tide_actor_stop(first), -ESTALE);
    assert_int_equal(tide_actor_total_mem_size(first), tide_actors_counts_memory() ? -ESTALE : -ENOTSUP);
    assert_int_equal(tide_send((tide_actor){0}, 0, NULL, 0), -ESTALE);
    assert_int_equal(tide_send((tide_actor){UINT64_MAX}, 0, NULL, 0), -ESTALE);
    stage_end();
    assert_int_equal(ended, 301);
}

static void what_is_not_running_says_so_and_may_be_started_again(void **state) {
    (void)state;
    reset();
    tide_actor actor = {1};
    assert_int_equal(tide_send(actor, 0, NULL, 0), -ESRCH);
    assert_int_equal(tide_actor_create(&counting, &actor), -ESRCH);
    assert_int_equal(tide_sched_total_mem_size(0), tide_actors_counts_memory() ? -ESRCH : -ENOTSUP);
    assert_int_equal(tide_actors_stop(), -ESRCH);
    for (int round = 0; round < 3; round++) {
        stage_begin(2);
        assert_int_equal(tide_actors_start(NULL), -EALREADY);
        tide_actor now = stage_create(&counting);
        assert_int_not_equal(now.id, actor.id); /* not even that of an earlier runtime */
        assert_int_equal(tide_send(actor, 0, NULL, 0), -ESTALE);
        actor = now;
        stage_end();
    }
    assert_int_equal(ended, 3);
}

/* ---- payloads */

static void check_payload(void *state, const tide_message *message) {
    (void)state;
    const unsigned char *bytes = message->payload;
    assert_int_equal((uintptr_t)bytes % 16, 0);
    for (uint32_t i = 0; i < message->bytes; i += 511)
        if (bytes[i] != (unsigned char)(message->bytes + i))
            atomic_fetch_add(&out_of_order, 1);
    atomic_fetch_add(&received, 1);
}

static const tide_actor_type checking = {.name = "checking", .receive = check_payload};

static void payloads_of_all_sizes_come_as_they_went(void **state) {
    (void)state;
    reset();
    stage_begin(2);
    tide_actor actor = stage_create(&checking);
    static unsigned char bytes[3 << 20];
    int sent = 0;
    for (size_t size = 1; size <= sizeof bytes; size = size * 3 / 2 + 1, sent++) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = (unsigned char)(size + i);
        assert_int_equal(tide_send(actor, 0, bytes, size), 0);
    }
    assert_int_equal(tide_send(actor, 0, bytes, TIDE_PAYLOAD_MAX + 1), -EMSGSIZE);
    tide_actors_quiesce();
    assert_int_equal(received, sent);
    assert_int_equal(out_of_order, 0);
    stage_end();
}

/* ---- timers */

static void arm_three(void *argument, const tide_message *message) {
    (void)message;
    tide_timer never;
    assert_int_equal(tide_send_after(*(tide_actor *)argument, 1, NULL, 0, 2000000, NULL), 0);
    assert_int_equal(tide_send_after(*(tide_actor *)argument, 0, "abc", 3, 1000000, NULL), 0);
    assert_int_equal(tide_send_after(*(tide_actor *)argument, 9, NULL, 0, 60ull * 1000000000, &never), 0);
    assert_int_equal(tide_timer_cancel(never), 0);
    assert_int_equal(tide_timer_cancel(never), -ESTALE);
}

static void timers_fire_in_order_of_their_times_and_hold_up_rest(void **state) {
    (void)state;
    reset();
    stage_begin(1);
    tide_actor actor = stage_create(&counting);
    stage_do(stage_create(&stage_hand), arm_three, &actor);
    tide_actors_quiesce();
    assert_int_equal(received, 2);
    assert_int_equal(out_of_order, 0);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(tide_send_after(actor, 2, NULL, 0, (i * 7919 % 100) * 10000, NULL), 0);
    tide_actors_quiesce();
    assert_int_equal(received, 102);
    tide_timer left;
    assert_int_equal(tide_send_after(actor, 2, NULL, 0, 3600ull * 1000000000, &left), 0);
    assert_int_equal(tide_actors_stop(), 0); /* what is armed still is dropped */
}

/* ---- back-pressure */

typedef struct pusher {
    tide_actor to;
    int left, refused;
} pusher;

static void push(void *state, const tide_message *message) {
    pusher *self = state;
    if (message->type == 1)
        memcpy(self, message->payload, sizeof *self);
    for (int code; self->left; self->left--) {
        code = tide_send(self->to, 7, self, sizeof *self);
        if (code == -EAGAIN) {
            self->refused++;
            assert_int_equal(tide_await_room(self->to, 2), 0);
            return;
        }
        assert_int_equal(code, 0);
    }
    assert_true(self->refused > 0);
}

static const tide_actor_type pushing = {.name = "pushing", .state_bytes = sizeof(pusher), .receive = push};

static void swallow(void *state, const tide_message *message) {
    (void)state, (void)message;
    tide_actor_figures figures;
    assert_int_equal(tide_actor_figures_get(tide_actor_self(), &figures), 0);
    assert_true(figures.mailbox.allocated_bytes <=
                64 * 50); /* 4 senders: each may come just below the limit */
    atomic_fetch_add(&received, 1);
}

static const tide_actor_type limited = {
    .name = "limited", .receive = swallow, .mailbox_limit_bytes = 64 * 40};

static void a_full_mailbox_refuses_and_tells_when_there_is_room(void **state) {
    (void)state;
    reset();
    if (!tide_actors_counts_messages())
        skip();
    stage_begin(2);
    tide_actor to = stage_create(&limited);
    for (int i = 0; i < 4; i++) {
        pusher orders = {to, 5000, 0};
        tide_send(stage_create(&pushing), 1, &orders, sizeof orders);
    }
    tide_actors_quiesce();
    assert_int_equal(received, 20000);
    stage_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_one_sender_arrive_in_order_and_all_of_them),
        cmocka_unit_test(an_actor_that_is_gone_answers_gone_whoever_has_its_place),
        cmocka_unit_test(what_is_not_running_says_so_and_may_be_started_again),
        cmocka_unit_test(payloads_of_all_sizes_come_as_they_went),
        cmocka_unit_test(timers_fire_in_order_of_their_times_and_hold_up_rest),
        cmocka_unit_test(a_full_mailbox_refuses_and_tells_when_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
