#include "track/cfi_expression.h"
#include <string.h>

/* Below rsp, in use still: a function that a signal interrupts has popped some registers. */
enum { RED_ZONE = 128 };

static bool find_cfa(const tide_cfi_row *row, const uintptr_t *registers, const tide_cfi_readable *from,
                     uintptr_t *ret) {
    if (row->cfa_expr)
        return tide_cfi_value(row->cfa_expr, registers, NULL, from, ret);
    if (row->cfa_register >= TIDE_REGISTERS)
        return false;
    *ret = registers[row->cfa_register] + (uintptr_t)row->cfa_offset;
    return true;
}

bool tide_cfi_step(const tide_cfi_row *row, uintptr_t registers[TIDE_REGISTERS], uintptr_t limit) {
    uintptr_t old[TIDE_REGISTERS], cfa, place;
    tide_cfi_readable from = {.low = registers[TIDE_RSP] - RED_ZONE, .high = limit};
    if (row->is_signal_frame)
        from = (tide_cfi_readable){.high = UINTPTR_MAX};
    memcpy(old, registers, sizeof old);
    if (row->of[TIDE_RIP].where == TIDE_UNDEFINED || !find_cfa(row, old, &from, &cfa))
        return false;
    if (!row->is_signal_frame && (cfa <= old[TIDE_RSP] || cfa > limit))
        return false;
    for (unsigned reg = 0; reg < TIDE_REGISTERS; reg++) {
        uintptr_t at_cfa = cfa + (uintptr_t)row->of[reg].offset;
        switch (row->of[reg].where) {
        case TIDE_AT_CFA:
            if (!tide_cfi_word(&from, at_cfa, &registers[reg]))
                return false;
            break;
        case TIDE_IS_CFA:
            registers[reg] = at_cfa;
            break;
        case TIDE_IN_REGISTER:
            if (row->of[reg].offset >= TIDE_REGISTERS)
                return false;
            registers[reg] = old[row->of[reg].offset];
            break;
        case TIDE_AT_EXPR:
            if (!tide_cfi_value(row->of[reg].expr, old, &cfa, &from, &place) ||
                !tide_cfi_word(&from, place, &registers[reg]))
                return false;
            break;
        case TIDE_IS_EXPR:
            if (!tide_cfi_value(row->of[reg].expr, old, &cfa, &from, &registers[reg]))
                return false;
            break;
        default: /* TIDE_SAME; rsp of the caller is the CFA unless something else is said */
            if (reg == TIDE_RSP)
                registers[reg] = cfa;
        }
    }
    return true;
}
