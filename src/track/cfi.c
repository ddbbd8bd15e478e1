#include "track/cfi.h"
#include "track/cfi_bytes.h"
#include "track/cfi_program.h"
#include <dlfcn.h>
#include <dwarf.h>
#include <stddef.h>
#include <string.h>

static tide_cfi_cie cie_parse(const uint8_t *at) {
    tide_cfi_cie cie = {0};
    uint32_t length = tide_read_u32(&at);
    cie.end = at + length;
    at += 4; /* id */
    uint8_t version = tide_read_u8(&at);
    const char *augmentation = (const char *)at;
    at += strlen(augmentation) + 1;
    cie.code_align = tide_read_uleb(&at);
    cie.data_align = tide_read_sleb(&at);
    if (version == 1)
        at++;
    else
        tide_read_uleb(&at); /* return address register: 16 */
    cie.program = at;
    for (const char *letter = augmentation; *letter; letter++) {
        uint64_t length_bytes;
        switch (*letter) {
        case 'z':
            length_bytes = tide_read_uleb(&at);
            cie.program = at + length_bytes;
            cie.has_augmentation = true;
            break;
        case 'R':
            cie.pointer_encoding = tide_read_u8(&at);
            break;
        case 'P': {
            uint8_t encoding = tide_read_u8(&at);
            tide_read_encoded(&at, encoding & 0x7f, 0);
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
    tide_read_encoded(&at, header[1], (uintptr_t)header);
    uintptr_t count = tide_read_encoded(&at, header[2], (uintptr_t)header);
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

bool tide_cfi_find(uintptr_t pc, tide_cfi_row *ret) {
    const uint8_t *at = fde_find(pc);
    if (!at)
        return false;
    uint32_t length = tide_read_u32(&at);
    const uint8_t *end = at + length, *cie_pointer = at;
    uint32_t distance = tide_read_u32(&at);
    tide_cfi_cie cie = cie_parse(cie_pointer - distance);
    uintptr_t start = tide_read_encoded(&at, cie.pointer_encoding, 0);
    uintptr_t size = tide_read_encoded(&at, cie.pointer_encoding & 0x0f, 0);
    if (pc - start >= size)
        return false;
    if (cie.has_augmentation)
        tide_read_block(&at);
    tide_cfi_row row = {.cfa_register = TIDE_REGISTERS, .is_signal_frame = cie.is_signal_frame};
    if (!tide_cfi_run(&cie, cie.program, cie.end, 0, UINTPTR_MAX, &row, &row))
        return false;
    tide_cfi_row initial = row;
    if (!tide_cfi_run(&cie, at, end, start, pc, &row, &initial))
        return false;
    *ret = row;
    return true;
}
