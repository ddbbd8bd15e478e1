/* proc/address_space: do two processes share one address space (vfork, CLONE_VM)? kcmp(2) tells; its memory is then the
 * same memory, and PSS, which counts mappings and not processes, would count it twice. */
#pragma once
#include <sys/types.h>

/* -1, 0 or 1 in *ret_order: a total order of address spaces, the same as long as both live; 0: one and the same.
 * 0 or a negative errno: -ESRCH when one has ended, -EPERM when they may not be looked at, -ENOSYS or -EPERM when
 * there is no kcmp here (CONFIG_KCMP; a container's system call filter). */
int tide_proc_address_space_compare(pid_t left, pid_t right, int *ret_order);
