#include "check.h"
#include "launch/door.h"
#include "ledger/layout.h"
#include <errno.h>
#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A door, and a guest that has connected to it. */
typedef struct encounter {
    tide_door door;
    int guest, connection;
} encounter;

static encounter meet(void) {
    encounter meeting;
    tide_err err;
    assert_int_equal(tide_door_open(&meeting.door, &err), 0);
    assert_int_equal(tide_door_accept(&meeting.door), -EAGAIN);
    meeting.guest = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    const struct sockaddr *address = (const struct sockaddr *)&meeting.door.address;
    assert_int_equal(connect(meeting.guest, address, sizeof meeting.door.address), 0);
    meeting.connection = tide_door_accept(&meeting.door);
    assert_true(meeting.connection >= 0);
    return meeting;
}

static void part(encounter *meeting) {
    close(meeting->guest);
    close(meeting->connection);
    tide_door_close(&meeting->door);
}

static int hello_of(const encounter *meeting, const void *bytes, size_t count) {
    pid_t pid = -1;
    assert_int_equal(send(meeting->guest, bytes, count, 0), count);
    int code = tide_door_hello(meeting->connection, &pid);
    assert_int_equal(pid, getpid()); /* known, whatever it said */
    return code;
}

static void nobody_else_can_enter_and_nothing_is_left_behind(void **state) {
    (void)state;
    encounter meeting = meet();
    char folder[sizeof meeting.door.address.sun_path];
    strcpy(folder, meeting.door.address.sun_path);
    *strrchr(folder, '/') = 0;
    struct stat status;
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    part(&meeting);
    assert_int_equal(stat(folder, &status), -1);
}

static void a_guest_is_known_by_the_kernels_word(void **state) {
    (void)state;
    encounter meeting = meet();
    pid_t pid;
    assert_int_equal(tide_door_hello(meeting.connection, &pid), -EAGAIN);
    tide_hello hello = {TIDE_HELLO_MAGIC, TIDE_LAYOUT_VERSION};
    assert_int_equal(hello_of(&meeting, &hello, sizeof hello), 0);
    part(&meeting);
}

static void other_words_than_hello_are_refused(void **state) {
    (void)state;
    encounter meeting = meet();
    tide_hello other_version = {TIDE_HELLO_MAGIC, TIDE_LAYOUT_VERSION + 1},
               other_magic = {1, TIDE_LAYOUT_VERSION};
    assert_int_equal(hello_of(&meeting, &other_version, sizeof other_version), -EPROTO);
    assert_int_equal(hello_of(&meeting, &other_magic, sizeof other_magic), -EPROTO);
    assert_int_equal(hello_of(&meeting, &other_magic, 3), -EPROTO);
    close(meeting.guest); /* gone without a word */
    pid_t pid;
    assert_int_equal(tide_door_hello(meeting.connection, &pid), -ECONNRESET);
    tide_door_welcome(meeting.connection, EPROTO, 0, -1); /* nobody hears it: no SIGPIPE */
    meeting.guest = -1;
    part(&meeting);
}

static ssize_t receive(int guest, tide_welcome *welcome, int *ret_fd) {
    alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    struct iovec piece = {welcome, sizeof *welcome};
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(guest, &message, 0);
    *ret_fd = -1;
    if (length > 0 && CMSG_FIRSTHDR(&message))
        memcpy(ret_fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof *ret_fd);
    return length;
}

static void a_welcome_brings_the_ledger_and_a_refusal_does_not(void **state) {
    (void)state;
    encounter meeting = meet();
    int ledger = memfd_create("test", MFD_CLOEXEC), fd;
    assert_int_equal(write(ledger, "ledger", 6), 6);
    tide_welcome welcome;
    tide_door_welcome(meeting.connection, 0, TIDE_OPTION_FOLLOW, ledger);
    assert_int_equal(receive(meeting.guest, &welcome, &fd), sizeof welcome);
    assert_int_equal(welcome.magic, TIDE_HELLO_MAGIC);
    assert_int_equal(welcome.status, 0);
    assert_int_equal(welcome.options, TIDE_OPTION_FOLLOW);
    char text[6];
    assert_int_equal(pread(fd, text, sizeof text, 0), sizeof text);
    assert_memory_equal(text, "ledger", sizeof text);
    close(fd);
    tide_door_welcome(meeting.connection, EPERM, 0, -1);
    assert_int_equal(receive(meeting.guest, &welcome, &fd), sizeof welcome);
    assert_int_equal(welcome.status, EPERM);
    assert_int_equal(fd, -1);
    close(ledger);
    part(&meeting);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_else_can_enter_and_nothing_is_left_behind),
        cmocka_unit_test(a_guest_is_known_by_the_kernels_word),
        cmocka_unit_test(other_words_than_hello_are_refused),
        cmocka_unit_test(a_welcome_brings_the_ledger_and_a_refusal_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
