/* launch/child: start a program exactly as a shell would have started it: same terminal, process group, descriptors,
 * signal mask and dispositions; with the tracker preloaded, by two more variables in its environment, or without.
 *
 *   tide_child_fork ─► the child waits ─► tide_child_go ─► exec       (in between, its pid is known)
 *                                      └► tide_child_cancel           */
#pragma once
#include "base/err.h"
#include "launch/signals.h"
#include <sys/types.h>

typedef struct tide_child {
    pid_t pid;
    int fd; /* a socket to the child, until it executes its program */
} tide_child;

typedef struct tide_child_plan {
    const char *path; /* of the file to execute */
    char *const *argv;
    const char *library;     /* libtidemark.so; see tide_child_library; NULL: the program stays without it */
    const char *socket_path; /* where it says hello; with a library only */
    const tide_signals *signals;
} tide_child_plan;

/* Where libtidemark.so is: beside the running tool, or where it gets installed. Owned (free). */
int tide_child_library(char **ret_path, tide_err *err);

int tide_child_fork(tide_child *ret, const tide_child_plan *plan, tide_err *err);
/* 0 once the program runs. Else the child is gone: -ENOENT, -EACCES … from exec. */
int tide_child_go(tide_child *child, const char *path, tide_err *err);
void tide_child_cancel(tide_child *child);
