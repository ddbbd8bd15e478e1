/* track/cfi_program: the instructions that describe a function (DWARF 5 section 6.4.2), run up to one address. */
#pragma once
#include "track/cfi.h"

typedef struct tide_cfi_cie { /* common information entry: what many functions share */
    uint64_t code_align;
    int64_t data_align;
    uint8_t pointer_encoding;
    bool has_augmentation, is_signal_frame;
    const uint8_t *program, *end; /* the instructions that all of them begin with */
} tide_cfi_cie;

/* Run the instructions in [at, end) until `row` is that of `pc`. `location`: what they start at. `initial`: the row
 * that DW_CFA_restore goes back to. False: an instruction that is not known. */
bool tide_cfi_run(const tide_cfi_cie *cie, const uint8_t *at, const uint8_t *end, uintptr_t location,
                  uintptr_t pc, tide_cfi_row *row, const tide_cfi_row *initial);
