#include "proc/environ.h"
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* `name`: of the process's folder in /proc. getdelim, since an environment may be megabytes long. */
static bool has(const char *name, const char *assignment) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/environ", name);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    char *variable = NULL;
    size_t capacity = 0;
    bool found = false;
    while (!found && getdelim(&variable, &capacity, 0, file) > 0)
        found = strcmp(variable, assignment) == 0;
    free(variable);
    fclose(file);
    return found;
}

bool tide_proc_environ_anyone_has(const char *assignment) {
    DIR *processes = opendir("/proc");
    if (!processes)
        return false;
    bool found = false;
    for (struct dirent *entry; !found && (entry = readdir(processes));)
        found = isdigit((unsigned char)entry->d_name[0]) && atoi(entry->d_name) != getpid() &&
                has(entry->d_name, assignment);
    closedir(processes);
    return found;
}
