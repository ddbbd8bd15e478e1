/* track/cfi: what .eh_frame says about one return address: where the caller's frame is and where its registers are.
 *
 * Read in place from the loaded libraries, found through _dl_find_object (glibc 2.35: lock-free, async-signal-safe).
 * Format: LSB 5.0 Core Generic "DWARF Extensions", DWARF 5 section 6.4. Registers are DWARF's numbers for x86-64. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { TIDE_RBX = 3, TIDE_RBP = 6, TIDE_RSP = 7, TIDE_RIP = 16, TIDE_REGISTERS = 17 };

enum tide_cfi_where {
    TIDE_SAME,
    TIDE_UNDEFINED,
    TIDE_AT_CFA,
    TIDE_IS_CFA,
    TIDE_IN_REGISTER,
    TIDE_AT_EXPR,
    TIDE_IS_EXPR
};

typedef struct tide_cfi_row {
    /* CFA = register + offset, or the value of the expression when there is one */
    uint8_t cfa_register;
    int64_t cfa_offset;
    const uint8_t *cfa_expr; /* a ULEB128 length, then the expression */
    bool is_signal_frame;    /* the frame that the kernel makes for a handler */
    struct {
        uint8_t where; /* enum tide_cfi_where */
        union {        /* small: rows are copied on stacks that may be a coroutine's */
            /* TIDE_AT_CFA, TIDE_IS_CFA: from the CFA; TIDE_IN_REGISTER: its number */
            int64_t offset;
            const uint8_t *expr; /* TIDE_AT_EXPR, TIDE_IS_EXPR */
        };
    } of[TIDE_REGISTERS];
} tide_cfi_row;

/* Fill `ret` for the instruction at `pc` (a return address less one). False: there is no description of it.
 * Cost: a binary search in .eh_frame_hdr and a short program, about a microsecond. */
bool tide_cfi_find(uintptr_t pc, tide_cfi_row *ret);

/* Compute the caller's registers by `row`. False: the stack ends here. The caller's frame has to lie outside of this
 * one, and not above `limit`; only a signal handler's may be anywhere. */
bool tide_cfi_step(const tide_cfi_row *row, uintptr_t registers[TIDE_REGISTERS], uintptr_t limit);
