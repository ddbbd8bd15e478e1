/* actor/timers: messages that are sent later, by a thread of their own.
 *
 *   places   │ letter, to, when, generation │ free │ … │      a timer's id is its generation and its place
 *   order    │ place │ place │ place │ …                    a binary heap: the first is due first
 *
 * All under the foreign scheduler's lock: arming takes it, and the thread is a foreign thread when it sends. */
#pragma once
#include "actor/scheduler.h"

/* Runtime's start and end. Lock held for the latter. */
void tide_timers_init(void);
void tide_timers_fini(tide_scheduler *foreign);

/* Ends the thread; what is armed stays. Lock not held. */
void tide_timers_stop(void);

/* What messages that wait, and the tables, weigh. Lock held. */
tide_figures tide_timers_figures(void);
