/* What the programs of this folder say about themselves: each counts what it allocates, and prints it. The cases in
 * tests/acceptance compare these lines with a recording of the same run.
 *
 *   truth <TAB> function <TAB> kind <TAB> total bytes <TAB> total blocks <TAB> bytes and <TAB> blocks not freed
 *
 * The function is one on the call stack of all these blocks; "-" stands for what the program cannot know. */
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A function that is on the stack under its own name. */
#ifdef __clang__
#define PLACE __attribute__((noinline, optnone))
#else
#define PLACE __attribute__((noipa))
#endif

/* One line, at once. dprintf would allocate a buffer. */
__attribute__((format(printf, 1, 2))) static inline void tell(const char *format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof line || write(STDOUT_FILENO, line, (size_t)length) != length)
        _exit(99);
}

static inline void truth(const char *function, const char *kind, size_t total_bytes, size_t total_blocks,
                         size_t end_bytes, size_t end_blocks) {
    tell("truth\t%s\t%s\t%zu\t%zu\t%zu\t%zu\n", function, kind, total_bytes, total_blocks, end_bytes,
         end_blocks);
}

static inline void truth_at_end(const char *function, const char *kind, size_t end_bytes, size_t end_blocks) {
    tell("truth\t%s\t%s\t-\t-\t%zu\t%zu\n", function, kind, end_bytes, end_blocks);
}

/* A figure of the whole program; its name is one of the report's totals. */
static inline void truth_total(const char *name, size_t value) {
    tell("total\t%s\t%zu\n", name, value);
}

/* Blocks go through here, so that no compiler leaves out an allocation that is not used. */
static void *volatile truth_kept;
static inline void *keep(void *block) {
    truth_kept = block;
    return block;
}
