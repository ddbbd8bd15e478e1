#include "workshop.h"
#include "symbols/elf.h"
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static char folder[] = "/tmp/tidemark-symbols-XXXXXX";

int workshop_open(void **state) {
    (void)state;
    if (!getenv("S") || !mkdtemp(folder) || chdir(folder))
        return -1;
    return system("cc -O2 -c $S/here.c -o here.o");
}

int workshop_close(void **state) {
    (void)state;
    char *command = tide_xasprintf("rm -r %s", folder);
    int status = chdir("/") || system(command);
    free(command);
    return status;
}

void run(const char *format, ...) {
    char *command = NULL;
    va_list args;
    va_start(args, format);
    assert_true(vasprintf(&command, format, args) > 0);
    va_end(args);
    if (system(command))
        fail_msg("this failed: %s", command);
    free(command);
}

bool has_command(const char *name) {
    char *command = tide_xasprintf("command -v %s >/dev/null", name);
    bool found = !system(command);
    free(command);
    return found;
}

tide_heap heap_of(const char *program) {
    tide_heap heap;
    tide_heap_init(&heap);
    char path[PATH_MAX];
    assert_non_null(realpath(program, path));
    tide_elf file;
    assert_int_equal(tide_elf_open(&file, path), 0);
    tide_module *module = tide_vec_push(&heap.modules);
    module->path = tide_strings_add(&heap.strings, path);
    module->build_id_bytes = (uint8_t)file.build_id_bytes;
    if (file.build_id_bytes)
        memcpy(module->build_id, file.build_id, file.build_id_bytes);
    tide_elf_close(&file);
    return heap;
}

void add_code(tide_heap *heap, uint64_t return_address) {
    *tide_vec_push(&heap->codes) = (tide_code){.module = 0, .address = return_address};
}

const char *describe(const tide_symbols *symbols, size_t code) {
    static char text[4096];
    size_t length = 0;
    text[0] = '\0';
    struct tide_frame_range range = symbols->of_code.at[code];
    for (uint32_t i = 0; i < range.count; i++) {
        const tide_frame *frame = &symbols->frames.at[range.first + i];
        char *function = tide_symbols_demangle(tide_strings_get(&symbols->strings, frame->function));
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", i ? " | " : "", function);
        if (frame->line)
            length += (size_t)snprintf(text + length, sizeof text - length, ":%u", frame->line);
        free(function);
    }
    return text;
}

bool all_lines_in(const tide_symbols *symbols, const char *file) {
    for (size_t i = 0; i < symbols->frames.count; i++) {
        const char *path = tide_strings_get(&symbols->strings, symbols->frames.at[i].file);
        const char *slash = strrchr(path, '/');
        if (symbols->frames.at[i].line && (*path != '/' || strcmp(slash + 1, file) != 0))
            return false;
    }
    return true;
}
