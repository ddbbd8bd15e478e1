/* dwarf_name: what a function is called. In C its name; elsewhere its linkage name where the compiler wrote one. C++
 * functions that no other object can see have none: they get their scopes' names, "(anonymous namespace)::parse". */
#pragma once
#include "base/strings.h"
#include <elfutils/libdw.h>

/* The name of a DW_TAG_subprogram or DW_TAG_inlined_subroutine as an index in `strings`; 0: it has none.
 * `by_die` remembers names that were costly to find; it belongs to the file that `die` is from. */
uint32_t tide_dwarf_name(Dwarf_Die die, tide_strings *strings, tide_map *by_die);
