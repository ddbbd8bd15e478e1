/* import: profiles of other tools as recordings, so that two tools' views can be compared.
 *
 *   DHAT's JSON     points ─► sites with all counts          frames "0x4011B6: parse (parse.c:80)"
 *   Massif's text   peak and last tree ─► sites, bytes only   ─► codes, nodes, and symbols by their texts
 *
 * What a tool does not record is not made up: info.source says whose figures these are, and reports leave out, or
 * refuse, what that tool does not know. */
#pragma once
#include "base/err.h"
#include "recording/recording.h"

/* Read the profile at `path` into `*ret` (caller's storage; freed with tide_recording_free also after an error).
 * -EBADMSG: it is no such file, or makes no sense; `err` says what it is where that is known. -errno for I/O.
 * Memory: some times the file's size, for DHAT's; O(its trees) for Massif's. */
int tide_import_read(tide_recording *ret, const char *path, tide_err *err);
/* Write what was read as a recording. `force`: over an older file. */
int tide_import_write(const tide_recording *recording, const char *path, bool force, tide_err *err);
