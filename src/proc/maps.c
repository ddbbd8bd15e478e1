#include "proc/maps.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tide_proc_maps_has(pid_t pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    if (!maps)
        return errno == ENOENT ? -ESRCH : -errno;
    char *line = NULL;
    size_t capacity = 0;
    int found = 0;
    while (!found && getline(&line, &capacity, maps) >= 0)
        found = strstr(line, name) != NULL;
    free(line);
    fclose(maps);
    return found;
}
