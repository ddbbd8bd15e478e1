/* Where recordings are written to and read from, and what can go wrong there. */
#include "check.h"
#include "recording/format.h"
#include "recording_model.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/tidemark-recording-XXXXXX";
static char path[sizeof folder + 16];
static const tide_info no_info;

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? snprintf(path, sizeof path, "%s/file", folder) < 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static int remove_file(void **state) {
    (void)state;
    unlink(path);
    return 0;
}

static void write_text(const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void check_open_fails(const char *at, bool force, int code, const char *text) {
    tide_writer *writer = NULL;
    tide_err err = {0};
    assert_int_equal(tide_writer_open(&writer, at, force, &no_info, &err), code);
    assert_null(writer);
    if (!strstr(err.text, text) || strchr(err.text, '\n'))
        fail_msg("\"%s\" does not say \"%s\"", err.text, text);
}

static void what_cannot_be_written_to_is_said_in_one_line(void **state) {
    (void)state;
    check_open_fails("-", false, -EINVAL, "standard output");
    check_open_fails("", false, -ENOENT, "No such file");
    check_open_fails(folder, false, -EISDIR, "Is a directory");
    check_open_fails(folder, true, -EISDIR, "Is a directory");
    check_open_fails("/dev/null/x", false, -ENOTDIR, "/dev/null/x: Not a directory");
    char deep[sizeof path + 8];
    snprintf(deep, sizeof deep, "%s/x/y", folder);
    check_open_fails(deep, false, -ENOENT, "No such file");
}

static void a_file_that_exists_is_kept_without_force(void **state) {
    (void)state;
    write_text("precious");
    check_open_fails(path, false, -EEXIST, "use -f");
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, strlen("precious"));
    tide_writer *writer;
    assert_int_equal(tide_writer_open(&writer, path, true, &no_info, NULL), 0);
    assert_int_equal(tide_writer_close(writer, &(tide_end){.kind = TIDE_END_EXITED}, NULL), 0);
    tide_recording recording;
    assert_int_equal(tide_recording_read(&recording, path, false, NULL), 0);
    assert_int_equal(recording.end.kind, TIDE_END_EXITED);
    tide_recording_free(&recording);
}

static void check_is_precious(const char *at) {
    char text[32] = "";
    FILE *file = fopen(at, "r");
    assert_non_null(file);
    assert_int_equal(fread(text, 1, sizeof text - 1, file), strlen("precious"));
    fclose(file);
    assert_string_equal(text, "precious");
}

