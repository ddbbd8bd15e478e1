#include "proc/stack_pointer.h"
#include "proc/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "NUMBER ARGUMENT…×6 SP PC", "-1 SP PC" when it is not in a system call, "running". */
uint64_t tide_proc_stack_pointer(pid_t pid, pid_t tid) {
    char name[64], text[256];
    snprintf(name, sizeof name, "task/%d/syscall", (int)tid);
    ssize_t length = tide_proc_file_read(pid, name, text, sizeof text);
    if (length <= 0)
        return 0;
    char *last = strrchr(text, ' '); /* before PC */
    if (!last)
        return 0;
    *last = 0;
    char *sp = strrchr(text, ' ');
    return sp ? strtoull(sp, NULL, 16) : 0;
}
