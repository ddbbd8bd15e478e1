/* symbols/statics: what an ELF file brings into memory before it does anything, and what its functions take of the
 * stack.
 *
 *   sections   .text .plt     .rodata .eh_frame   .data.rel.ro .got   .data     .bss     .tdata .tbss
 *              TEXT           CONSTANTS           RELRO               DATA      BSS      TLS, once for each thread
 *   variable   table   4,096 bytes of .rodata, table.c:12
 *   unit       table.c     text 1,200   variables 4,160
 *   frame      parse   a call of it takes 240 bytes of stack
 *
 * Sections come from the section headers, variables and functions from the symbol table, places and units from DWARF.
 * What a file does not have of these, its debug file may (symbols/debugfile). The file is not run. */
#pragma once
#include "base/err.h"
#include "base/strings.h"
#include "base/vec.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum tide_static_kind {
    TIDE_STATIC_TEXT,
    TIDE_STATIC_CONSTANTS,
    TIDE_STATIC_RELRO, /* written by ld.so, then read-only */
    TIDE_STATIC_DATA,
    TIDE_STATIC_BSS, /* zero at first: nothing of it is in the file */
    TIDE_STATIC_TLS,
    TIDE_STATIC_KINDS,
} tide_static_kind;

typedef struct tide_static_section {
    uint32_t name; /* string */
    tide_static_kind kind;
    uint64_t start, bytes;
    uint64_t
        variables_bytes; /* of it in variables that have a name; the rest is padding, literals, or nameless */
} tide_static_section;

typedef struct tide_static_variable {
    uint32_t name;    /* string, as the linker knows it */
    uint32_t section; /* of sections */
    uint64_t address, bytes;
    uint32_t file, line; /* string; 0: not known */
} tide_static_variable;

typedef struct tide_static_unit { /* a source file that was compiled */
    uint32_t name;
    uint64_t text_bytes, variables_bytes;
} tide_static_unit;

typedef struct tide_static_frame {
    uint32_t function;
    uint64_t bytes;   /* with the return address */
    bool is_at_least; /* it has a frame pointer, and may take more (alloca, arrays of variable length) */
} tide_static_frame;

typedef struct tide_statics {
    tide_strings strings;
    uint64_t bytes[TIDE_STATIC_KINDS];
    TIDE_VEC(tide_static_section) sections;   /* that are loaded; by address */
    TIDE_VEC(tide_static_variable) variables; /* largest first */
    TIDE_VEC(tide_static_unit) units;         /* largest first; empty without DWARF */
    TIDE_VEC(tide_static_frame) frames;       /* largest first; from .stack_sizes or .eh_frame */
    bool has_symbols, has_lines;
} tide_statics;

/* Fills `*ret`, zeroed; freed with tide_statics_free. -ENOENT …, -EBADMSG: no ELF file, or nothing of it is loaded.
 * `with_details`: variables, units and frames too; without, 100 us. With, libLLVM takes seconds. */
int tide_statics_read(tide_statics *ret, const char *path, bool with_details, tide_err *err);
void tide_statics_free(tide_statics *statics);
const char *tide_static_kind_name(tide_static_kind kind); /* "text"; static */
