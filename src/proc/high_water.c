#include "proc/high_water.h"
#include "proc/file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tide_proc_high_water_read(pid_t pid, uint64_t *ret_rss_bytes) {
    static const char NAME[] = "\nVmHWM:";
    char text[4096];
    ssize_t length = tide_proc_file_read(pid, "status", text, sizeof text);
    if (length < 0)
        return (int)length;
    const char *line = strstr(text, NAME);
    if (!line)
        return -ESRCH;
    *ret_rss_bytes = strtoull(line + strlen(NAME), NULL, 10) * 1024;
    return 0;
}
