#include "symbols/statics_parts.h"
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdlib.h>

enum { DWARF_RBP = 6, DWARF_RSP = 7 }; /* System V ABI for x86-64, figure 3.36 */

struct frames {
    Dwarf_CFI *cfi;   /* NULL: none */
    tide_map size_at; /* function's address → index in `sizes` */
    TIDE_VEC(uint64_t) sizes;
};

/* ---- .stack_sizes, where the compiler was asked for it (clang -fstack-size-section): address, then a ULEB128 */

static void read_stack_sizes(struct frames *frames, const tide_elf *file) {
    Elf_Scn *section = tide_elf_section(file, ".stack_sizes");
    Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
    const uint8_t *at = data ? data->d_buf : NULL, *end = at ? at + data->d_size : NULL;
    while (at && end - at > (ptrdiff_t)sizeof(uint64_t)) {
        uint64_t address, bytes = 0;
        memcpy(&address, at, sizeof address);
        at += sizeof address;
        unsigned shift = 0;
        do
            bytes |= shift < 64 ? (uint64_t)(*at & 0x7f) << shift : 0;
        while (shift += 7, at < end && *at++ & 0x80);
        tide_map_set(&frames->size_at, address, (uint32_t)frames->sizes.count);
        *tide_vec_push(&frames->sizes) = bytes + sizeof(uint64_t); /* the return address */
    }
}

/* ---- .eh_frame: how far the caller's frame is from the stack pointer, at its furthest */

/* False: not told by one register and an offset. */
static bool take_row(Dwarf_Frame *row, tide_static_frame *frame) {
    Dwarf_Op *ops;
    size_t count;
    if (dwarf_frame_cfa(row, &ops, &count) != 0 || count == 0)
        return false;
    unsigned number = UINT32_MAX;
    if (ops[0].atom == DW_OP_bregx)
        number = (unsigned)ops[0].number;
    else if (ops[0].atom >= DW_OP_breg0 && ops[0].atom <= DW_OP_breg31)
        number = (unsigned)(ops[0].atom - DW_OP_breg0);
    uint64_t offset = ops[0].atom == DW_OP_bregx ? ops[0].number2 : ops[0].number;
    frame->is_at_least |= number != DWARF_RSP;
    if (number == DWARF_RSP && (int64_t)offset > (int64_t)frame->bytes)
        frame->bytes = offset;
    return number == DWARF_RSP || number == DWARF_RBP;
}

static void read_rows(const struct frames *frames, uint64_t start, uint64_t end, tide_static_frame *frame) {
    for (uint64_t at = start; at < end;) {
        Dwarf_Frame *row;
        Dwarf_Addr row_start, row_end = 0;
        bool is_signal;
        if (dwarf_cfi_addrframe(frames->cfi, at, &row) != 0)
            return;
        dwarf_frame_info(row, &row_start, &row_end, &is_signal);
        if (!take_row(row, frame))
            frame->is_at_least = true;
        free(row);
        if (row_end <= at)
            return;
        at = row_end;
    }
}

static void take(tide_statics *statics, const Elf64_Sym *symbol, const char *name, void *arg) {
    struct frames *frames = arg;
    tide_static_frame frame = {0};
    uint32_t known;
    if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || !symbol->st_size)
        return;
    if (tide_map_get(&frames->size_at, symbol->st_value, &known))
        frame.bytes = frames->sizes.at[known];
    else if (frames->cfi)
        read_rows(frames, symbol->st_value, symbol->st_value + symbol->st_size, &frame);
    if (!frame.bytes)
        return;
    frame.function = tide_strings_add(&statics->strings, name);
    *tide_vec_push(&statics->frames) = frame;
}

static int by_bytes(const void *left, const void *right) {
    const tide_static_frame *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? 1 : -1;
    return a->function < b->function ? -1 : 1;
}

void tide_statics_read_frames(tide_statics *statics, const tide_elf *file, const tide_elf *names) {
    struct frames frames = {.cfi = dwarf_getcfi_elf(file->elf)};
    read_stack_sizes(&frames, file);
    tide_statics_each_symbol(statics, names, take, &frames);
    if (statics->frames.count)
        qsort(statics->frames.at, statics->frames.count, sizeof *statics->frames.at, by_bytes);
    if (frames.cfi)
        dwarf_cfi_end(frames.cfi);
    tide_map_free(&frames.size_at);
    tide_vec_free(&frames.sizes);
}
