#include "check.h"
#include "ledger/layout.h"
#include "live/protocol.h"
#include <errno.h>

static char a_command[] = "prog --flag 'two words'", a_program[] = "/usr/bin/prog", a_version[] = "1.2",
            a_host[] = "here";

static tide_live_message a_program_message(void) {
    return (tide_live_message){.kind = TIDE_LIVE_PROGRAM,
                               .ledger_fd = 17,
                               .ledger_inode = 1ull << 40 | 3,
                               .start_ns = 123456789012345,
                               .info = {.command = a_command,
                                        .program = a_program,
                                        .tool_version = a_version,
                                        .host = a_host,
                                        .start_unix_ns = 1700000000000000000,
                                        .pid = 4242,
                                        .page_bytes = 4096}};
}

static tide_buffer a_conversation(void) {
    tide_live_message program = a_program_message();
    tide_buffer bytes = {0};
    tide_live_put(&bytes,
                  &(tide_live_message){.kind = TIDE_LIVE_HELLO, .tool_pid = 99, .info.command = a_command});
    tide_live_put(&bytes, &program);
    tide_live_put(&bytes, &(tide_live_message){.kind = TIDE_LIVE_SAMPLE, .sample = {1, 2, 3, 4, 5}});
    tide_live_put(&bytes,
                  &(tide_live_message){.kind = TIDE_LIVE_END,
                                       .end = {.kind = TIDE_END_SIGNALED, .status = 9, .quick = true}});
    return bytes;
}

static void what_is_put_is_taken(void **state) {
    (void)state;
    tide_buffer bytes = a_conversation();
    tide_live_message message[4];
    size_t at = 0;
    for (size_t i = 0; i < 4; i++) {
        int taken = tide_live_take(bytes.at + at, bytes.count - at, &message[i]);
        assert_true(taken > 0);
        assert_int_equal(message[i].kind, TIDE_LIVE_HELLO + i);
        at += (size_t)taken;
    }
    assert_int_equal(at, bytes.count);
    assert_int_equal(message[0].protocol, TIDE_LIVE_PROTOCOL);
    assert_int_equal(message[0].layout, TIDE_LAYOUT_VERSION);
    assert_int_equal(message[0].tool_pid, 99);
    assert_string_equal(message[0].info.command, a_command);
    tide_live_message program = a_program_message();
    assert_int_equal(message[1].ledger_fd, program.ledger_fd);
    assert_int_equal(message[1].ledger_inode, program.ledger_inode);
    assert_int_equal(message[1].start_ns, program.start_ns);
    assert_int_equal(message[1].info.start_unix_ns, program.info.start_unix_ns);
    assert_int_equal(message[1].info.pid, program.info.pid);
    assert_int_equal(message[1].info.page_bytes, program.info.page_bytes);
    assert_string_equal(message[1].info.command, a_command);
    assert_string_equal(message[1].info.program, a_program);
    assert_string_equal(message[1].info.tool_version, a_version);
    assert_string_equal(message[1].info.host, a_host);
    assert_memory_equal(&message[2].sample, (&(tide_sample){1, 2, 3, 4, 5}), sizeof(tide_sample));
    assert_int_equal(message[3].end.kind, TIDE_END_SIGNALED);
    assert_int_equal(message[3].end.status, 9);
    assert_true(message[3].end.quick);
    for (size_t i = 0; i < 4; i++)
        tide_live_message_free(&message[i]);
    tide_buffer_free(&bytes);
}

static void part_of_a_message_is_waited_for(void **state) {
    (void)state;
    tide_live_message program = a_program_message(), message;
    tide_buffer bytes = {0};
    tide_live_put(&bytes, &program);
    for (size_t count = 0; count < bytes.count; count++)
        assert_int_equal(tide_live_take(bytes.at, count, &message), 0);
    tide_buffer_free(&bytes);
}

static void what_makes_no_sense_is_refused(void **state) {
    (void)state;
    tide_buffer bytes = a_conversation();
    tide_live_message message;
    uint8_t *kind = bytes.at + 4, *length = bytes.at;
    uint8_t kind_was = *kind, length_was = *length;
    *kind = 77;
    assert_int_equal(tide_live_take(bytes.at, bytes.count, &message), -EBADMSG);
    *kind = kind_was;
    length[3] = 0x7f; /* a body of 2 GiB */
    assert_int_equal(tide_live_take(bytes.at, bytes.count, &message), -EBADMSG);
    length[3] = 0;
    *length = (uint8_t)(length_was + 1); /* a byte too many in the body, or too few */
    assert_int_equal(tide_live_take(bytes.at, bytes.count, &message), -EBADMSG);
    *length = (uint8_t)(length_was - 1);
    assert_int_equal(tide_live_take(bytes.at, bytes.count, &message), -EBADMSG);
    *length = length_was;
    bytes.at[TIDE_LIVE_HEAD_BYTES] ^= 1; /* of the magic */
    assert_int_equal(tide_live_take(bytes.at, bytes.count, &message), -EBADMSG);
    tide_buffer_free(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_taken),
        cmocka_unit_test(part_of_a_message_is_waited_for),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
