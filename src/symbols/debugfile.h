/* debugfile: where the debug information of a file is when it is not in the file itself.
 *
 *   /usr/bin/prog ── build-id 12ab34… ──► ROOT/.build-id/12/ab34….debug
 *         └──────── .gnu_debuglink ─────► beside prog, in .debug/ beside it, or under ROOT
 *   prog.debug ── .gnu_debugaltlink ────► what dwz moved out because several debug files share it
 *
 * The network is asked only with `debuginfod`, and only after all of these. */
#pragma once
#include "symbols/elf.h"
#include <elfutils/libdw.h>
#include <stdbool.h>

typedef struct tide_debugfile_places {
    const char *root; /* "/usr/lib/debug" */
    bool debuginfod;
} tide_debugfile_places;

typedef struct tide_build_id {
    const uint8_t *bytes; /* borrowed */
    size_t count;         /* 0: none */
} tide_build_id;

/* The debug file of build `id`, whose program is `file` (not open when that is gone). 0 or -ENOENT.
 * `*ret_is_installed`: it lies under the root, where packages put them; the same one can be had elsewhere. */
int tide_debugfile_open(tide_elf *debug, tide_build_id id, const tide_elf *file,
                        const tide_debugfile_places *places, bool *ret_is_installed);
/* The file that `dwarf`, read from `debug`, refers to in .gnu_debugaltlink. 0 or -ENOENT. */
int tide_debugfile_open_alt(tide_elf *alt, Dwarf *dwarf, const tide_elf *debug,
                            const tide_debugfile_places *places);
