/* live/screen_table: the rows that are seen, in columns.
 *
 *     function     < total >         own         allocations  where
 *     parse         5.07 MiB  97.7%  2.00 MiB  38.6%   1,204  parse.c:80 */
#pragma once
#include "base/text.h"
#include "live/screen_model.h"

enum { TIDE_SCREEN_MIDDLE = 80, TIDE_SCREEN_WIDE = 100 }; /* columns; below 80, what a name needs is more */

/* The table's head and as many rows as fit, a line each. Owned (free). */
char *tide_screen_table_text(const tide_screen *screen, const tide_style *style);
/* "+1.20 MiB", "-3.00 KiB", "0 B"; "+12", "-3", "0". Owned (free). */
char *tide_screen_change_bytes(uint64_t now, uint64_t before);
char *tide_screen_change_count(uint64_t now, uint64_t before);
