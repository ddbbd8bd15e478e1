/* Every way to exec. Usage: exec_ways HOW; the next program is /usr/bin/env -0, which prints its environment. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char PROGRAM[] = "/usr/bin/env";
static char arguments[2][8] = {"env", "-0"}, *argv[] = {arguments[0], arguments[1], NULL};
static char variables[6][24] = {"B=2", "A=1", "LD_PRELOAD=", "A=3", "EMPTY=", "TIDEMARK_SOCKET=mine"};
static char *own[] = {variables[0], variables[1], variables[2], variables[3],
                      variables[4], variables[5], NULL};

static int call(const char *how) {
    if (!strcmp(how, "execve"))
        return execve(PROGRAM, argv, own);
    if (!strcmp(how, "execve-null"))
        return execve(PROGRAM, argv, NULL);
    if (!strcmp(how, "execv"))
        return execv(PROGRAM, argv);
    if (!strcmp(how, "execvp"))
        return execvp("env", argv);
    if (!strcmp(how, "execvpe"))
        return execvpe("env", argv, own);
    if (!strcmp(how, "fexecve"))
        return fexecve(open(PROGRAM, O_RDONLY | O_CLOEXEC), argv, own);
    if (!strcmp(how, "execveat"))
        return execveat(open("/usr/bin", O_PATH | O_CLOEXEC), "env", argv, own, 0);
    if (!strcmp(how, "execveat-fd"))
        return execveat(open(PROGRAM, O_PATH | O_CLOEXEC), "", argv, own, AT_EMPTY_PATH);
    if (!strcmp(how, "execl"))
        return execl(PROGRAM, "env", "-0", (char *)NULL);
    if (!strcmp(how, "execlp"))
        return execlp("env", "env", "-0", (char *)NULL);
    if (!strcmp(how, "execle"))
        return execle(PROGRAM, "env", "-0", (char *)NULL, own);
    return 2;
}

/* A child execs, its parent has one block of 54321 bytes more and ends with its status. */
static int parent(const char *how) {
    pid_t pid = -1;
    int status = 99;
    if (!strcmp(how, "fork") && (pid = fork()) == 0)
        _exit(execve(PROGRAM, argv, own));
    if (!strcmp(how, "vfork") && (pid = vfork()) == 0)
        _exit(execve(PROGRAM, argv, own));
    if (!strcmp(how, "spawn"))
        posix_spawn(&pid, PROGRAM, NULL, NULL, argv, own);
    void *volatile block = malloc(54321);
    waitpid(pid, &status, 0);
    return block && status == 0 ? 7 : 1; /* NOLINT(clang-analyzer-unix.Malloc): what it leaks is looked for */
}

int main(int count, char **args) {
    const char *how = count > 1 ? args[1] : "";
    if (!strcmp(how, "fork") || !strcmp(how, "vfork") || !strcmp(how, "spawn"))
        return parent(how);
    if (!strcmp(how, "fails")) {
        for (int i = 0; i < 1000; i++)
            if (execve("/no/such/program", argv, own) != -1 || errno != ENOENT)
                return 3;
        return parent("spawn");
    }
    return call(how);
}
