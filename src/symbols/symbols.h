/* symbols: address → function, file:line. The only place that reads DWARF.
 *
 *   heap.codes  [0] libfoo+0x1234 ──► frames [0] inlined_helper util.h:12     innermost first
 *                                            [1] parse          parse.c:80
 *
 * Function names are kept as the linker knows them (mangled); tide_symbols_demangle makes them readable, on the
 * reading side, so that recording costs no demangling. */
#pragma once
#include "base/err.h"
#include "heap/heap.h"
#include <stdbool.h>

typedef struct tide_frame {
    uint32_t function; /* string; 0: not known */
    uint32_t
        file; /* string, the path as the compiler wrote it, made absolute where it can be; 0: not known */
    uint32_t line; /* 0: not known */
} tide_frame;

typedef struct tide_frame_range {
    uint32_t first, count; /* count 0: nothing is known */
} tide_frame_range;

typedef struct tide_symbols {
    tide_strings strings;
    TIDE_VEC(tide_frame) frames;
    TIDE_VEC(tide_frame_range) of_code; /* as long as heap.codes */
    TIDE_VEC(uint8_t) module_state;     /* per heap.modules: enum tide_module_state */
} tide_symbols;

enum tide_module_state {
    TIDE_SYMBOLS_NONE, /* neither the file of that build-id nor debug information for it; or no code is in it */
    TIDE_SYMBOLS_NAMES, /* function names only */
    TIDE_SYMBOLS_LINES, /* DWARF: inlined frames and lines */
};

typedef struct tide_symbols_options {
    const char *debug_root; /* NULL: "/usr/lib/debug" */
    bool debuginfod;        /* ask the servers in DEBUGINFOD_URLS; false: no network, ever */
    /* Of debug files under debug_root take function names only: packages that can be installed anywhere have put them
     * there, and a later call without this finds the rest. */
    bool defers_installed;
    void (*progress)(void *arg, size_t done_codes, size_t all_codes); /* may be NULL */
    void *progress_arg;
} tide_symbols_options;

/* Resolve every code of `heap` that `symbols` does not have yet: those beyond of_code's end, and all codes of a module
 * for which better symbols are found now than its state says. Never fails: what cannot be found stays unknown. A file
 * without a build-id may be another one by now; names of such a module are not replaced.
 * Cost: one pass over a module's symbol table, and one walk over each compile unit that is hit: 15 ms for 21,000 codes
 * in libLLVM without debug information, 100 ms for 20,000 in libc with it, half of that to unpack its debug file. */
void tide_symbols_resolve(tide_symbols *symbols, const tide_heap *heap, const tide_symbols_options *options);
void tide_symbols_free(tide_symbols *symbols);

/* "_ZN3foo3barEv" → "foo::bar()", Rust (legacy and v0) without its hash; anything else unchanged. Owned (free). */
char *tide_symbols_demangle(const char *linkage_name);
