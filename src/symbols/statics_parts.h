/* symbols/statics_parts: what the files of statics share. */
#pragma once
#include "symbols/elf.h"
#include "symbols/statics.h"

/* statics_variables.c: from the symbol table of `names`, the file itself or its debug file. */
void tide_statics_read_variables(tide_statics *statics, const tide_elf *names);
/* statics_dwarf.c: places of variables, units. */
void tide_statics_read_dwarf(tide_statics *statics, const tide_elf *debug);
/* statics_frames.c: functions' names from `names`, their frames from `file`. */
void tide_statics_read_frames(tide_statics *statics, const tide_elf *file, const tide_elf *names);

/* Call `each` for the symbols of the larger of the file's tables. `name` is borrowed. */
typedef void tide_statics_symbol(tide_statics *statics, const Elf64_Sym *symbol, const char *name, void *arg);
bool tide_statics_each_symbol(tide_statics *statics, const tide_elf *names, tide_statics_symbol *each,
                              void *arg);
