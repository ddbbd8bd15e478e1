/* dwarf: debug information, asked by address: which function, what was inlined into it, which file and line.
 *
 *   .debug_info   unit util.c  ──► ranges of all units, read at once
 *                 unit parse.c ──► its functions and inlined calls as flat ranges, read when it is first hit
 *                   parse                    [100,180)
 *                     skip   (parse.c:31)      [120,150)
 *                       peek (util.h:7)          [130,140)    135 ► peek, its line │ skip, util.h:7 │ parse, parse.c:31
 *
 * libdw's own scope search walks a unit anew for each address, 0.8 ms each where this takes 0.2 µs. */
#pragma once
#include "symbols/elf.h"
#include "symbols/symbols.h"

typedef struct tide_dwarf tide_dwarf;
struct tide_debugfile_places;

/* From `file`, borrowed until the close. NULL when it has no debug information. */
tide_dwarf *tide_dwarf_open(const tide_elf *file, const struct tide_debugfile_places *places);
void tide_dwarf_close(tide_dwarf *dwarf);

/* Adds the frames at `address` to `symbols`, innermost first, and returns their number. 0: it knows nothing there.
 * The last frame's function can be unknown, in assembly for example. */
uint32_t tide_dwarf_add_frames(tide_dwarf *dwarf, uint64_t address, tide_symbols *symbols);
