#include "symbols/dwarf_name.h"
#include "base/alloc.h"
#include <dwarf.h>

enum {
    MAX_REFERENCES = 16
}; /* inlined call → abstract function → declaration in a class; more is a damaged file */

static const char *linkage_name_of(Dwarf_Die *die) {
    Dwarf_Attribute attribute;
    if (!dwarf_attr(die, DW_AT_linkage_name, &attribute) &&
        !dwarf_attr(die, DW_AT_MIPS_linkage_name, &attribute))
        return NULL;
    return dwarf_formstring(&attribute);
}

static bool follow_reference(Dwarf_Die *die) {
    Dwarf_Attribute attribute;
    if (!dwarf_attr(die, DW_AT_abstract_origin, &attribute) &&
        !dwarf_attr(die, DW_AT_specification, &attribute))
        return false;
    return dwarf_formref_die(&attribute, die) != NULL;
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

/* "outer::" of one enclosing scope; NULL: it adds nothing. */
static const char *scope_name(Dwarf_Die *scope) {
    switch (dwarf_tag(scope)) {
    case DW_TAG_namespace: {
        const char *name = dwarf_diename(scope);
        return name ? name : "(anonymous namespace)";
    }
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_module:
    case DW_TAG_subprogram:
        return dwarf_diename(scope);
    default:
        return NULL;
    }
}

static char *qualified_name(Dwarf_Die *function) {
    const char *own_name = dwarf_diename(function);
    char *name = own_name ? tide_xstrdup(own_name) : NULL;
    Dwarf_Die *scopes = NULL; /* [0] is the function, the last one its unit */
    int count = name ? dwarf_getscopes_die(function, &scopes) : 0;
    for (int i = 1; i < count; i++) {
        const char *outer = scope_name(&scopes[i]);
        if (!outer)
            continue;
        char *longer = tide_xasprintf("%s::%s", outer, name);
        free(name);
        name = longer;
    }
    free(scopes);
    return name;
}

uint32_t tide_dwarf_name(Dwarf_Die die, tide_strings *strings, tide_map *by_die) {
    bool is_scoped = has_scoped_names(&die);
    for (int i = 0; i < MAX_REFERENCES; i++) {
        const char *linkage_name = is_scoped ? linkage_name_of(&die) : NULL;
        if (linkage_name)
            return tide_strings_add(strings, linkage_name);
        if (!follow_reference(&die))
            break;
    }
    const char *plain_name = dwarf_diename(&die);
    if (!plain_name || !is_scoped)
        return plain_name ? tide_strings_add(strings, plain_name) : 0;
    uint32_t index;
    if (tide_map_get(by_die, (uintptr_t)die.addr, &index))
        return index;
    char *name = qualified_name(&die);
    index = tide_strings_add(strings, name);
    free(name);
    tide_map_set(by_die, (uintptr_t)die.addr, index);
    return index;
}
