#include "proc/limits.h"
#include "proc/file.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

uint64_t tide_proc_stack_limit_bytes(pid_t pid) {
    static const char NAME[] = "\nMax stack size";
    char text[4096];
    if (tide_proc_file_read(pid, "limits", text, sizeof text) <= 0)
        return 0;
    const char *line = strstr(text, NAME);
    if (!line)
        return 0;
    line += strlen(NAME);
    line += strspn(line, " ");
    return isdigit((unsigned char)*line) ? strtoull(line, NULL, 10) : UINT64_MAX;
}
