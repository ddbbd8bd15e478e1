/* tests/live/screen_world: a made-up program with two threads, as a feed would show it.
 *
 *   main (100)    main ─ b ─ c   600 B in 3      worker (101)   start ─ b ─ c       50 B in 1
 *                 main ─ b       300 B in 1                     start ─ b ─ b ─ c   10 B in 1
 *                 main ─ d       100 B in 10 */
#pragma once
#include "../unit/check.h"
#include "live/screen_page.h"

typedef struct world {
    tide_recording recording;
    tide_names names;
    tide_feed_view feed;
    tide_screen screen;
    uint32_t main, start, b, c, d; /* codes, and functions too */
} world;

enum { MAIN_B_C, MAIN_B, MAIN_D, START_B_C, START_B_B_C, SITES };

int set_up(void **state);
int tear_down(void **state);

/* An owner whose charges are 1, 2 and 3 times `used_bytes`; what site `site` has becomes its own. */
uint32_t push_owner(world *it, const char *name, uint32_t parent, uint64_t used_bytes, uint32_t site);
void push_section(world *it, const char *name);
/* The ledger is read again. */
void refresh(world *it);
void press(world *it, const char *keys);
/* The rows' functions, "main b c". Owned (free). */
char *order(const world *it);
/* The screen, a line each. Owned (free). */
char *page_text(const world *it);
