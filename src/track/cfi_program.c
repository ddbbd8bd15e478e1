#include "track/cfi_program.h"
#include "track/cfi_bytes.h"
#include <dwarf.h>

enum { REMEMBERED_ROWS = 4 };

static void set_rule(tide_cfi_row *row, uint64_t reg, uint8_t where, int64_t offset, const uint8_t *expr) {
    if (reg >= TIDE_REGISTERS)
        return;
    row->of[reg].where = where;
    if (expr)
        row->of[reg].expr = expr;
    else
        row->of[reg].offset = offset;
}

static void set_cfa(tide_cfi_row *row, uint64_t reg, int64_t offset) {
    row->cfa_register = reg < TIDE_REGISTERS ? (uint8_t)reg : TIDE_REGISTERS;
    row->cfa_offset = offset;
    row->cfa_expr = NULL;
}

/* The instructions that set the rule of the register that is their first operand. False: `op` is none of them. */
static bool run_register(uint8_t op, const uint8_t **at, const tide_cfi_cie *cie, tide_cfi_row *row,
                         const tide_cfi_row *initial) {
    const uint8_t *operands = *at;
    uint64_t reg = tide_read_uleb(&operands);
    switch (op) {
    case DW_CFA_undefined:
        set_rule(row, reg, TIDE_UNDEFINED, 0, NULL);
        break;
    case DW_CFA_same_value:
        set_rule(row, reg, TIDE_SAME, 0, NULL);
        break;
    case DW_CFA_restore_extended:
        if (reg < TIDE_REGISTERS)
            row->of[reg] = initial->of[reg];
        break;
    case DW_CFA_register:
        set_rule(row, reg, TIDE_IN_REGISTER, (int64_t)tide_read_uleb(&operands), NULL);
        break;
    case DW_CFA_offset_extended:
        set_rule(row, reg, TIDE_AT_CFA, (int64_t)tide_read_uleb(&operands) * cie->data_align, NULL);
        break;
    case DW_CFA_offset_extended_sf:
        set_rule(row, reg, TIDE_AT_CFA, tide_read_sleb(&operands) * cie->data_align, NULL);
        break;
    case DW_CFA_GNU_negative_offset_extended:
        set_rule(row, reg, TIDE_AT_CFA, -(int64_t)tide_read_uleb(&operands) * cie->data_align, NULL);
        break;
    case DW_CFA_val_offset:
        set_rule(row, reg, TIDE_IS_CFA, (int64_t)tide_read_uleb(&operands) * cie->data_align, NULL);
        break;
    case DW_CFA_val_offset_sf:
        set_rule(row, reg, TIDE_IS_CFA, tide_read_sleb(&operands) * cie->data_align, NULL);
        break;
    case DW_CFA_expression:
        set_rule(row, reg, TIDE_AT_EXPR, 0, tide_read_block(&operands));
        break;
    case DW_CFA_val_expression:
        set_rule(row, reg, TIDE_IS_EXPR, 0, tide_read_block(&operands));
        break;
    default:
        return false;
    }
    *at = operands;
    return true;
}

bool tide_cfi_run(const tide_cfi_cie *cie, const uint8_t *at, const uint8_t *end, uintptr_t location,
                  uintptr_t pc, tide_cfi_row *row, const tide_cfi_row *initial) {
    tide_cfi_row remembered[REMEMBERED_ROWS];
    unsigned depth = 0;
    while (at < end && location <= pc) {
        uint8_t op = *at++, low = op & 0x3f;
        uint64_t reg;
        switch (op >> 6 ? op & 0xc0 : op) {
        case DW_CFA_nop:
            break;
        case DW_CFA_set_loc:
            location = tide_read_encoded(&at, cie->pointer_encoding, 0);
            break;
        case DW_CFA_advance_loc:
            location += low * cie->code_align;
            break;
        case DW_CFA_advance_loc1:
            location += tide_read_u8(&at) * cie->code_align;
            break;
        case DW_CFA_advance_loc2:
            location += tide_read_u16(&at) * cie->code_align;
            break;
        case DW_CFA_advance_loc4:
            location += tide_read_u32(&at) * cie->code_align;
            break;
        case DW_CFA_offset:
            set_rule(row, low, TIDE_AT_CFA, (int64_t)tide_read_uleb(&at) * cie->data_align, NULL);
            break;
        case DW_CFA_restore:
            if (low < TIDE_REGISTERS)
                row->of[low] = initial->of[low];
            break;
        case DW_CFA_remember_state:
            if (depth == REMEMBERED_ROWS)
                return false;
            remembered[depth++] = *row;
            break;
        case DW_CFA_restore_state:
            if (!depth)
                return false;
            *row = remembered[--depth];
            break;
        case DW_CFA_def_cfa:
            reg = tide_read_uleb(&at);
            set_cfa(row, reg, (int64_t)tide_read_uleb(&at));
            break;
        case DW_CFA_def_cfa_sf:
            reg = tide_read_uleb(&at);
            set_cfa(row, reg, tide_read_sleb(&at) * cie->data_align);
            break;
        case DW_CFA_def_cfa_register:
            set_cfa(row, tide_read_uleb(&at), row->cfa_offset);
            break;
        case DW_CFA_def_cfa_offset:
            row->cfa_offset = (int64_t)tide_read_uleb(&at);
            break;
        case DW_CFA_def_cfa_offset_sf:
            row->cfa_offset = tide_read_sleb(&at) * cie->data_align;
            break;
        case DW_CFA_def_cfa_expression:
            row->cfa_expr = tide_read_block(&at);
            break;
        case DW_CFA_GNU_args_size:
            tide_read_uleb(&at);
            break;
        default:
            if (!run_register(op, &at, cie, row, initial))
                return false;
        }
    }
    return true;
}
