#include "check.h"
#include "outside/tree.h"
#include <errno.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A child that ends when `*ret_pipe` is closed. `pid`: the number that it shall have; 0: any. -1 when refused. */
static pid_t start_child(pid_t pid, int *ret_pipe) {
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct clone_args arguments = {
        .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = pid != 0};
    pid_t child = pid ? (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments) : fork();
    if (child == 0) {
        close(fds[1]);
        char byte;
        _exit(read(fds[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(fds[0]);
    *ret_pipe = fds[1];
    return child;
}

static void end_child(pid_t pid, int fd) {
    close(fd);
    waitpid(pid, NULL, 0);
}

static tide_reading read_one(const tide_root *root, bool recursive) {
    tide_reading reading = {0};
    assert_int_equal(tide_tree_read(&reading, root, 1, recursive), 0);
    return reading;
}

static void a_process_is_followed_by_what_it_started(void **state) {
    (void)state;
    int fds[2];
    pid_t children[] = {start_child(0, &fds[0]), start_child(0, &fds[1])};
    tide_reading reading = read_one(&(tide_root){.pid = getpid()}, true);
    assert_int_equal(reading.processes.count, 3);
    assert_int_equal(reading.measured_count, 3);
    assert_int_equal(reading.processes.at[0].pid, getpid());
    uint64_t sum_bytes = 0;
    for (size_t i = 0; i < 3; i++) {
        const tide_process *process = &reading.processes.at[i];
        assert_int_equal(process->kind, TIDE_PROCESS_MEASURED);
        assert_int_equal(process->depth, i > 0);
        assert_true(i == 0 || process->pid == children[0] || process->pid == children[1]);
        sum_bytes += process->memory.pss_bytes;
    }
    assert_true(sum_bytes > 0 && reading.total.pss_bytes == sum_bytes);
    tide_reading_free(&reading);
    end_child(children[1], fds[1]);
    end_child(children[0], fds[0]);
}

static void a_root_that_is_not_there_is_a_row_without_figures(void **state) {
    (void)state;
    int fd;
    pid_t pid = start_child(0, &fd);
    end_child(pid, fd);
    tide_reading reading = read_one(&(tide_root){.pid = pid}, true);
    assert_int_equal(reading.processes.count, 1);
    assert_int_equal(reading.processes.at[0].kind, TIDE_PROCESS_ENDED);
    assert_int_equal(reading.measured_count + reading.total.pss_bytes, 0);
    tide_reading_free(&reading);
}

/* In clock ticks, as the kernel tells start times: two processes must not start within one. */
static void wait_for_a_tick(void) {
    nanosleep(&(struct timespec){.tv_nsec = 2 * 1000000000L / sysconf(_SC_CLK_TCK)}, NULL);
}

static void a_pid_that_was_given_out_again_is_not_the_same_process(void **state) {
    (void)state;
    int fd;
    pid_t pid = start_child(0, &fd);
    tide_reading reading = read_one(&(tide_root){.pid = pid}, false);
    assert_int_equal(reading.processes.at[0].kind, TIDE_PROCESS_MEASURED);
    tide_root root = {pid, reading.processes.at[0].stat.start_ticks};
    tide_reading_free(&reading);
    reading = read_one(&root, false);
    assert_int_equal(reading.processes.at[0].kind, TIDE_PROCESS_MEASURED);
    tide_reading_free(&reading);
    end_child(pid, fd);
    wait_for_a_tick();
    if (start_child(pid, &fd) != pid) { /* who may not choose numbers lies about the time */
        close(fd);
        assert_true(errno == EPERM || errno == ENOSYS);
        pid = start_child(0, &fd);
        root.pid = pid;
        root.start_ticks = 1;
    }
    reading = read_one(&root, true);
    assert_int_equal(reading.processes.count, 1);
    assert_int_equal(reading.processes.at[0].kind, TIDE_PROCESS_REUSED);
    assert_int_equal(reading.measured_count + reading.total.pss_bytes, 0);
    tide_reading_free(&reading);
    end_child(pid, fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_is_followed_by_what_it_started),
        cmocka_unit_test(a_root_that_is_not_there_is_a_row_without_figures),
        cmocka_unit_test(a_pid_that_was_given_out_again_is_not_the_same_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
