/* launch/elf_facts: what an executable's headers and symbol tables say about where its malloc comes from. */
#pragma once
#include <stdbool.h>

typedef struct tide_elf_facts {
    bool is_other_machine, is_32_bit;
    bool is_go;
    bool is_loader;        /* ld.so itself, which is static and heeds LD_PRELOAD */
    bool needs_libc;       /* DT_NEEDED names libc.so.6 */
    bool defines_malloc;   /* in the executable itself, where it wins over any library */
    const char *allocator; /* static: whose malloc that is, when it can be told; NULL */
    const char *sanitizer; /* static: "AddressSanitizer" …; NULL: none */
    char interpreter[256]; /* PT_INTERP: the loader's path; "": static */
} tide_elf_facts;

/* -EBADMSG: no ELF file, or a damaged one. `fd` stays the caller's. */
int tide_elf_facts_read(tide_elf_facts *ret, int fd);
