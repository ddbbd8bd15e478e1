/* What happens to the process around its allocations: libraries going, threads getting names, the end. */
#include "track/environment.h"
#include "track/events.h"
#include "track/real.h"
#include "track/successor.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Also when nothing allocates; and so that no signal handler or thread comes while the real functions are looked up:
 * what it allocates then would come from the small store, and not be counted. */
__attribute__((constructor)) static void started(void) {
    tide_real_get();
    tide_thread_enter_any();
}

/* ---- the end. The tool finds everything in the ledger; it only wants to know how it came about. */
static tide_ledger_header *mark_ending(enum tide_ending ending) {
    tide_thread *thread = tide_thread_enter_any();
    /* a vfork child shares our memory */
    if (!thread || thread->book->header->pid != (uint32_t)getpid())
        return NULL;
    tide_events_settle(thread);
    if (thread->book->header->ending != TIDE_ENDING_EXIT || ending == TIDE_ENDING_EXEC)
        thread->book->header->ending = ending;
    return thread->book->header;
}

__attribute__((destructor)) static void exiting(void) {
    mark_ending(TIDE_ENDING_EXIT);
}

TIDE_EXPORT void _exit(int status) {
    mark_ending(TIDE_ENDING_QUICK);
    tide_real_get()->_exit(status);
    __builtin_unreachable();
}

TIDE_EXPORT void _Exit(int status) {
    mark_ending(TIDE_ENDING_QUICK);
    tide_real_get()->_Exit(status);
    __builtin_unreachable();
}

TIDE_EXPORT void quick_exit(int status) {
    mark_ending(TIDE_ENDING_QUICK);
    tide_real_get()->quick_exit(status);
    __builtin_unreachable();
}

/* `passed`: what the next program gets for `envp`; with both variables, if it is to ask for a ledger. On the caller's
 * stack: exec may run where malloc must not. */
#define PASS(is_to_ask, envp)                                               \
    char *const *passed = envp;                                             \
    int saved_errno = errno;                                                \
    if (is_to_ask) {                                                        \
        void *room = __builtin_alloca(tide_environment_passed_bytes(envp)); \
        passed = tide_environment_pass(room, envp);                         \
    }                                                                       \
    errno = saved_errno

/* The next program in this process is to ask for a ledger too, where it can; that of a vfork child, which has a pid of
 * its own and nothing to mark, when children are followed. exec comes back only when it failed. */
#define EXEC(is_recordable, envp, call)                                    \
    tide_ledger_header *marked = mark_ending(TIDE_ENDING_EXEC);            \
    PASS((marked || tide_process_is_followed()) && (is_recordable), envp); \
    int code = call;                                                       \
    if (marked)                                                            \
        marked->ending = TIDE_RUNNING;                                     \
    return code

TIDE_EXPORT int execve(const char *path, char *const argv[], char *const envp[]) {
    EXEC(tide_successor_is_recordable(AT_FDCWD, path), envp, tide_real_get()->execve(path, argv, passed));
}
TIDE_EXPORT int execv(const char *path, char *const argv[]) {
    return execve(path, argv, environ);
}
TIDE_EXPORT int execvpe(const char *file, char *const argv[], char *const envp[]) {
    EXEC(tide_successor_found_is_recordable(file), envp, tide_real_get()->execvpe(file, argv, passed));
}
TIDE_EXPORT int execvp(const char *file, char *const argv[]) {
    return execvpe(file, argv, environ);
}
TIDE_EXPORT int fexecve(int fd, char *const argv[], char *const envp[]) {
    EXEC(tide_successor_open_is_recordable(fd), envp, tide_real_get()->fexecve(fd, argv, passed));
}
TIDE_EXPORT int execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags) {
    EXEC(flags & AT_EMPTY_PATH && !*path ? tide_successor_open_is_recordable(fd)
                                         : tide_successor_is_recordable(fd, path),
         envp, tide_real_get()->execveat(fd, path, argv, passed, flags));
}

/* The arguments up to the NULL as an array on the caller's stack: exec may run where malloc must not. */
#define LIST_TO_ARRAY(first)                                                      \
    va_list list;                                                                 \
    size_t count = 1;                                                             \
    va_start(list, first);                                                        \
    while (va_arg(list, char *))                                                  \
        count++;                                                                  \
    va_end(list);                                                                 \
    char **argv = __builtin_alloca((count + 1) * sizeof *argv);                   \
    argv[0] = (char *)(uintptr_t)first;                                           \
    va_start(list, first);                                                        \
    for (size_t i = 1; i <= count; i++)                                           \
        argv[i] = va_arg(list, char *);                                           \
    char *const *envp = with_environment ? va_arg(list, char *const *) : environ; \
    va_end(list)

TIDE_EXPORT int execl(const char *path, const char *first, ...) {
    const bool with_environment = false;
    LIST_TO_ARRAY(first);
    return execve(path, argv, envp);
}
TIDE_EXPORT int execlp(const char *file, const char *first, ...) {
    const bool with_environment = false;
    LIST_TO_ARRAY(first);
    return execvpe(file, argv, envp);
}
TIDE_EXPORT int execle(const char *path, const char *first, ...) {
    const bool with_environment = true;
    LIST_TO_ARRAY(first);
    return execve(path, argv, envp);
}

/* ---- children that libc starts: by an exec of its own, not by the hook. When children are followed, an environment
 * that they inherit has both variables already; one that is made for them has not. */
TIDE_EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                            const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]) {
    PASS(tide_process_is_followed() && tide_successor_is_recordable(AT_FDCWD, path), envp);
    return tide_real_get()->posix_spawn(pid, path, actions, attributes, argv, passed);
}
TIDE_EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                             const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]) {
    PASS(tide_process_is_followed() && tide_successor_found_is_recordable(file), envp);
    return tide_real_get()->posix_spawnp(pid, file, actions, attributes, argv, passed);
}

/* ---- libraries. dlopen needs no hook (and must not have one: it looks at who calls it, for RUNPATH): a library is met
 * with its first address on a stack. */
TIDE_EXPORT int dlclose(void *handle) {
    tide_thread *thread = tide_thread_enter_any();
    if (thread)
        tide_events_settle(thread); /* while the stack of what is pending can still be named */
    int code = tide_real_get()->dlclose(handle);
    thread = tide_thread_enter_any();
    if (!thread)
        return code;
    uint32_t generation = thread->gate;
    tide_events_settle(thread); /* destructors of the library may have allocated */
    tide_gate_shut(thread);
    tide_modules_check(thread->process);
    tide_events_end(thread, generation);
    return code;
}

/* ---- names of threads */
TIDE_EXPORT int pthread_setname_np(pthread_t pthread, const char *name) {
    int code = tide_real_get()->pthread_setname_np(pthread, name);
    if (!code)
        tide_thread_renamed(pthread);
    return code;
}

TIDE_EXPORT int prctl(int option, ...) {
    va_list list;
    va_start(list, option);
    unsigned long a = va_arg(list, unsigned long), b = va_arg(list, unsigned long),
                  c = va_arg(list, unsigned long);
    unsigned long d = va_arg(list, unsigned long);
    va_end(list);
    int code = tide_real_get()->prctl(option, a, b, c, d);
    if (option == PR_SET_NAME && !code)
        tide_thread_renamed(pthread_self());
    return code;
}
