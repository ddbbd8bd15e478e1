#include "check.h"
#include "outside/cgroup.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES = 16 << 20 };

static void write_file(const char *folder, const char *name, const char *text) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void remove_file(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(unlink(path), 0);
}

static void both_versions_are_read(void **state) {
    (void)state;
    char folder[] = "/tmp/tidemark-cgroup-XXXXXX";
    assert_non_null(mkdtemp(folder));
    write_file(folder, "memory.peak", "1048576\n");
    write_file(folder, "memory.max_usage_in_bytes", "2097152\n");
    write_file(folder, "memory.stat", "anon 1\nfile 4096\ncache 8192\n");
    tide_cgroup_figures figures;
    tide_cgroup cgroup = {.path = folder, .is_v2 = true};
    assert_int_equal(tide_cgroup_read(&cgroup, &figures), 0);
    assert_int_equal(figures.peak_bytes, 1048576);
    assert_int_equal(figures.file_bytes, 4096);
    cgroup.is_v2 = false;
    assert_int_equal(tide_cgroup_read(&cgroup, &figures), 0);
    assert_int_equal(figures.peak_bytes, 2097152);
    assert_int_equal(figures.file_bytes, 8192);
    remove_file(folder, "memory.peak");
    cgroup.is_v2 = true;
    assert_int_equal(tide_cgroup_read(&cgroup, &figures), -ENOENT);
    remove_file(folder, "memory.max_usage_in_bytes");
    remove_file(folder, "memory.stat");
    rmdir(folder);
}

/* A child that waits, takes memory, says so, and waits again. */
static pid_t start_eater(int go_fd, int told_fd) {
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        (void)!read(go_fd, &byte, 1);
        void *memory =
            mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        (void)!write(told_fd, memory == MAP_FAILED ? "x" : "y", 1);
        (void)!read(go_fd, &byte, 1);
        _exit(0);
    }
    return pid;
}

static void what_a_process_brings_in_is_counted_and_it_comes_home_at_the_end(void **state) {
    (void)state;
    tide_cgroup cgroup;
    tide_cgroup_figures figures;
    int go[2], told[2];
    char byte, path[4096];
    if (tide_cgroup_make(&cgroup) != 0) {
        print_message("no control group can be made here\n");
        skip();
    }
    snprintf(path, sizeof path, "%s", cgroup.path);
    assert_int_equal(pipe(go) | pipe(told), 0);
    pid_t child = start_eater(go[0], told[1]);
    assert_int_equal(tide_cgroup_enter(&cgroup, child), 0);
    assert_int_equal(write(go[1], "", 1), 1);
    assert_int_equal(read(told[0], &byte, 1), 1);
    assert_int_equal(tide_cgroup_read(&cgroup, &figures), 0);
    assert_true(figures.peak_bytes >= BYTES);
    tide_cgroup_remove(&cgroup);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(write(go[1], "", 1), 1);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_versions_are_read),
        cmocka_unit_test(what_a_process_brings_in_is_counted_and_it_comes_home_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
