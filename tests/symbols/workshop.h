/* tests/symbols/workshop: a scratch folder where the tests build real programs, and one program's symbols. */
#pragma once
#include "symbols/symbols.h"
#include "unit/check.h"
#include <stdbool.h>

/* As cmocka's group setup and teardown: makes the folder with here.o in it and goes there; removes it. */
int workshop_open(void **state);
int workshop_close(void **state);

/* Runs a shell command in the folder, with $S for the samples; fails the test when it fails. */
__attribute__((format(printf, 1, 2))) void run(const char *format, ...);
bool has_command(const char *name);

/* A heap with one module, `program` in the folder as it is now, and no codes. Freed with tide_heap_free. */
tide_heap heap_of(const char *program);
void add_code(tide_heap *heap, uint64_t return_address);

/* What is known of `code`, as the samples describe themselves: "inner:12 | outer:20", functions demangled, lines left
 * out when unknown, "" when nothing is known. Static. */
const char *describe(const tide_symbols *symbols, size_t code);
/* Is every frame that has a line in a file called `file`, with its whole path? */
bool all_lines_in(const tide_symbols *symbols, const char *file);
