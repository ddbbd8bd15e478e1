/* launch/finisher: finds the names for ended targets in a thread of its own, so that those that still run, or ask for a
 * ledger, never wait for somebody else's debug information.
 *
 *   loop ── add ──► waiting ──► [thread: tide_target_finish] ──► done ── take ──► loop
 *                                                                 └ makes fd readable            */
#pragma once
#include "launch/target.h"

typedef struct tide_finisher tide_finisher;

/* `*ret_fd` is readable while something is done and not taken; it stays the finisher's. NULL: out of descriptors. */
tide_finisher *tide_finisher_new(bool debuginfod, int *ret_fd);
/* The target belongs to the finisher until it is taken. */
void tide_finisher_add(tide_finisher *finisher, tide_target *target);
/* A target that is done, now the caller's; NULL: none at the moment. */
tide_target *tide_finisher_take(tide_finisher *finisher);
/* How many were added and not taken, and how far the one in work is. */
size_t tide_finisher_progress(tide_finisher *finisher, size_t *ret_named_codes, size_t *ret_all_codes);
/* Nothing may be left in it. Accepts NULL. */
void tide_finisher_free(tide_finisher *finisher);
