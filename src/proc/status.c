#include "proc/status.h"
#include "proc/file.h"
#include <stdlib.h>
#include <string.h>

pid_t tide_proc_process_of(pid_t tid) {
    static const char name[] = "\nTgid:";
    char text[4096];
    if (tide_proc_file_read(tid, "status", text, sizeof text) < 0)
        return tid;
    const char *line = strstr(text, name);
    return line ? (pid_t)strtol(line + sizeof name - 1, NULL, 10) : tid;
}
