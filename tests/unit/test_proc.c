#include "base/alloc.h"
#include "check.h"
#include "proc/address_space.h"
#include "proc/children.h"
#include "proc/cmdline.h"
#include "proc/environ.h"
#include "proc/maps.h"
#include "proc/smaps.h"
#include "proc/smaps_rollup.h"
#include "proc/stat.h"
#include "proc/statm.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
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

static void stat_of_a_process_with_a_confusing_name(void **state) {
    (void)state;
    static const char name[] = "a) Z 1 (\n";
    char old[16];
    tide_proc_stat stat;
    prctl(PR_GET_NAME, old);
    prctl(PR_SET_NAME, name);
    assert_int_equal(tide_proc_stat_read(getpid(), &stat), 0);
    prctl(PR_SET_NAME, old);
    assert_string_equal(stat.comm, name);
    assert_int_equal(stat.state, 'R');
    assert_int_equal(stat.ppid, getppid());
    assert_false(stat.is_kernel_thread);
    assert_true(stat.start_ticks > 0 && stat.minor_faults_count > 0 && stat.rss_bytes > 0);
}

static void a_zombie_has_a_state_and_no_memory(void **state) {
    (void)state;
    pid_t pid = make_zombie();
    tide_proc_stat stat;
    assert_int_equal(tide_proc_stat_read(pid, &stat), 0);
    assert_int_equal(stat.state, 'Z');
    assert_int_equal(stat.rss_bytes, 0);
    waitpid(pid, NULL, 0);
    assert_int_equal(tide_proc_stat_read(pid, &stat), -ESRCH);
}

static bool has(const tide_pids *pids, pid_t pid) {
    for (size_t i = 0; i < pids->count; i++)
        if (pids->at[i] == pid)
            return true;
    return false;
}

static void children_are_listed_until_they_are_waited_for(void **state) {
    (void)state;
    pid_t zombies[] = {make_zombie(), make_zombie(), make_zombie()};
    tide_pids children = {0}, everybody = {0};
    int failed = tide_proc_children(getpid(), &children);
    assert_int_equal(tide_proc_list(&everybody), 0);
    assert_true(has(&everybody, getpid()));
    for (size_t i = 0; i < 3; i++) {
        assert_true(failed == -EOPNOTSUPP || has(&children, zombies[i]));
        assert_true(has(&everybody, zombies[i]));
        waitpid(zombies[i], NULL, 0);
    }
    tide_vec_free(&children);
    assert_int_equal(tide_proc_children(zombies[0], &children), -ESRCH);
    tide_vec_free(&children);
    tide_vec_free(&everybody);
}

static void smaps_add_up_to_the_rollup(void **state) {
    (void)state;
    tide_proc_smaps_rollup sum, rollup;
    assert_int_equal(tide_proc_smaps_sum(getpid(), &sum), 0);
    assert_int_equal(tide_proc_smaps_rollup_read(getpid(), &rollup), 0);
    assert_in_range(rollup.rss_bytes + NOISE_BYTES - sum.rss_bytes, 0, 2 * NOISE_BYTES);
    assert_in_range(rollup.pss_bytes + NOISE_BYTES - sum.pss_bytes, 0, 2 * NOISE_BYTES);
    assert_int_equal(rollup.private_bytes + rollup.shared_bytes, rollup.rss_bytes);
    assert_int_equal(sum.private_bytes + sum.shared_bytes, sum.rss_bytes);
    pid_t pid = make_zombie();
    assert_int_equal(tide_proc_smaps_sum(pid, &sum), -ESRCH);
    waitpid(pid, NULL, 0);
}

static void a_forked_child_has_an_address_space_of_its_own(void **state) {
    (void)state;
    int order, back, pipe_fds[2];
    if (tide_proc_address_space_compare(getpid(), getpid(), &order) != 0)
        skip(); /* kcmp is refused here */
    assert_int_equal(order, 0);
    assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(pipe_fds[1]);
        char byte;
        _exit(read(pipe_fds[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(pipe_fds[0]);
    assert_int_equal(tide_proc_address_space_compare(getpid(), pid, &order), 0);
    assert_int_equal(tide_proc_address_space_compare(pid, getpid(), &back), 0);
    assert_true(order != 0 && back == -order);
    close(pipe_fds[1]);
    waitpid(pid, NULL, 0);
    assert_int_equal(tide_proc_address_space_compare(getpid(), pid, &order), -ESRCH);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resident_bytes_follow_what_is_touched),
        cmocka_unit_test(a_process_that_has_ended_is_said_to_have),
        cmocka_unit_test(maps_tell_which_files_are_there),
        cmocka_unit_test(the_command_line_is_this_programs),
        cmocka_unit_test(a_variable_finds_the_process_that_has_it),
        cmocka_unit_test(stat_of_a_process_with_a_confusing_name),
        cmocka_unit_test(a_zombie_has_a_state_and_no_memory),
        cmocka_unit_test(children_are_listed_until_they_are_waited_for),
        cmocka_unit_test(smaps_add_up_to_the_rollup),
        cmocka_unit_test(a_forked_child_has_an_address_space_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
