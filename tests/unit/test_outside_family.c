#include "check.h"
#include "outside/family.h"
#include "proc/high_water.h"
#include "proc/last_pid.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES = 8 << 20 };

static void touch(void) {
    volatile char *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < BYTES; i += 4096)
        memory[i] = 1;
}

/* A process that holds memory, has told so on the pipe, and waits to be killed. */
static pid_t start_holder(int told_fd) {
    pid_t pid = fork();
    if (pid == 0) {
        touch();
        (void)!write(told_fd, "", 1);
        pause();
        _exit(0);
    }
    return pid;
}

static void wait_for_word(int fd) {
    char byte;
    assert_int_equal(read(fd, &byte, 1), 1);
}

static void end(pid_t pid) {
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static bool has(const tide_family *family, pid_t pid) {
    for (size_t i = 0; i < family->members.count; i++)
        if (family->members.at[i].pid == pid)
            return true;
    return false;
}

static void who_is_started_becomes_a_member_and_who_ends_leaves(void **state) {
    (void)state;
    int pair[2];
    assert_int_equal(pipe(pair), 0);
    tide_family family;
    tide_family_init(&family, getpid(), true);
    tide_family_look(&family);
    uint64_t before_bytes = family.rss_bytes;
    pid_t child = start_holder(pair[1]);
    wait_for_word(pair[0]);
    tide_family_look(&family);
    assert_true(has(&family, child));
    assert_true(family.rss_bytes >= before_bytes + BYTES);
    uint64_t faults_count = family.faults_count;
    end(child);
    tide_family_look(&family);
    assert_false(has(&family, child));
    assert_int_equal(family.seen_count, 2);
    assert_true(family.faults_count >= faults_count);
    tide_family_fini(&family);
}

static void an_orphan_stays_a_member(void **state) {
    (void)state;
    int pair[2];
    assert_int_equal(pipe(pair), 0);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    tide_family family;
    tide_family_init(&family, getpid(), true);
    pid_t parent = fork();
    if (parent == 0) {
        pid_t orphan = start_holder(pair[1]);
        (void)!write(pair[1], &orphan, sizeof orphan);
        _exit(0);
    }
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    char words[1 + sizeof(pid_t)];
    for (size_t length = 0; length < sizeof words; length++)
        assert_int_equal(read(pair[0], words + length, 1), 1);
    tide_family_look(&family);
    assert_int_equal(family.members.count, 2);
    pid_t orphan = family.members.at[1].pid;
    end(orphan);
    tide_family_fini(&family);
}

static void *wait_for_ever(void *unused) {
    pause();
    return unused;
}

static void threads_are_no_members(void **state) {
    (void)state;
    tide_family family;
    tide_family_init(&family, getpid(), true);
    pthread_t thread;
    pid_t before = tide_proc_last_pid();
    assert_int_equal(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
    assert_true(tide_proc_last_pid() != before);
    tide_family_look(&family);
    tide_family_look(&family);
    assert_int_equal(family.members.count, 1);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    tide_family_fini(&family);
}

static void who_was_not_seen_is_counted(void **state) {
    (void)state;
    tide_family family;
    tide_family_init(&family, getpid(), true);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    tide_family_look(&family);
    tide_family_look(&family);
    assert_int_equal(family.seen_count, 1);
    assert_true(family.unseen_count >= 1);
    tide_family_fini(&family);
}

static void alone_means_alone(void **state) {
    (void)state;
    int pair[2];
    assert_int_equal(pipe(pair), 0);
    tide_family family;
    tide_family_init(&family, getpid(), false);
    pid_t child = start_holder(pair[1]);
    wait_for_word(pair[0]);
    tide_family_look(&family);
    assert_int_equal(family.members.count, 1);
    end(child);
    tide_family_fini(&family);
}

static void the_high_water_stays_when_memory_goes(void **state) {
    (void)state;
    uint64_t mark_bytes;
    void *memory =
        mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    munmap(memory, BYTES);
    assert_int_equal(tide_proc_high_water_read(getpid(), &mark_bytes), 0);
    assert_true(mark_bytes >= BYTES);
    assert_int_equal(tide_proc_high_water_read(0x3ffffff, &mark_bytes), -ESRCH);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_started_becomes_a_member_and_who_ends_leaves),
        cmocka_unit_test(an_orphan_stays_a_member),
        cmocka_unit_test(threads_are_no_members),
        cmocka_unit_test(who_was_not_seen_is_counted),
        cmocka_unit_test(alone_means_alone),
        cmocka_unit_test(the_high_water_stays_when_memory_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
