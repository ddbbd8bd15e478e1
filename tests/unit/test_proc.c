#include "base/alloc.h"
#include "check.h"
#include "proc/cmdline.h"
#include "proc/environ.h"
#include "proc/maps.h"
#include "proc/smaps_rollup.h"
#include "proc/statm.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK_BYTES = 64 << 20, NOISE_BYTES = 4 << 20 };

/* A process that has ended but is not reaped yet. */
static pid_t make_zombie(void) {
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    return pid;
}

static void resident_bytes_follow_what_is_touched(void **state) {
    (void)state;
    int statm = tide_proc_statm_open(getpid());
    assert_true(statm >= 0);
    uint64_t rss_before_bytes, rss_bytes;
    tide_proc_smaps_rollup before, after;
    assert_int_equal(tide_proc_statm_read(statm, &rss_before_bytes), 0);
    assert_int_equal(tide_proc_smaps_rollup_read(getpid(), &before), 0);
    char *block = mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(block != MAP_FAILED);
    /* The kernel touches the pages: a store would also touch a sanitizer's shadow of them. */
    assert_int_equal(madvise(block, BLOCK_BYTES, MADV_POPULATE_WRITE), 0);
    assert_int_equal(tide_proc_statm_read(statm, &rss_bytes), 0);
    assert_int_equal(tide_proc_smaps_rollup_read(getpid(), &after), 0);
    assert_in_range(rss_bytes - rss_before_bytes, BLOCK_BYTES - NOISE_BYTES, BLOCK_BYTES + NOISE_BYTES);
    assert_in_range(after.rss_bytes - before.rss_bytes, BLOCK_BYTES - NOISE_BYTES, BLOCK_BYTES + NOISE_BYTES);
    assert_in_range(after.pss_bytes - before.pss_bytes, BLOCK_BYTES - NOISE_BYTES, BLOCK_BYTES + NOISE_BYTES);
    assert_true(after.pss_bytes <= after.rss_bytes);
    munmap(block, BLOCK_BYTES);
    close(statm);
}

static void a_process_that_has_ended_is_said_to_have(void **state) {
    (void)state;
    pid_t pid = make_zombie();
    int statm = tide_proc_statm_open(pid);
    assert_true(statm >= 0);
    uint64_t rss_bytes;
    tide_proc_smaps_rollup rollup;
    assert_int_equal(tide_proc_statm_read(statm, &rss_bytes), -ESRCH);
    assert_int_equal(tide_proc_smaps_rollup_read(pid, &rollup), -ESRCH);
    waitpid(pid, NULL, 0);
    assert_int_equal(tide_proc_statm_read(statm, &rss_bytes), -ESRCH);
    assert_int_equal(tide_proc_smaps_rollup_read(pid, &rollup), -ESRCH);
    assert_int_equal(tide_proc_maps_has(pid, "libc"), -ESRCH);
    assert_true(tide_proc_statm_open(pid) < 0);
    close(statm);
}

static void maps_tell_which_files_are_there(void **state) {
    (void)state;
    assert_int_equal(tide_proc_maps_has(getpid(), "test_proc"), 1);
    assert_int_equal(tide_proc_maps_has(getpid(), "no such file is mapped"), 0);
}

static void the_command_line_is_this_programs(void **state) {
    (void)state;
    tide_buffer arguments = {0};
    assert_int_equal(tide_proc_cmdline_read(getpid(), &arguments), 0);
    assert_true(arguments.count > 0 && arguments.at[arguments.count - 1] == 0);
    assert_non_null(strstr((char *)arguments.at, "test_proc"));
    tide_buffer_free(&arguments);
    char *exe = tide_proc_exe_read(getpid());
    assert_true(exe[0] == '/' && strstr(exe, "/test_proc"));
    free(exe);
}

static void a_variable_finds_the_process_that_has_it(void **state) {
    (void)state;
    char *assignment = tide_xasprintf("TIDE_TEST_PROC=%d", (int)getpid());
    char *variables[] = {assignment, NULL};
    assert_false(tide_proc_environ_anyone_has(assignment));
    int pipe_fds[2];
    assert_int_equal(pipe2(pipe_fds, 0), 0);
    pid_t pid = fork();
    if (pid == 0) { /* ends when the pipe is closed */
        close(pipe_fds[1]);
        dup2(pipe_fds[0], 0);
        execle("/bin/cat", "cat", (char *)NULL, variables);
        _exit(1);
    }
    close(pipe_fds[0]);
    while (!tide_proc_environ_anyone_has(assignment)) /* until its exec is done */
        assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
    close(pipe_fds[1]);
    waitpid(pid, NULL, 0);
    assert_false(tide_proc_environ_anyone_has(assignment));
    free(assignment);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resident_bytes_follow_what_is_touched),
        cmocka_unit_test(a_process_that_has_ended_is_said_to_have),
        cmocka_unit_test(maps_tell_which_files_are_there),
        cmocka_unit_test(the_command_line_is_this_programs),
        cmocka_unit_test(a_variable_finds_the_process_that_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
