/* launch/preflight: look at a program's file before it starts, and refuse what libtidemark.so could not see into.
 *
 *   file ── #! ──► its interpreter ── #! ──► … ── ELF ──► does this machine's ld.so load it? (static, Go, musl, 32-bit)
 *                                                         does ld.so heed LD_PRELOAD?         (setuid, capabilities)
 *                                                         does malloc reach a library?        (own malloc, sanitizers)
 *
 * What cannot be inspected (no permission to read it, a format that only the kernel knows) is let through. */
#pragma once
#include "base/err.h"

enum { TIDE_PREFLIGHT_NOTE_MAX = 256 };

/* `path`: of the file that will be executed. `note`: filled with one line when the program can be recorded, but only in
 * part; else "". -ENOTSUP: it cannot be recorded, the error says why and what to do · -ENOENT, -EACCES: a script's
 * interpreter cannot be started */
int tide_preflight(const char *path, char note[TIDE_PREFLIGHT_NOTE_MAX], tide_err *err);
