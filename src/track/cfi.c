#include "track/cfi.h"
#include <dlfcn.h>
#include <dwarf.h>
#include <stddef.h>
#include <string.h>

enum { REMEMBERED_ROWS = 4, EXPR_STACK = 32 };

/* ---- bytes */
#define READER(name, type)                 \
    static type name(const uint8_t **at) { \
        type value;                        \
        memcpy(&value, *at, sizeof value); \
        *at += sizeof value;               \
        return value;                      \
    }
READER(read_u8, uint8_t)
READER(read_u16, uint16_t)
READER(read_u32, uint32_t)
READER(read_u64, uint64_t)
READER(read_i8, int8_t)
READER(read_i16, int16_t)
READER(read_i32, int32_t)

static uint64_t read_uleb(const uint8_t **at) {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = *(*at)++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    return value;
}

static int64_t read_sleb(const uint8_t **at) {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = *(*at)++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (shift < 64 && (byte & 0x40))
        value |= ~0ull << shift;
    return (int64_t)value;
}

/* DW_EH_PE_*: low four bits the form, the next three what it is relative to, bit 7 a pointer to it. */
static uintptr_t read_encoded(const uint8_t **at, uint8_t encoding, uintptr_t data_base) {
    if (encoding == DW_EH_PE_omit)
        return 0;
    uintptr_t here = (uintptr_t)*at, value;
    switch (encoding & 0x0f) {
    case DW_EH_PE_uleb128:
        value = read_uleb(at);
        break;
    case DW_EH_PE_udata2:
        value = read_u16(at);
        break;
    case DW_EH_PE_udata4:
        value = read_u32(at);
        break;
    case DW_EH_PE_sleb128:
        value = (uintptr_t)read_sleb(at);
        break;
    case DW_EH_PE_sdata2:
        value = (uintptr_t)(intptr_t)read_i16(at);
        break;
    case DW_EH_PE_sdata4:
        value = (uintptr_t)(intptr_t)read_i32(at);
        break;
    default:
        value = read_u64(at);
        break;
    }
    if (!value)
        return 0;
    if ((encoding & 0x70) == DW_EH_PE_pcrel)
        value += here;
    if ((encoding & 0x70) == DW_EH_PE_datarel)
        value += data_base;
    return encoding & DW_EH_PE_indirect ? *(const uintptr_t *)value : value;
}

/* ---- finding the description */
typedef struct common {
    uint64_t code_align;
    int64_t data_align;
    uint8_t pointer_encoding;
    bool has_augmentation, is_signal_frame;
    const uint8_t *program, *end;
} common;

static common cie_parse(const uint8_t *at) {
    common cie = {0};
    uint32_t length = read_u32(&at);
    cie.end = at + length;
    at += 4; /* id */
    uint8_t version = read_u8(&at);
    const char *augmentation = (const char *)at;
    at += strlen(augmentation) + 1;
    cie.code_align = read_uleb(&at);
    cie.data_align = read_sleb(&at);
    if (version == 1)
        at++;
    else
        read_uleb(&at); /* return address register: 16 */
    cie.program = at;
    for (const char *letter = augmentation; *letter; letter++) {
        uint64_t length_bytes;
        switch (*letter) {
        case 'z':
            length_bytes = read_uleb(&at);
            cie.program = at + length_bytes;
            cie.has_augmentation = true;
            break;
        case 'R':
            cie.pointer_encoding = read_u8(&at);
            break;
        case 'P': {
            uint8_t encoding = read_u8(&at);
            read_encoded(&at, encoding & 0x7f, 0);
            break;
        }
        case 'L':
            at++;
            break;
        case 'S':
            cie.is_signal_frame = true;
            break;
        default:
            break;
        }
    }
    return cie;
}

/* The FDE whose range may hold `pc`, by binary search in the sorted table of .eh_frame_hdr. */
static const uint8_t *fde_find(uintptr_t pc) {
    struct dl_find_object object;
    if (_dl_find_object((void *)pc, &object) || !object.dlfo_eh_frame)
        return NULL;
    const uint8_t *header = object.dlfo_eh_frame, *at = header + 4;
    if (header[0] != 1 || header[3] != 0x3b)
        return NULL; /* table: sdata4, relative to the header */
    read_encoded(&at, header[1], (uintptr_t)header);
    uintptr_t count = read_encoded(&at, header[2], (uintptr_t)header);
    const int32_t *table = (const void *)at;
    intptr_t wanted = (intptr_t)(pc - (uintptr_t)header);
    if (!count || table[0] > wanted)
        return NULL;
    size_t low = 0, high = count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (table[middle * 2] <= wanted)
            low = middle;
        else
            high = middle;
    }
    return header + table[low * 2 + 1];
}

