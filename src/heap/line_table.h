/* heap/line_table: instruction → line, in the form in which CPython 3.11 and later keep it (Objects/locations.md).
 *
 *   entry   1 │ code (4 bits) │ length − 1 (3 bits, units of 2 bytes)   and then, by code:
 *           0–9 one byte: same line   10–12 two bytes: line + code − 10   13 line difference
 *           14 line difference, three numbers                             15 nothing: no line
 *   number  six bits a byte, lowest first, bit 6: more follow; a difference has its sign in bit 0 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* The line of the instruction at `offset_bytes`; before the first one (negative): `first_line`. 0: it has none, or the
 * table makes no sense. Nothing beyond `table_bytes` is read. Cost: O(table). */
uint32_t tide_line_table_find(const uint8_t *table, size_t table_bytes, uint32_t first_line,
                              int32_t offset_bytes);
