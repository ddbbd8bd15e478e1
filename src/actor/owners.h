/* actor/owners: actors and schedulers as owners, where `tidemark` watches the program (tidemark/tidemark.h).
 *
 *   actors ─┬─ player ─┬─ player 1        malloc's blocks: those that its handlers allocate
 *           │          └─ player 2        charged: used and allocated, of state, heap and mailbox
 *           └─ sink ───── sink 3
 *   schedulers ─┬─ scheduler 0            charged: itself; reserved, what it has at hand as well
 *               ├─ foreign
 *               └─ pool                   reserved: free memory that belongs to nobody
 *
 * What is charged is brought up to date by a thread of its own, some times a second and at the runtime's end, and
 * costs the actors nothing. A program that nobody watches has no such thread, and pays for one comparison when an
 * actor is run. */
#pragma once
#include "actor/scheduler.h"

/* Runtime's start and end. Whether anybody watches is decided at the start. */
void tide_owners_start(void);
void tide_owners_stop(void);

/* ---- only where somebody watches */

/* An actor begins, and ends. */
TIDE_COLD void tide_owners_add(tide_cell *cell);
TIDE_COLD void tide_owners_remove(tide_cell *cell);
/* Its handlers run, until what the first one returns is given to the second one, on the same thread. */
TIDE_COLD uint32_t tide_owners_enter(const tide_cell *cell);
TIDE_COLD void tide_owners_leave(uint32_t owner);
