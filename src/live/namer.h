/* live/namer: finds names in a thread of its own, so that no screen waits for debug information.
 *
 *   idle ── start: codes without a name ──► busy [thread] ──► done: fd is readable ── take ──► idle
 *
 * One owner, in one thread; the thread within has copies of all that it reads. */
#pragma once
#include "symbols/symbols.h"
#include <stdbool.h>

typedef struct tide_namer tide_namer;

/* NULL: no descriptors or threads are left. `*ret_fd` stays the namer's. */
tide_namer *tide_namer_new(int *ret_fd);
/* Does not wait for work in progress. NULL is fine. */
void tide_namer_free(tide_namer *namer);

/* Begin to name the codes of `heap` that `symbols` does not have; always the same two. `symbols` is empty until it is
 * taken. Nothing happens unless the namer is idle and there are some. */
void tide_namer_start(tide_namer *namer, tide_symbols *symbols, const tide_heap *heap);
/* True: it was done, and all are in `symbols` again. `waits`: until it is, if it is busy. */
bool tide_namer_take(tide_namer *namer, tide_symbols *symbols, bool waits);
