#include "base/alloc.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Plain write and _exit: stdio and atexit handlers may want memory, and there is none. */
static _Noreturn void out_of_memory(void) {
    static const char line[] = "tidemark: out of memory\n";
    if (write(STDERR_FILENO, line, sizeof line - 1) < 0) {
        /* nobody left to tell */
    }
    _exit(1);
}

void *tide_xcalloc(size_t count, size_t item_bytes) {
    void *memory = calloc(count ? count : 1, item_bytes ? item_bytes : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

void *tide_xrealloc(void *old, size_t count, size_t item_bytes) {
    /* A size of 0 would free `old`, or not, as the libc likes. */
    void *memory = reallocarray(old, count ? count : 1, item_bytes ? item_bytes : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

char *tide_xstrdup(const char *text) {
    char *copy = strdup(text);
    if (!copy)
        out_of_memory();
    return copy;
}

char *tide_xasprintf(const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        out_of_memory();
    return text;
}
