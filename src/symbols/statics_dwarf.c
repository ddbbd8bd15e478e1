#include "symbols/statics_parts.h"
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>

struct search {
    tide_statics *statics;
    tide_map variable_at; /* address → variable */
};

/* A variable with a fixed address; those of threads are left out, whose places are offsets. */
static bool address_of(Dwarf_Die *die, uint64_t *ret) {
    Dwarf_Attribute attribute;
    Dwarf_Op *ops;
    size_t count;
    if (!dwarf_attr(die, DW_AT_location, &attribute) || dwarf_getlocation(&attribute, &ops, &count) != 0 ||
        count != 1 || ops[0].atom != DW_OP_addr)
        return false;
    *ret = ops[0].number;
    return true;
}

/* A definition says where it is declared itself, or through what it completes. */
static void take_variable(struct search *search, Dwarf_Die *die, tide_static_unit *unit) {
    uint64_t address;
    uint32_t index;
    int line = 0;
    Dwarf_Attribute attribute;
    Dwarf_Word number = 0;
    if (!address_of(die, &address) || !tide_map_get(&search->variable_at, address, &index))
        return;
    tide_static_variable *variable = &search->statics->variables.at[index];
    const char *file = dwarf_decl_file(die);
    if (dwarf_formudata(dwarf_attr_integrate(die, DW_AT_decl_line, &attribute), &number) == 0)
        line = (int)number;
    if (variable->file || !file || line <= 0)
        return;
    variable->file = tide_strings_add(&search->statics->strings, file);
    variable->line = (uint32_t)line;
    unit->variables_bytes += variable->bytes;
}

/* Variables stand in the unit, in namespaces and classes, and in functions when they are static there. */
static void walk(struct search *search, Dwarf_Die *parent, tide_static_unit *unit, unsigned depth) {
    enum { DEPTH_MAX = 32 };
    Dwarf_Die die;
    if (depth > DEPTH_MAX || dwarf_child(parent, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_variable)
            take_variable(search, &die, unit);
        else if (tag == DW_TAG_namespace || tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block ||
                 tag == DW_TAG_structure_type || tag == DW_TAG_class_type)
            walk(search, &die, unit, depth + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

static uint64_t text_bytes(Dwarf_Die *die) {
    uint64_t bytes = 0;
    Dwarf_Addr base, start, end;
    for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &start, &end)) > 0;)
        bytes += end - start;
    return bytes;
}

static void take_unit(struct search *search, Dwarf_Die *die, Dwarf_Die *split_die) {
    tide_statics *statics = search->statics;
    const char *name = dwarf_diename(die);
    tide_static_unit unit = {.name = tide_strings_add(&statics->strings, name ? name : ""),
                             .text_bytes = text_bytes(die)};
    bool is_split = dwarf_tag(split_die) == DW_TAG_compile_unit;
    walk(search, is_split ? split_die : die, &unit, 0);
    if (unit.text_bytes || unit.variables_bytes)
        *tide_vec_push(&statics->units) = unit;
}

static int by_bytes(const void *left, const void *right) {
    const tide_static_unit *a = left, *b = right;
    uint64_t a_bytes = a->text_bytes + a->variables_bytes, b_bytes = b->text_bytes + b->variables_bytes;
    return (a_bytes < b_bytes) - (a_bytes > b_bytes);
}

void tide_statics_read_dwarf(tide_statics *statics, const tide_elf *debug) {
    struct search search = {.statics = statics};
    Dwarf *dwarf = dwarf_begin_elf(debug->elf, DWARF_C_READ, NULL);
    Dwarf_CU *unit = NULL;
    Dwarf_Die die, split_die;
    for (uint32_t i = 0; i < statics->variables.count; i++)
        if (statics->sections.at[statics->variables.at[i].section].kind != TIDE_STATIC_TLS)
            tide_map_set(&search.variable_at, statics->variables.at[i].address, i);
    while (dwarf && !dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, &split_die))
        if (dwarf_tag(&die) == DW_TAG_compile_unit || dwarf_tag(&die) == DW_TAG_skeleton_unit)
            take_unit(&search, &die, &split_die);
    statics->has_lines = statics->units.count > 0;
    if (statics->units.count)
        qsort(statics->units.at, statics->units.count, sizeof *statics->units.at, by_bytes);
    dwarf_end(dwarf);
    tide_map_free(&search.variable_at);
}