/* ---- the program of a row */
static void set_rule(tide_cfi_row *row, uint64_t reg, uint8_t where, int64_t offset, const uint8_t *expr) {
    if (reg >= TIDE_REGISTERS)
        return;
    row->of[reg].where = where;
    if (expr)
        row->of[reg].expr = expr;
    else
        row->of[reg].offset = offset;
}

static const uint8_t *skip_block(const uint8_t **at) {
    const uint8_t *block = *at;
    uint64_t length = read_uleb(at);
    *at += length;
    return block;
}

static void set_cfa(tide_cfi_row *row, uint64_t reg, int64_t offset) {
    row->cfa_register = reg < TIDE_REGISTERS ? (uint8_t)reg : TIDE_REGISTERS;
    row->cfa_offset = offset;
    row->cfa_expr = NULL;
}

/* The instructions that set the rule of the register that is their first operand. False: `op` is none of them. */
static bool run_register(uint8_t op, const uint8_t **at, const common *cie, tide_cfi_row *row,
                         const tide_cfi_row *initial) {
    const uint8_t *operands = *at;
    uint64_t reg = read_uleb(&operands);
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
        set_rule(row, reg, TIDE_IN_REGISTER, (int64_t)read_uleb(&operands), NULL);
        break;
    case DW_CFA_offset_extended:
        set_rule(row, reg, TIDE_AT_CFA, (int64_t)read_uleb(&operands) * cie->data_align, NULL);
        break;
    case DW_CFA_offset_extended_sf:
        set_rule(row, reg, TIDE_AT_CFA, read_sleb(&operands) * cie->data_align, NULL);
        break;
    case DW_CFA_GNU_negative_offset_extended:
        set_rule(row, reg, TIDE_AT_CFA, -(int64_t)read_uleb(&operands) * cie->data_align, NULL);
        break;
    case DW_CFA_val_offset:
        set_rule(row, reg, TIDE_IS_CFA, (int64_t)read_uleb(&operands) * cie->data_align, NULL);
        break;
    case DW_CFA_val_offset_sf:
        set_rule(row, reg, TIDE_IS_CFA, read_sleb(&operands) * cie->data_align, NULL);
        break;
    case DW_CFA_expression:
        set_rule(row, reg, TIDE_AT_EXPR, 0, skip_block(&operands));
        break;
    case DW_CFA_val_expression:
        set_rule(row, reg, TIDE_IS_EXPR, 0, skip_block(&operands));
        break;
    default:
        return false;
    }
    *at = operands;
    return true;
}

/* Run the instructions in [at, end) until the row for `pc` is complete. False: an instruction that is not known. */
static bool run(const common *cie, const uint8_t *at, const uint8_t *end, uintptr_t location, uintptr_t pc,
                tide_cfi_row *row, const tide_cfi_row *initial) {
    tide_cfi_row remembered[REMEMBERED_ROWS];
    unsigned depth = 0;
    while (at < end && location <= pc) {
        uint8_t op = *at++, low = op & 0x3f;
        uint64_t reg;
        switch (op >> 6 ? op & 0xc0 : op) {
        case DW_CFA_nop:
            break;
        case DW_CFA_set_loc:
            location = read_encoded(&at, cie->pointer_encoding, 0);
            break;
        case DW_CFA_advance_loc:
            location += low * cie->code_align;
            break;
        case DW_CFA_advance_loc1:
            location += read_u8(&at) * cie->code_align;
            break;
        case DW_CFA_advance_loc2:
            location += read_u16(&at) * cie->code_align;
            break;
        case DW_CFA_advance_loc4:
            location += read_u32(&at) * cie->code_align;
            break;
        case DW_CFA_offset:
            set_rule(row, low, TIDE_AT_CFA, (int64_t)read_uleb(&at) * cie->data_align, NULL);
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
            reg = read_uleb(&at);
            set_cfa(row, reg, (int64_t)read_uleb(&at));
            break;
        case DW_CFA_def_cfa_sf:
            reg = read_uleb(&at);
            set_cfa(row, reg, read_sleb(&at) * cie->data_align);
            break;
        case DW_CFA_def_cfa_register:
            set_cfa(row, read_uleb(&at), row->cfa_offset);
            break;
        case DW_CFA_def_cfa_offset:
            row->cfa_offset = (int64_t)read_uleb(&at);
            break;
        case DW_CFA_def_cfa_offset_sf:
            row->cfa_offset = read_sleb(&at) * cie->data_align;
            break;
        case DW_CFA_def_cfa_expression:
            row->cfa_expr = skip_block(&at);
            break;
        case DW_CFA_GNU_args_size:
            read_uleb(&at);
            break;
        default:
            if (!run_register(op, &at, cie, row, initial))
                return false;
        }
    }
    return true;
}

