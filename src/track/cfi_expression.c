#include "track/cfi_expression.h"
#include "track/cfi_bytes.h"
#include <dwarf.h>

enum { EXPR_STACK = 32 };

static bool binary(uint8_t op, uintptr_t *stack, unsigned *top) {
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
static bool push(uint8_t op, const uint8_t **at, const uintptr_t *registers, uintptr_t *ret) {
    if (op >= DW_OP_lit0 && op <= DW_OP_lit31) {
        *ret = op - DW_OP_lit0;
        return true;
    }
    if (op >= DW_OP_breg0 && op <= DW_OP_breg31) {
        int64_t offset = tide_read_sleb(at);
        *ret = (op - DW_OP_breg0 < TIDE_REGISTERS ? registers[op - DW_OP_breg0] : 0) + (uintptr_t)offset;
        return true;
    }
    switch (op) {
    case DW_OP_addr:
    case DW_OP_const8u:
    case DW_OP_const8s:
        *ret = tide_read_u64(at);
        return true;
    case DW_OP_const1u:
        *ret = tide_read_u8(at);
        return true;
    case DW_OP_const1s:
        *ret = (uintptr_t)(intptr_t)tide_read_i8(at);
        return true;
    case DW_OP_const2u:
        *ret = tide_read_u16(at);
        return true;
    case DW_OP_const2s:
        *ret = (uintptr_t)(intptr_t)tide_read_i16(at);
        return true;
    case DW_OP_const4u:
        *ret = tide_read_u32(at);
        return true;
    case DW_OP_const4s:
        *ret = (uintptr_t)(intptr_t)tide_read_i32(at);
        return true;
    case DW_OP_constu:
        *ret = tide_read_uleb(at);
        return true;
    case DW_OP_consts:
        *ret = (uintptr_t)tide_read_sleb(at);
        return true;
    default:
        return false;
    }
}

bool tide_cfi_word(const tide_cfi_readable *from, uintptr_t place, uintptr_t *ret) {
    if (!place || place < from->low || place >= from->high)
        return false;
    *ret = *(const uintptr_t *)place;
    return true;
}

bool tide_cfi_value(const uint8_t *block, const uintptr_t *registers, const uintptr_t *start_value,
                    const tide_cfi_readable *from, uintptr_t *ret) {
    uintptr_t stack[EXPR_STACK], value;
    unsigned top = 0;
    uint64_t length = tide_read_uleb(&block);
    const uint8_t *at = block, *end = block + length;
    if (start_value)
        stack[top++] = *start_value;
    while (at < end) {
        uint8_t op = *at++;
        if (push(op, &at, registers, &value)) {
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
            if (!tide_cfi_word(from, *last, last))
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
            *last += tide_read_uleb(&at);
            break;
        case DW_OP_nop:
            break;
        default:
            if (!binary(op, stack, &top))
                return false;
        }
    }
    if (!top)
        return false;
    *ret = stack[top - 1];
    return true;
}
