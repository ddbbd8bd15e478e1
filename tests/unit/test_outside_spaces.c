#include "check.h"
#include "outside/spaces.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 20 };

static tide_space space_of(pid_t pid) {
    tide_proc_stat stat;
    assert_int_equal(tide_proc_stat_read(pid, &stat), 0);
    return (tide_space){pid, stat.layout};
}

/* All with the same layout. */
static void start_children(pid_t *pids) {
    for (size_t i = 0; i < CHILDREN; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            for (;;)
                pause();
    }
}

static void end_child(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static pid_t find(tide_spaces *spaces, const tide_space *space, size_t *ret_at) {
    pid_t pid;
    size_t at;
    tide_spaces_find(spaces, space, &pid, ret_at ? ret_at : &at);
    return pid;
}

static void each_of_many_that_look_the_same_is_found_whoever_ends(void **state) {
    (void)state;
    pid_t pids[CHILDREN];
    tide_spaces spaces = {0};
    tide_space own = space_of(getpid()), gone = own;
    pid_t pid;
    if (tide_spaces_find(&spaces, &own, &pid, &(size_t){0}) != 0)
        skip(); /* kcmp is refused here */
    start_children(pids);
    for (size_t i = 0; i < CHILDREN; i++) {
        tide_space space = space_of(pids[i]);
        size_t at;
        assert_int_equal(find(&spaces, &space, &at), 0);
        tide_spaces_insert(&spaces, &space, at);
    }
    for (size_t i = 0; i < CHILDREN; i += 2)
        end_child(pids[i]);
    for (size_t i = 1; i < CHILDREN; i += 2) {
        tide_space space = space_of(pids[i]);
        assert_int_equal(find(&spaces, &space, NULL), pids[i]);
    }
    assert_int_equal(find(&spaces, &own, NULL), 0);
    gone.pid = pids[0];
    assert_int_equal(find(&spaces, &gone, NULL), 0);
    for (size_t i = 1; i < CHILDREN; i += 2)
        end_child(pids[i]);
    assert_int_equal(find(&spaces, &own, NULL), 0);
    assert_int_equal(spaces.count, 0);
    tide_vec_free(&spaces);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_many_that_look_the_same_is_found_whoever_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
