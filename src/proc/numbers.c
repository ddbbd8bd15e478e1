#include "proc/numbers.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int tide_proc_numbers_check(tide_err *err) {
    char number[16] = "";
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return tide_fail(err, -errno, "cannot read /proc: %m; is it mounted, for this PID namespace?");
    ssize_t length = read(fd, number, sizeof number - 1);
    close(fd);
    if (length > 0 && atoi(number) == getpid())
        return 0;
    return tide_fail(err, -EXDEV,
                     "/proc has the PIDs of another namespace; try: unshare --pid --fork --mount-proc");
}
