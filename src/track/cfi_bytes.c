#include "track/cfi_bytes.h"
#include <dwarf.h>

uint64_t tide_read_uleb(const uint8_t **at) {
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

int64_t tide_read_sleb(const uint8_t **at) {
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

/* Low four bits the form, the next three what it is relative to, bit 7 a pointer to it. */
uintptr_t tide_read_encoded(const uint8_t **at, uint8_t encoding, uintptr_t data_base) {
    if (encoding == DW_EH_PE_omit)
        return 0;
    uintptr_t here = (uintptr_t)*at, value;
    switch (encoding & 0x0f) {
    case DW_EH_PE_uleb128:
        value = tide_read_uleb(at);
        break;
    case DW_EH_PE_udata2:
        value = tide_read_u16(at);
        break;
    case DW_EH_PE_udata4:
        value = tide_read_u32(at);
        break;
    case DW_EH_PE_sleb128:
        value = (uintptr_t)tide_read_sleb(at);
        break;
    case DW_EH_PE_sdata2:
        value = (uintptr_t)(intptr_t)tide_read_i16(at);
        break;
    case DW_EH_PE_sdata4:
        value = (uintptr_t)(intptr_t)tide_read_i32(at);
        break;
    default:
        value = tide_read_u64(at);
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

const uint8_t *tide_read_block(const uint8_t **at) {
    const uint8_t *block = *at;
    uint64_t length = tide_read_uleb(at);
    *at += length;
    return block;
}
