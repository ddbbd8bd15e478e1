/* heap: what a ledger or a recording says about a program's memory, as plain tables. Addresses, never names.
 *
 *   sites ──► node ──► code ──► module │ routine   a site is (thread, call stack, owner, kind of entry point)
 *     │         │parent                          a node is one frame of a call stack; nodes form a tree, in which
 *     ▼         ▼                                a path may stand twice; a code is one return address in
 *   counts    root (node 0)                      one loaded module
 *
 *   main ─ parse ─ malloc(100)     nodes  0 root   1 main<0   2 parse<1   3 eval<1
 *        └ eval  ─ malloc(28)      sites  0 {node 2, total 100}   1 {node 3, total 28}
 *
 * Tables only grow; an index, once given, stays. Both heap/ledger_reader and recording/reader fill this; report, live
 * and the rest read it. Owner: whoever declared it, freed with tide_heap_free. Not thread-safe. */
#pragma once
#include "base/strings.h"
#include "base/vec.h"
#include "ledger/words.h"
#include <stdbool.h>
#include <stdint.h>

enum { TIDE_NONE = UINT32_MAX }; /* no such index */
enum { TIDE_BUILD_ID_MAX = 20 };

typedef struct tide_module { /* one ELF file mapped at one place from one moment on */
    uint32_t path;           /* string */
    uint8_t build_id_bytes;  /* 0: it has none */
    uint8_t build_id[TIDE_BUILD_ID_MAX];
    uint64_t bias;       /* run-time address − address in the file (ELF p_vaddr) */
    uint64_t start, end; /* run-time range, end exclusive */
} tide_module;

/* `address` is a return address as in the file (run time − bias): look up address − 1. Without a module it is the
 * run-time address, a TIDE_CODE_* value below 16, or tide_code_in_routine's. */
typedef struct tide_code {
    uint32_t module; /* TIDE_NONE: in no file (JIT), or a special frame */
    uint64_t address;
} tide_code;
enum {
    TIDE_CODE_ELIDED = 1,     /* frames left out here: the stack is deeper than is recorded */
    TIDE_CODE_UNRESOLVED = 2, /* a stack that could not be named: the program was killed just before, or the
                                 allocation is a signal handler's that interrupted the tracker */
};

/* A function of an interpreted language, as it was compiled. Its frames stand on a stack inside the native frame of the
 * interpreter that runs them. */
typedef struct tide_routine {
    uint32_t name, file; /* strings: "Parser.feed", "/usr/lib/python3.11/html/parser.py" */
    uint32_t line;       /* where it begins */
} tide_routine;
/* A line of a routine as a code; line 0: not known. */
#define TIDE_CODE_ROUTINE (UINT64_C(1) << 63)
static inline tide_code tide_code_in_routine(uint32_t routine, uint32_t line) {
    return (tide_code){.module = TIDE_NONE, .address = TIDE_CODE_ROUTINE | (uint64_t)routine << 32 | line};
}

typedef struct tide_node {
    uint32_t parent; /* node; node 0 is the root and its own parent */
    uint32_t code;   /* TIDE_NONE at the root */
} tide_node;

typedef struct tide_thread {
    uint32_t name; /* string; a renamed thread is a further row with the same tid */
    uint32_t tid;
    uint64_t start_ns, end_ns; /* since the program's start; end 0: still runs */
    /* how many threads this row stands for: short-lived ones share rows; usually 1 */
    uint32_t threads_count;
} tide_thread;

/* Monotone pairs: live = allocated − freed. Mappings (kind TIDE_MMAP) use the same fields. */
typedef struct tide_counts {
    uint64_t allocated_bytes, allocated_blocks; /* a realloc counts once more, with its new size */
    uint64_t freed_bytes, freed_blocks;
    uint64_t peak_bytes, peak_blocks; /* live at the moment of the process's heap peak */
    uint64_t temporary_blocks;        /* freed before their thread's next allocation */
    uint64_t resized_blocks;          /* reallocs among allocated_blocks */
    uint64_t lifetime_ns; /* sum over all blocks, live ones up to now; steps of the clock's tick */
} tide_counts;

typedef struct tide_site {
    uint32_t node, thread, owner;
    uint32_t kind; /* enum tide_kind */
    tide_counts counts;
} tide_site;

/* ---- what a program says of itself (include/tidemark/tidemark.h). Numbers of 64 bits: they are recorded alike. */
typedef struct tide_owner {
    uint64_t name, parent; /* string; owner, of a lower number, 0: at the top. Row 0 is nobody: "unowned" */
    uint64_t peak_bytes,
        peak_blocks; /* highest live bytes of it and all below it, and the blocks then; exact */
    uint64_t used_bytes, allocated_bytes, reserved_bytes; /* charged to itself, beside the heap */
} tide_owner;

typedef struct tide_named_section { /* all sections of one name */
    uint64_t name;                  /* string */
    uint64_t begun_count, ended_count;
    uint64_t allocated_bytes, allocated_blocks, freed_bytes, freed_blocks; /* of those that have ended */
    uint64_t peak_bytes; /* the highest that any came to above where it began */
    uint64_t first_begin_ns, last_end_ns;
} tide_named_section;

typedef struct tide_weighed_event { /* ad-hoc events of one name at one site, which has counts of 0 itself */
    uint64_t site, name, count, weight;
} tide_weighed_event;

typedef struct tide_totals { /* of the whole process */
    uint64_t time_ns;        /* of this reading, since the program's start */
    uint64_t heap_bytes, heap_peak_bytes;
    uint64_t peak_time_ns;                    /* of the peak, exact to the clock's tick */
    uint64_t mapped_bytes, mapped_peak_bytes; /* mmap by the program itself, beside the heap */
    uint64_t lost_events;   /* not seen: tables full, or nested too deep in signal handlers */
    uint64_t foreign_frees; /* frees of blocks that were never seen allocated */
    uint64_t own_bytes;     /* the tracker's own memory in the process */
    uint64_t size_blocks[TIDE_SIZE_CLASSES]; /* allocations by size class, see words.h */
} tide_totals;

typedef struct tide_heap {
    tide_strings strings;
    TIDE_VEC(tide_module) modules;
    TIDE_VEC(tide_routine) routines;
    TIDE_VEC(tide_code) codes;
    TIDE_VEC(tide_node) nodes;
    TIDE_VEC(tide_thread) threads;
    TIDE_VEC(tide_site) sites;
    TIDE_VEC(tide_owner) owners;
    TIDE_VEC(tide_named_section) sections;
    TIDE_VEC(tide_weighed_event) events;
    TIDE_VEC(uint32_t) event_names; /* strings, while a ledger is read */
    tide_totals totals;
    /* Of a program that runs: it has a Python interpreter whose frames cannot be read; its version, 0 before 3.11 */
    bool has_unknown_python;
    uint32_t unknown_python; /* 0x030e00f0: 3.14.0 */
} tide_heap;

/* The routine that the code is a line of (the low 32 bits of its address); NULL: it is none. Borrowed. */
static inline const tide_routine *tide_heap_routine(const tide_heap *heap, tide_code code) {
    uint64_t index = (code.address & ~TIDE_CODE_ROUTINE) >> 32;
    bool is_one =
        code.module == TIDE_NONE && code.address & TIDE_CODE_ROUTINE && index < heap->routines.count;
    return is_one ? &heap->routines.at[index] : NULL;
}

void tide_heap_init(tide_heap *heap); /* node 0 and owner 0 exist afterwards */
void tide_heap_free(tide_heap *heap);
