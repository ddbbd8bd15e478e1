#include "symbols/dwarf_name.h"
#include "base/alloc.h"
#include "symbols/symbols.h"
#include <dwarf.h>
#include <string.h>

enum {
    MAX_REFERENCES = 16
}; /* inlined call → abstract function → declaration in a class; more is a damaged file */

/* An inlined call refers to its function, and that to its declaration. Moves `die` along, until one has a linkage
 * name; NULL when none has: `die` is the declaration then. */
static const char *find_linkage_name(Dwarf_Die *die) {
    Dwarf_Attribute attribute;
    for (int i = 0; i < MAX_REFERENCES; i++) {
        if (dwarf_attr(die, DW_AT_linkage_name, &attribute) ||
            dwarf_attr(die, DW_AT_MIPS_linkage_name, &attribute))
            return dwarf_formstring(&attribute);
        if (!dwarf_attr(die, DW_AT_abstract_origin, &attribute) &&
            !dwarf_attr(die, DW_AT_specification, &attribute))
            break;
        if (!dwarf_formref_die(&attribute, die))
            break;
    }
    return NULL;
}

/* C has no scopes, and a linkage name only where a function was renamed behind its back: glibc's abort is
 * "__GI_abort" to the linker. */
static bool has_scoped_names(Dwarf_Die *die) {
    Dwarf_Die unit;
    if (!dwarf_diecu(die, &unit, NULL, NULL))
        return false;
    switch (dwarf_srclang(&unit)) {
    case DW_LANG_C:
    case DW_LANG_C89:
    case DW_LANG_C99:
    case DW_LANG_C11:
    case DW_LANG_ObjC:
    case DW_LANG_Mips_Assembler:
        return false;
    default:
        return true;
    }
}

/* What one enclosing scope adds; owned; NULL: nothing. A function's name is whole, so it ends the search. */
static char *scope_name(Dwarf_Die *scope, const char *unnamed, bool *ret_is_whole) {
    const char *name = dwarf_diename(scope);
    *ret_is_whole = false;
    switch (dwarf_tag(scope)) {
    case DW_TAG_namespace:
        return tide_xstrdup(name ? name : "(anonymous namespace)");
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
    case DW_TAG_module:
        return tide_xstrdup(name ? name : unnamed);
    case DW_TAG_subprogram: {
        Dwarf_Die function = *scope;
        const char *linkage_name = find_linkage_name(&function);
        *ret_is_whole = linkage_name != NULL;
        if (linkage_name)
            return tide_symbols_demangle(linkage_name);
        name = dwarf_diename(&function);
        return name ? tide_xstrdup(name) : NULL;
    }
    default:
        return NULL;
    }
}

static char *qualified_name(Dwarf_Die *function, const char *plain_name) {
    char *name = tide_xstrdup(plain_name);
    Dwarf_Die *scopes = NULL; /* [0] is the function, the last one its unit */
    int count = dwarf_getscopes_die(function, &scopes);
    const char *unnamed = strcmp(plain_name, "operator()") ? "{unnamed}" : "{lambda}"; /* to GCC, a class */
    bool is_whole = false;
    for (int i = 1; i < count && !is_whole; i++) {
        char *outer = scope_name(&scopes[i], unnamed, &is_whole);
        if (!outer)
            continue;
        char *longer = tide_xasprintf("%s::%s", outer, name);
        free(outer);
        free(name);
        name = longer;
    }
    free(scopes);
    return name;
}

uint32_t tide_dwarf_name(Dwarf_Die die, tide_strings *strings, tide_map *by_die) {
    bool is_scoped = has_scoped_names(&die);
    const char *linkage_name = find_linkage_name(&die);
    if (linkage_name && is_scoped)
        return tide_strings_add(strings, linkage_name);
    const char *plain_name = dwarf_diename(&die);
    if (!plain_name || !is_scoped)
        return plain_name ? tide_strings_add(strings, plain_name) : 0;
    uint32_t index;
    if (tide_map_get(by_die, (uintptr_t)die.addr, &index))
        return index;
    char *name = qualified_name(&die, plain_name);
    index = tide_strings_add(strings, name);
    free(name);
    tide_map_set(by_die, (uintptr_t)die.addr, index);
    return index;
}
