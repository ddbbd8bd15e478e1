/* symbols/atlas: names for many heaps of like programs. What was found for one is not looked up again for the next: of
 * a thousand short programs, the first pays for libc's debug information.
 *
 *   heap 1   codes 0 1 2 ──► places   codes 0 1 2 3 ──► symbols of all ──► symbols of heap 2, in its own order
 *   heap 2   codes 0 1   ──►          (module, address)
 *
 * Not thread-safe. */
#pragma once
#include "symbols/symbols.h"

typedef struct tide_atlas { /* zeroed is empty */
    tide_heap places;       /* modules and codes only */
    tide_map code_by_place; /* module << 48 | address → code of `places` */
    tide_symbols symbols;   /* of `places` */
} tide_atlas;

/* As tide_symbols_resolve for an empty `*ret`, which is the caller's afterwards (tide_symbols_free). */
void tide_atlas_resolve(tide_atlas *atlas, tide_symbols *ret, const tide_heap *heap,
                        const tide_symbols_options *options);
void tide_atlas_free(tide_atlas *atlas);
