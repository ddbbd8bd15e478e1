/* What track/cfi reads from .eh_frame is what elfutils reads from it: for a hundred thousand places in the libraries
 * that most programs use, where the caller's frame is, and how rbp, rbx, r12 and the return address come back. */
#include "track/cfi.h"
#include "unit/check.h"
#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STRIDE_BYTES = 37, PLACES_WANTED = 100000, DIFFERENCES_SHOWN = 5 };

typedef struct totals {
    size_t places, described, differing;
} totals;

static const char *const libraries[] = {"libstdc++.so.6", "libcrypto.so.3", "libpython3.11.so.1.0",
                                        "libm.so.6"};
static const int registers[] = {TIDE_RBX, TIDE_RBP, 12, TIDE_RIP};

/* A rule in words that do not depend on who read it. */
typedef struct rule {
    char kind; /* s same, u undefined, m in memory, v a value, r in a register, e an expression */
    int64_t offset;
} rule;

static rule rule_of_row(const tide_cfi_row *row, int number) {
    static const char kinds[] = {
        [TIDE_SAME] = 's',    [TIDE_UNDEFINED] = 'u', [TIDE_AT_CFA] = 'm',     [TIDE_IS_CFA] = 'v',
        [TIDE_AT_EXPR] = 'e', [TIDE_IS_EXPR] = 'e',   [TIDE_IN_REGISTER] = 'r'};
    char kind = kinds[row->of[number].where];
    return (rule){kind, kind == 'm' || kind == 'v' || kind == 'r' ? row->of[number].offset : 0};
}

/* elfutils gives operations: dwarf_frame_register in libdw.h says which. */
static rule rule_of_frame(Dwarf_Frame *frame, int number) {
    Dwarf_Op memory[3], *ops;
    size_t count;
    if (dwarf_frame_register(frame, number, memory, &ops, &count))
        return (rule){'?', 0};
    if (!count) /* rbx is callee-saved by the ABI, but elfutils says undefined where the description is silent */
        return (rule){ops && number != TIDE_RBX ? 'u' : 's', 0};
    if (ops[0].atom == DW_OP_regx)
        return (rule){'r', (int64_t)ops[0].number};
    if (ops != memory || ops[0].atom != DW_OP_call_frame_cfa)
        return (rule){'e', 0};
    bool has_offset = count > 1 && ops[1].atom == DW_OP_plus_uconst;
    bool is_value = ops[count - 1].atom == DW_OP_stack_value;
    if (count != 1u + has_offset + is_value)
        return (rule){'e', 0};
    return (rule){is_value ? 'v' : 'm', has_offset ? (int64_t)ops[1].number : 0};
}

static bool is_same_cfa(const tide_cfi_row *row, Dwarf_Frame *frame) {
    Dwarf_Op *ops;
    size_t count;
    if (dwarf_frame_cfa(frame, &ops, &count))
        return false;
    if (count == 1 && ops[0].atom == DW_OP_bregx && !row->cfa_expr)
        return ops[0].number == row->cfa_register && (int64_t)ops[0].number2 == row->cfa_offset;
    return row->cfa_expr != NULL;
}

static bool is_same_row(const tide_cfi_row *row, Dwarf_Frame *frame) {
    bool is_signal_frame;
    dwarf_frame_info(frame, NULL, NULL, &is_signal_frame);
    bool same = is_same_cfa(row, frame) && is_signal_frame == row->is_signal_frame;
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
        rule ours = rule_of_row(row, registers[i]), theirs = rule_of_frame(frame, registers[i]);
        same &= ours.kind == theirs.kind && ours.offset == theirs.offset;
    }
    return same;
}

static void compare_place(totals *sums, Dwarf_CFI *cfi, const struct dl_phdr_info *object, uintptr_t pc) {
    tide_cfi_row row;
    Dwarf_Frame *frame = NULL;
    bool ours = tide_cfi_find(pc, &row), theirs = !dwarf_cfi_addrframe(cfi, pc - object->dlpi_addr, &frame);
    sums->places++;
    sums->described += ours;
    if (ours != theirs || (ours && !is_same_row(&row, frame))) {
        if (sums->differing++ < DIFFERENCES_SHOWN)
            print_message("# differs: %s+%#zx\n", object->dlpi_name, pc - object->dlpi_addr);
    }
    free(frame);
}

static int compare_object(struct dl_phdr_info *object, size_t size, void *argument) {
    (void)size;
    int fd = object->dlpi_name[0] == '/' ? open(object->dlpi_name, O_RDONLY)
                                         : -1; /* not the vdso, which has no file */
    if (fd < 0)
        return 0;
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    Dwarf_CFI *cfi = dwarf_getcfi_elf(elf);
    for (int i = 0; cfi && i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
            continue;
        for (size_t at = 0; at < segment->p_memsz; at += STRIDE_BYTES)
            compare_place(argument, cfi, object, object->dlpi_addr + segment->p_vaddr + at);
    }
    dwarf_cfi_end(cfi);
    elf_end(elf);
    close(fd);
    return 0;
}

static void rows_are_those_of_elfutils(void **state) {
    (void)state;
    totals sums = {0};
    elf_version(EV_CURRENT);
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        if (!dlopen(libraries[i], RTLD_LAZY))
            print_message("# not here: %s\n", libraries[i]);
    dl_iterate_phdr(compare_object, &sums);
    print_message("# %zu places, %zu of them described, %zu differ\n", sums.places, sums.described,
                  sums.differing);
    assert_true(sums.described >= PLACES_WANTED);
    assert_int_equal(sums.differing, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_are_those_of_elfutils)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
