#include "proc/address_space.h"
#include <errno.h>
#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

int tide_proc_address_space_compare(pid_t left, pid_t right, int *ret_order) {
    long order = syscall(SYS_kcmp, left, right, KCMP_VM, 0, 0);
    if (order < 0)
        return -errno;
    *ret_order = order == 0 ? 0 : order == 1 ? -1 : 1; /* kcmp(2): 1 less, 2 greater */
    return 0;
}
