#include "proc/status.h"
#include "proc/file.h"
#include <stdlib.h>
#include <string.h>

/* What stands behind "\nName:"; `otherwise` when there is no such line. */
static uint64_t read_number(pid_t pid, const char *name, uint64_t otherwise) {
    char text[4096];
    if (tide_proc_file_read(pid, "status", text, sizeof text) < 0)
        return otherwise;
    const char *line = strstr(text, name);
    return line ? strtoull(line + strlen(name), NULL, 10) : otherwise;
}

pid_t tide_proc_process_of(pid_t tid) {
    return (pid_t)read_number(tid, "\nTgid:", (uint64_t)tid);
}

uint64_t tide_proc_page_tables_bytes(pid_t pid) {
    return read_number(pid, "\nVmPTE:", 0) * 1024;
}
