/* dwarf_unit: the functions of one compile unit, and the calls inlined into them, as flat address ranges. */
#pragma once
#include "symbols/ranges.h"
#include "symbols/symbols.h"
#include <elfutils/libdw.h>
#include <stdbool.h>

typedef struct tide_dwarf_scope { /* a function, or an inlined call of one */
    Dwarf_Die die;
    uint32_t caller;  /* scope that it was inlined into; TIDE_NONE: a function of its own */
    bool is_resolved; /* `function` and the rest are filled in when the scope is first hit */
    uint32_t function;
    uint32_t call_file, call_line; /* where `caller` calls it */
} tide_dwarf_scope;

typedef struct tide_dwarf_unit {
    Dwarf_Die die;       /* has the line table */
    Dwarf_Die split_die; /* has the functions when they are in a .dwo file; else like `die` */
    bool is_walked;
    TIDE_VEC(tide_dwarf_scope) scopes;
    tide_ranges ranges; /* value: scope */
} tide_dwarf_unit;

void tide_dwarf_unit_walk(tide_dwarf_unit *unit);
void tide_dwarf_unit_free(tide_dwarf_unit *unit);

/* Adds all ranges of a unit, a function, or an inlined call. False when it has no code. */
bool tide_dwarf_add_ranges(tide_ranges *ranges, Dwarf_Die *die, uint32_t value);
