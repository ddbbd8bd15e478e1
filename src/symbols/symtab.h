/* symtab: the functions of an ELF symbol table, by address. */
#pragma once
#include "symbols/elf.h"
#include "symbols/ranges.h"

typedef struct tide_symtab {
    const char *names; /* its string table, borrowed from the file; ends with a NUL */
    size_t names_bytes;
    tide_ranges ranges; /* value: offset in that string table */
} tide_symtab;

/* From `type`, SHT_SYMTAB or SHT_DYNSYM. False when the file has no such table, or one without functions.
 *
 * Of several names for one address one is taken, always the same: functions before labels, exported before local,
 * then the shorter (`malloc`, not `__libc_malloc`), then the first in the alphabet. A symbol without a size, as
 * hand-written assembly makes them, reaches to the next one, or to the end of its section. */
bool tide_symtab_open(tide_symtab *symtab, Elf *elf, uint32_t type);
bool tide_symtab_exists(Elf *elf, uint32_t type);
void tide_symtab_close(tide_symtab *symtab);

/* The name at `address` without its version (`@@GLIBC_2.14`), borrowed and not terminated; NULL: none. */
const char *tide_symtab_find(const tide_symtab *symtab, uint64_t address, size_t *ret_length_bytes);
