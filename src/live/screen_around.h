/* live/screen_around: who calls one function, and what it calls.
 *
 *   main ─ f ─ g 100      around f    called by  main  total 110  own 10   f when main calls it, at main's line
 *   main ─ f       10                            f     total 120  own 20
 *   init ─ f       10                 calls      g     total 100  own 100  g when f calls it
 *
 * So the totals of those that call add up to that of the function, and own ones too. A function that calls itself
 * directly is one call; in a longer circle the outermost call counts. */
#pragma once
#include "live/screen_model.h"

typedef struct tide_around_side {
    tide_share *by_function; /* after all functions one more: stacks that begin with this function */
    uint64_t *by_place;      /* total amount: where it calls, is called */
} tide_around_side;

typedef struct tide_around {
    tide_around_side of[TIDE_SCREEN_CALLEE + 1]; /* by enum tide_screen_part; none of TIDE_SCREEN_ROW */
} tide_around;

/* `tree`: weighed, of tide_names_items; NULL: all is zero. Owned (tide_around_free). Cost: O(nodes + places). */
tide_around tide_around_find(const tide_names *names, const tide_tree *tree, uint32_t function);
void tide_around_free(tide_around *around);