bool tide_cfi_find(uintptr_t pc, tide_cfi_row *ret) {
    const uint8_t *at = fde_find(pc);
    if (!at)
        return false;
    uint32_t length = read_u32(&at);
    const uint8_t *end = at + length, *cie_pointer = at;
    uint32_t distance = read_u32(&at);
    common cie = cie_parse(cie_pointer - distance);
    uintptr_t start = read_encoded(&at, cie.pointer_encoding, 0);
    uintptr_t size = read_encoded(&at, cie.pointer_encoding & 0x0f, 0);
    if (pc - start >= size)
        return false;
    if (cie.has_augmentation)
        skip_block(&at);
    tide_cfi_row row = {.cfa_register = TIDE_REGISTERS, .is_signal_frame = cie.is_signal_frame};
    if (!run(&cie, cie.program, cie.end, 0, UINTPTR_MAX, &row, &row))
        return false;
    tide_cfi_row initial = row;
    if (!run(&cie, at, end, start, pc, &row, &initial))
        return false;
    *ret = row;
    return true;
}

/* ---- expressions (DWARF 5 section 2.5), for the few rows that need them */
static bool expr_binary(uint8_t op, uintptr_t *stack, unsigned *top) {
    if (*top < 2)
        return false;
    uintptr_t b = stack[--*top], *a = &stack[*top - 1];
    intptr_t sa = (intptr_t)*a, sb = (intptr_t)b;
    switch (op) {
    case DW_OP_and:
        *a &= b;
        break;
    case DW_OP_minus:
        *a -= b;
        break;
    case DW_OP_mul:
        *a *= b;
        break;
    case DW_OP_or:
        *a |= b;
        break;
    case DW_OP_plus:
        *a += b;
        break;
    case DW_OP_shl:
        *a = b < 64 ? *a << b : 0;
        break;
    case DW_OP_shr:
        *a = b < 64 ? *a >> b : 0;
        break;
    case DW_OP_shra:
        *a = (uintptr_t)(sa >> (b < 63 ? b : 63));
        break;
    case DW_OP_xor:
        *a ^= b;
        break;
    case DW_OP_eq:
        *a = sa == sb;
        break;
    case DW_OP_ge:
        *a = sa >= sb;
        break;
    case DW_OP_gt:
        *a = sa > sb;
        break;
    case DW_OP_le:
        *a = sa <= sb;
        break;
    case DW_OP_lt:
        *a = sa < sb;
        break;
    case DW_OP_ne:
        *a = sa != sb;
        break;
    default:
        return false;
    }
    return true;
}

/* Operations that push one value. False: not such a one. */
static bool expr_push(uint8_t op, const uint8_t **at, const uintptr_t *registers, uintptr_t *ret) {
    if (op >= DW_OP_lit0 && op <= DW_OP_lit31) {
        *ret = op - DW_OP_lit0;
        return true;
    }
    if (op >= DW_OP_breg0 && op <= DW_OP_breg31) {
        int64_t offset = read_sleb(at);
        *ret = (op - DW_OP_breg0 < TIDE_REGISTERS ? registers[op - DW_OP_breg0] : 0) + (uintptr_t)offset;
        return true;
    }
    switch (op) {
    case DW_OP_addr:
    case DW_OP_const8u:
    case DW_OP_const8s:
        *ret = read_u64(at);
        return true;
    case DW_OP_const1u:
        *ret = read_u8(at);
        return true;
    case DW_OP_const1s:
        *ret = (uintptr_t)(intptr_t)read_i8(at);
        return true;
    case DW_OP_const2u:
        *ret = read_u16(at);
        return true;
    case DW_OP_const2s:
        *ret = (uintptr_t)(intptr_t)read_i16(at);
        return true;
    case DW_OP_const4u:
        *ret = read_u32(at);
        return true;
    case DW_OP_const4s:
        *ret = (uintptr_t)(intptr_t)read_i32(at);
        return true;
    case DW_OP_constu:
        *ret = read_uleb(at);
        return true;
    case DW_OP_consts:
        *ret = (uintptr_t)read_sleb(at);
        return true;
    default:
        return false;
    }
}

