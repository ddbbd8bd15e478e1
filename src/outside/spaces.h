/* outside/spaces: the address spaces of one reading. Who shares one with a process met before (vfork, CLONE_VM) is
 * found here, since the same memory must not count twice.
 *
 * Sorted by layout, and where that is the same, as in all that forked from one another, by what kcmp(2) says: among a
 * thousand workers that takes ten comparisons each. */
#pragma once
#include "base/vec.h"
#include "proc/stat.h"
#include <stddef.h>

typedef struct tide_space {
    pid_t pid; /* one that has it */
    tide_proc_layout layout;
} tide_space;

typedef TIDE_VEC(tide_space) tide_spaces;

/* 0, and in `*ret_pid` the process met before that has the same address space, 0 for none; `*ret_at`: where this one
 * belongs. -ESRCH: it has ended; -EPERM, -ENOSYS: kcmp is refused, by a filter of system calls or for this process. */
int tide_spaces_find(tide_spaces *spaces, const tide_space *space, pid_t *ret_pid, size_t *ret_at);
/* At the place that tide_spaces_find gave. */
void tide_spaces_insert(tide_spaces *spaces, const tide_space *space, size_t at);
