#include "api/recording.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT_EXEC = 127, STACK_BYTES = 64 << 10 };

typedef struct job {
    char program[PATH_MAX];
    char ledger[16], pid[16];
    const char *path;
} job;

/* The writer lies beside the library that this code is in. */
static bool find_writer(char program[PATH_MAX]) {
    struct dl_find_object object;
    const char *end;
    if (_dl_find_object((void *)(uintptr_t)find_writer, &object) ||
        !(end = strrchr(object.dlfo_link_map->l_name, '/')))
        return false;
    int length = (int)(end - object.dlfo_link_map->l_name);
    snprintf(program, PATH_MAX, "%.*s/tidemark-write", length, object.dlfo_link_map->l_name);
    return access(program, X_OK) == 0;
}

/* In a child that shares this process's memory: system calls only. */
static int run_writer(void *arg) {
    job *of = arg;
    char *argv[] = {of->program, of->ledger, of->pid, (char *)(uintptr_t)of->path, NULL};
    char *environment[] = {NULL};
    fcntl(atoi(of->ledger), F_SETFD, 0);
    syscall(SYS_execve, of->program, argv, environment);
    fcntl(atoi(of->ledger), F_SETFD, FD_CLOEXEC);
    syscall(SYS_exit, CANNOT_EXEC);
    __builtin_unreachable();
}

/* Without a signal at its end: the program waits for children of its own. */
static int run(job *of) {
    char *stack =
        tide_sys_mmap(STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1);
    if (stack == MAP_FAILED)
        return -ENOMEM;
    int status = 0;
    pid_t child = clone(run_writer, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK, of);
    int code = child < 0 ? -errno : 0;
    while (child > 0 && waitpid(child, &status, __WALL) < 0 && errno == EINTR)
        ;
    tide_sys_munmap(stack, STACK_BYTES);
    if (code)
        return code;
    return !WIFEXITED(status) ? -EIO : WEXITSTATUS(status) == CANNOT_EXEC ? -ENOENT : -WEXITSTATUS(status);
}

int tide_api_write(tide_thread *thread, const char *path) {
    static uint32_t is_writing;
    job of = {.path = path};
    tide_process *process = thread->process;
    if (!process->ledger_fd)
        return -EALREADY;
    if (!find_writer(of.program))
        return -ENOENT;
    snprintf(of.ledger, sizeof of.ledger, "%d", process->ledger_fd);
    snprintf(of.pid, sizeof of.pid, "%d", getpid());
    tide_process_tick(process);
    tide_events_settle(thread);
    tide_spin_lock(&is_writing);
    int saved_errno = errno, code = run(&of);
    tide_spin_unlock(&is_writing);
    errno = saved_errno;
    return code;
}

int tide_write_recording(const char *path) {
    tide_thread *thread = tide_api_thread();
    if (!path || !*path)
        return -EINVAL;
    if (!thread)
        return TIDE_API_NO_THREAD;
    return access(path, F_OK) ? tide_api_write(thread, path) : -EEXIST;
}