enum {
    RED_ZONE = 128
}; /* below rsp, in use still: a function that a signal interrupts has popped some registers */

typedef struct readable { /* the stack outwards of this frame: no description has to look elsewhere */
    uintptr_t low, high;
} readable;

static bool read_word(const readable *from, uintptr_t place, uintptr_t *ret) {
    if (place < from->low || place >= from->high)
        return false;
    *ret = *(const uintptr_t *)place;
    return true;
}

static bool expr_value(const uint8_t *block, const uintptr_t *registers, const uintptr_t *start_value,
                       const readable *from, uintptr_t *ret) {
    uintptr_t stack[EXPR_STACK], value;
    unsigned top = 0;
    uint64_t length = read_uleb(&block);
    const uint8_t *at = block, *end = block + length;
    if (start_value)
        stack[top++] = *start_value;
    while (at < end) {
        uint8_t op = *at++;
        if (expr_push(op, &at, registers, &value)) {
            if (top == EXPR_STACK)
                return false;
            stack[top++] = value;
            continue;
        }
        if (!top)
            return false;
        uintptr_t *last = &stack[top - 1];
        switch (op) {
        case DW_OP_deref:
            if (!read_word(from, *last, last))
                return false;
            break;
        case DW_OP_dup:
            if (top == EXPR_STACK)
                return false;
            stack[top] = *last;
            top++;
            break;
        case DW_OP_drop:
            top--;
            break;
        case DW_OP_swap:
            if (top < 2)
                return false;
            value = *last;
            *last = last[-1];
            last[-1] = value;
            break;
        case DW_OP_neg:
            *last = -*last;
            break;
        case DW_OP_not:
            *last = ~*last;
            break;
        case DW_OP_plus_uconst:
            *last += read_uleb(&at);
            break;
        case DW_OP_nop:
            break;
        default:
            if (!expr_binary(op, stack, &top))
                return false;
        }
    }
    if (!top)
        return false;
    *ret = stack[top - 1];
    return true;
}

bool tide_cfi_step(const tide_cfi_row *row, uintptr_t registers[TIDE_REGISTERS], uintptr_t limit) {
    uintptr_t old[TIDE_REGISTERS], cfa, place;
    readable from = {.low = registers[TIDE_RSP] - RED_ZONE, .high = limit};
    if (row->is_signal_frame)
        from = (readable){.high = UINTPTR_MAX};
    memcpy(old, registers, sizeof old);
    if (row->of[TIDE_RIP].where == TIDE_UNDEFINED)
        return false;
    if (row->cfa_expr) {
        if (!expr_value(row->cfa_expr, old, NULL, &from, &cfa))
            return false;
    } else {
        if (row->cfa_register >= TIDE_REGISTERS)
            return false;
        cfa = old[row->cfa_register] + (uintptr_t)row->cfa_offset;
    }
    if (!row->is_signal_frame && (cfa <= old[TIDE_RSP] || cfa > limit))
        return false;
    for (unsigned reg = 0; reg < TIDE_REGISTERS; reg++) {
        uintptr_t at_cfa = cfa + (uintptr_t)row->of[reg].offset;
        switch (row->of[reg].where) {
        case TIDE_AT_CFA:
            if (!read_word(&from, at_cfa, &registers[reg]))
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
            if (!expr_value(row->of[reg].expr, old, &cfa, &from, &place) ||
                !read_word(&from, place, &registers[reg]))
                return false;
            break;
        case TIDE_IS_EXPR:
            if (!expr_value(row->of[reg].expr, old, &cfa, &from, &registers[reg]))
                return false;
            break;
        default: /* TIDE_SAME; rsp of the caller is the CFA unless something else is said */
            if (reg == TIDE_RSP)
                registers[reg] = cfa;
        }
    }
    return true;
}
