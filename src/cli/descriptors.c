#include "cli/descriptors.h"
#include <fcntl.h>
#include <unistd.h>

void tide_descriptors_occupy(void) {
    int fd;
    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}
