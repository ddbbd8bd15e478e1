/* track/cfi_expression: the expressions (DWARF 5 section 2.5) that a few rows need. */
#pragma once
#include "track/cfi.h"

/* The stack outwards of a frame: no description has to look elsewhere. */
typedef struct tide_cfi_readable {
    uintptr_t low, high;
} tide_cfi_readable;

/* False: the word at `place` is not in what may be read. */
bool tide_cfi_word(const tide_cfi_readable *from, uintptr_t place, uintptr_t *ret);

/* The value of the expression at `block`, a ULEB128 length and the operations, with `start_value` on the stack if there
 * is one. False: it has none. */
bool tide_cfi_value(const uint8_t *block, const uintptr_t *registers, const uintptr_t *start_value,
                    const tide_cfi_readable *from, uintptr_t *ret);
