/* How much memory a command takes at most. Started from here, since a process's figure begins with that of the process
 * that started it, and an interpreter is large.
 *
 * Usage: high_water COMMAND ARGUMENTS…      the exit status is the command's */
#include "truth.h"
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

int main(int argc, char **argv) {
    pid_t pid;
    int status;
    struct rusage usage;
    if (argc < 2 || posix_spawn(&pid, argv[1], NULL, NULL, argv + 1, environ) ||
        wait4(pid, &status, 0, &usage) != pid)
        return 99;
    tell("high-water\t%ld\n", usage.ru_maxrss); /* KiB; of the command, or of what it has waited for */
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}
