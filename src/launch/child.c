#include "launch/child.h"
#include "base/alloc.h"
#include "base/vec.h"
#include "ledger/hello.h"
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char LIBRARY[] = "libtidemark.so";
/* From the folder of the tool: the build's folder, and what `meson install` makes of Debian's folders. */
static const char *const LIBRARY_FOLDERS[] = {"", "../lib/x86_64-linux-gnu/tidemark/", "../lib/tidemark/"};

typedef TIDE_VEC(char *) variables;

int tide_child_library(char **ret_path, tide_err *err) {
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return tide_fail(err, -errno, "cannot read /proc/self/exe: %m; is /proc mounted?");
    self[length] = 0;
    strrchr(self, '/')[1] = 0;
    for (size_t i = 0; i < sizeof LIBRARY_FOLDERS / sizeof *LIBRARY_FOLDERS; i++) {
        char *path = tide_xasprintf("%s%s%s", self, LIBRARY_FOLDERS[i], LIBRARY);
        bool exists = access(path, R_OK) == 0;
        if (exists && strpbrk(path, " :")) { /* both separate the names in LD_PRELOAD */
            int code = tide_fail(err, -EINVAL,
                                 "cannot preload '%s': its path has a blank or a colon; move it", path);
            free(path);
            return code;
        }
        if (exists) {
            *ret_path = path;
            return 0;
        }
        free(path);
    }
    return tide_fail(err, -ENODEV, "cannot find %s in %s or beside its lib folder: install Tidemark again",
                     LIBRARY, self);
}

/* Put NAME=value in the place of the variable that is there already, or at the end. `assignment` becomes owned. */
static void set_variable(variables *environment, char *assignment) {
    size_t prefix_length = (size_t)(strchr(assignment, '=') + 1 - assignment);
    for (size_t i = 0; i < environment->count; i++)
        if (strncmp(environment->at[i], assignment, prefix_length) == 0) {
            free(environment->at[i]);
            environment->at[i] = assignment;
            return;
        }
    *tide_vec_push(environment) = assignment;
}

static variables make_environment(const tide_child_plan *plan) {
    variables environment = {0};
    for (char **variable = environ; variable && *variable; variable++)
        *tide_vec_push(&environment) = tide_xstrdup(*variable);
    const char *preload = getenv("LD_PRELOAD");
    if (plan->library) {
        set_variable(&environment, preload ? tide_xasprintf("LD_PRELOAD=%s:%s", plan->library, preload)
                                           : tide_xasprintf("LD_PRELOAD=%s", plan->library));
        set_variable(&environment, tide_xasprintf("%s=%s", TIDE_SOCKET_VARIABLE, plan->socket_path));
    }
    (void)tide_vec_push(&environment); /* the NULL at the end */
    return environment;
}

static void free_environment(variables *environment) {
    for (size_t i = 0; i < environment->count; i++)
        free(environment->at[i]);
    tide_vec_free(environment);
}

/* All descriptors of the tool are closed by the exec (O_CLOEXEC), the socket's end too: the tool then reads its end. */
static _Noreturn void be_the_child(int fd, const tide_child_plan *plan, char **environment) {
    char go;
    if (read(fd, &go, 1) == 1) {
        tide_signals_restore(plan->signals);
        execve(plan->path, plan->argv, environment);
        int error = errno;
        (void)!write(fd, &error, sizeof error);
    }
    _exit(127);
}

int tide_child_fork(tide_child *ret, const tide_child_plan *plan, tide_err *err) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return tide_fail(err, -errno, "cannot make a pair of sockets: %m");
    variables environment = make_environment(plan);
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        be_the_child(pair[1], plan, environment.at);
    }
    int error = errno;
    free_environment(&environment);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        errno = error;
        return tide_fail(err, -error, "cannot start a process: %m");
    }
    *ret = (tide_child){.pid = pid, .fd = pair[0]};
    return 0;
}

static int explain_exec(const char *path, int error, tide_err *err) {
    errno = error;
    if (error == ENOEXEC)
        return tide_fail(err, -ENOEXEC,
                         "cannot start '%s': it is no program, and its first line names none; try: sh %s",
                         path, path);
    return tide_fail(err, error == ENOENT ? -EACCES : -error, "cannot start '%s': %m%s", path,
                     error == ENOENT ? "; the loader or interpreter that it names does not exist" : "");
}

int tide_child_go(tide_child *child, const char *path, tide_err *err) {
    int error = 0;
    ssize_t length = send(child->fd, "g", 1, MSG_NOSIGNAL);
    if (length == 1)
        length = read(child->fd, &error, sizeof error);
    close(child->fd);
    child->fd = -1;
    if (length == 0)
        return 0; /* closed by the exec, or by a death that waitpid will tell about */
    waitpid(child->pid, NULL, 0);
    return explain_exec(path, length == sizeof error ? error : EIO, err);
}

void tide_child_cancel(tide_child *child) {
    close(child->fd);
    waitpid(child->pid, NULL, 0);
    child->fd = -1;
}
