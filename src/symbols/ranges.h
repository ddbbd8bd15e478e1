/* ranges: which of many nested address ranges is innermost at an address. Compile units, functions with what is
 * inlined into them, and symbols of a symbol table all come down to this.
 *
 *   added      0 |------------ parse ------------|      flattened   parse | skip | peek | skip | parse
 *              1      |---- skip ----|                  and sorted: one binary search finds the innermost
 *              2         |- peek -|
 */
#pragma once
#include "base/vec.h"
#include <stdint.h>

typedef struct tide_range {
    uint64_t start, end; /* end exclusive */
    uint32_t value;
} tide_range;

typedef TIDE_VEC(tide_range) tide_ranges;

void tide_ranges_add(tide_ranges *ranges, uint64_t start, uint64_t end, uint32_t value); /* empty: ignored */
/* Sort, and cut so that no two overlap. Where they did, the one that starts later stays; of two with one start the
 * shorter; of two equal ones the one with the greater value. */
void tide_ranges_flatten(tide_ranges *ranges);
/* NULL when no range holds `address`. Only after flattening; valid until the next change. */
const tide_range *tide_ranges_find(const tide_ranges *ranges, uint64_t address);
