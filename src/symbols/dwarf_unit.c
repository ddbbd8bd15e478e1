#include "symbols/dwarf_unit.h"
#include <dwarf.h>

/* Real programs nest below 60; only a damaged or hostile file comes near. */
enum { MAX_DEPTH = 512 };

bool tide_dwarf_add_ranges(tide_ranges *ranges, Dwarf_Die *die, uint32_t value) {
    Dwarf_Addr base, start, end;
    size_t count = ranges->count;
    /* Linkers leave functions that they dropped at address 0, where no program has code. */
    for (ptrdiff_t next = 0; (next = dwarf_ranges(die, next, &base, &start, &end)) > 0;)
        if (start)
            tide_ranges_add(ranges, start, end, value);
    return ranges->count > count;
}

static uint32_t add_scope(tide_dwarf_unit *unit, Dwarf_Die *die, uint32_t caller) {
    uint32_t index = (uint32_t)unit->scopes.count;
    if (!tide_dwarf_add_ranges(&unit->ranges, die, index))
        return caller;
    *tide_vec_push(&unit->scopes) = (tide_dwarf_scope){.die = *die, .caller = caller};
    return index;
}

static void walk_children(tide_dwarf_unit *unit, Dwarf_Die *parent, uint32_t scope, int depth) {
    Dwarf_Die die;
    if (depth > MAX_DEPTH || dwarf_child(parent, &die))
        return;
    do {
        switch (dwarf_tag(&die)) {
        case DW_TAG_subprogram: /* one inside another is a nested function: called, not inlined */
            walk_children(unit, &die, add_scope(unit, &die, TIDE_NONE), depth + 1);
            break;
        case DW_TAG_inlined_subroutine:
            walk_children(unit, &die, add_scope(unit, &die, scope), depth + 1);
            break;
        case DW_TAG_call_site: /* most frequent, and cannot hold code */
        case DW_TAG_GNU_call_site:
        case DW_TAG_subroutine_type:
        case DW_TAG_array_type:
            break;
        default: /* blocks and namespaces, but types as well: Rust puts functions even into enumerations */
            walk_children(unit, &die, scope, depth + 1);
        }
    } while (!dwarf_siblingof(&die, &die));
}

void tide_dwarf_unit_walk(tide_dwarf_unit *unit) {
    if (unit->is_walked)
        return;
    unit->is_walked = true;
    walk_children(unit, &unit->split_die, TIDE_NONE, 0);
    tide_ranges_flatten(&unit->ranges);
}

void tide_dwarf_unit_free(tide_dwarf_unit *unit) {
    tide_vec_free(&unit->scopes);
    tide_vec_free(&unit->ranges);
}