static void an_older_file_is_whole_until_something_is_recorded(void **state) {
    (void)state;
    tide_writer *writer;
    write_text("precious");
    assert_int_equal(tide_writer_open(&writer, path, true, &no_info, NULL), 0);
    check_is_precious(path);
    tide_writer_discard(writer);
    check_is_precious(path);
    assert_int_equal(tide_writer_open(&writer, path, true, &no_info, NULL), 0);
    assert_int_equal(tide_writer_begin(writer, NULL), 0);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, tide_writer_bytes(writer));
    assert_int_equal(tide_writer_close(writer, NULL, NULL), 0);
    unlink(path); /* and a new one goes when there is nothing to record, also with force */
    assert_int_equal(tide_writer_open(&writer, path, true, &no_info, NULL), 0);
    tide_writer_discard(writer);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_new_file_has_the_usual_mode_and_is_closed_on_exec(void **state) {
    (void)state;
    mode_t old_mask = umask(027);
    tide_writer *writer;
    int expected_fd = dup(0); /* the number that the writer's file will have */
    close(expected_fd);
    assert_int_equal(tide_writer_open(&writer, path, false, &no_info, NULL), 0);
    umask(old_mask);
    struct stat status;
    assert_int_equal(fstat(expected_fd, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(fcntl(expected_fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(status.st_size, tide_writer_bytes(writer));
    assert_int_equal(tide_writer_close(writer, NULL, NULL), 0);
    assert_int_equal(fcntl(expected_fd, F_GETFD), -1);
}

static void a_full_disk_is_said_at_once(void **state) {
    (void)state;
    check_open_fails("/dev/full", true, -ENOSPC, "cannot write to /dev/full: No space left on device");
}

/* The size limit stands for a disk that fills up: both end a write in its middle. */
static void limit_file_size(uint64_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void what_was_written_before_the_disk_was_full_stays(void **state) {
    (void)state;
    sighandler_t old_handler = signal(SIGXFSZ, SIG_IGN);
    model program;
    model_init(&program, 9);
    tide_writer *writer;
    assert_int_equal(tide_writer_open(&writer, path, false, &program.info, NULL), 0);
    model_step(&program, 50);
    assert_int_equal(tide_writer_heap(writer, &program.heap, NULL), 0);
    uint64_t good_bytes = tide_writer_bytes(writer), site_count = program.heap.sites.count;
    model_step(&program, 50);
    tide_err err = {0};
    limit_file_size(good_bytes + 30); /* in the middle of the next block */
    int failed = tide_writer_heap(writer, &program.heap, &err);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(failed, -EFBIG);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(tide_writer_bytes(writer), good_bytes);
    /* There is room again, but what is missing would be missed by all that follows. */
    assert_int_equal(tide_writer_heap(writer, &program.heap, &err), -EFBIG);
    assert_int_equal(tide_writer_samples(writer, &(tide_sample){.time_ns = 1}, 1, &err), -EFBIG);
    assert_int_equal(tide_writer_close(writer, &program.end, &err), -EFBIG);
    tide_recording recording;
    assert_int_equal(tide_recording_read(&recording, path, true, NULL), 0);
    assert_false(recording.torn);
    assert_int_equal(recording.file_bytes, good_bytes);
    assert_int_equal(recording.end.kind, TIDE_END_NONE);
    assert_int_equal(recording.moments.count, 1);
    assert_int_equal(recording.heap.sites.count, site_count);
    assert_memory_equal(&recording.heap.totals, &program.moments.at[0].totals, sizeof(tide_totals));
    tide_recording_free(&recording);
    model_free(&program);
    signal(SIGXFSZ, old_handler);
}

static void no_file_is_left_when_there_is_no_room_for_its_beginning(void **state) {
    (void)state;
    sighandler_t old_handler = signal(SIGXFSZ, SIG_IGN);
    tide_writer *writer = NULL;
    limit_file_size(10);
    int failed = tide_writer_open(&writer, path, false, &no_info, NULL);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(failed, -EFBIG);
    assert_int_equal(access(path, F_OK), -1);
    signal(SIGXFSZ, old_handler);
}

static void check_read_fails(const char *at, int code, const char *text) {
    tide_recording recording;
    tide_err err = {0};
    assert_int_equal(tide_recording_read(&recording, at, false, &err), code);
    if (!strstr(err.text, text) || !strstr(err.text, at) || strchr(err.text, '\n'))
        fail_msg("\"%s\" does not say \"%s\"", err.text, text);
    tide_recording_free(&recording);
}

static void what_is_no_recording_is_said_in_one_line(void **state) {
    (void)state;
    check_read_fails("/no/such/file", -ENOENT, "No such file");
    check_read_fails(folder, -EISDIR, "Is a directory");
    check_read_fails("/dev/null", -EBADMSG, "is empty");
    write_text("#!/bin/sh\necho this is a script\n");
    check_read_fails(path, -EBADMSG, "no recording");
    write_text("TIDEMARK");
    check_read_fails(path, -EBADMSG, "ends within its header");
}

/* A pipe gives less than is asked for: a short read is no end. */
static void a_recording_is_read_from_a_pipe(void **state) {
    (void)state;
    model program;
    tide_buffer file;
    tide_recording recording;
    int ends[2];
    model_init(&program, 21);
    model_record(&program, 3, 20, &file);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        for (size_t i = 0; i < file.count; i += 7)
            if (write(ends[1], file.at + i, file.count - i < 7 ? file.count - i : 7) < 0)
                _exit(1);
        _exit(0);
    }
    close(ends[1]);
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", ends[0]);
    assert_int_equal(tide_recording_read(&recording, name, true, NULL), 0);
    model_check(&program, &recording);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ends[0]);
    tide_recording_free(&recording);
    tide_buffer_free(&file);
    model_free(&program);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_cannot_be_written_to_is_said_in_one_line, remove_file),
        cmocka_unit_test_teardown(a_file_that_exists_is_kept_without_force, remove_file),
        cmocka_unit_test_teardown(an_older_file_is_whole_until_something_is_recorded, remove_file),
        cmocka_unit_test_teardown(a_new_file_has_the_usual_mode_and_is_closed_on_exec, remove_file),
        cmocka_unit_test_teardown(a_full_disk_is_said_at_once, remove_file),
        cmocka_unit_test_teardown(what_was_written_before_the_disk_was_full_stays, remove_file),
        cmocka_unit_test_teardown(no_file_is_left_when_there_is_no_room_for_its_beginning, remove_file),
        cmocka_unit_test_teardown(what_is_no_recording_is_said_in_one_line, remove_file),
        cmocka_unit_test_teardown(a_recording_is_read_from_a_pipe, remove_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
