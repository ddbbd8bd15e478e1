/* live/screen_owners: who owns the memory, by the program's own word (include/tidemark/tidemark.h).
 *
 *     owner             < holds >  heap peak  blocks     used  allocated  reserved
 *     actors             1.31 MiB   1.00 MiB      12  320 KiB    384 KiB   384 KiB   a parent with all below it
 *       player           1.31 MiB   1.00 MiB      12  320 KiB    384 KiB   384 KiB
 *     (unowned)          3.00 KiB                 34
 *     sections
 *       load, 2 times    +2.00 KiB  9.00 MiB      +1                                 what those that ended left behind
 *
 * What an owner holds is its live blocks, and what is charged to it as used. */
#pragma once
#include "base/text.h"
#include "live/screen_model.h"

/* Makes screen->rows and screen->owners. Of those below one owner, who holds most comes first. An owner that has
 * nothing and never had a peak has no row. Cost: O(sites + owners × log owners). */
void tide_screen_make_owner_rows(tide_screen *screen);
/* As tide_screen_table_text. Owned (free). */
char *tide_screen_owners_text(const tide_screen *screen, const tide_style *style);
