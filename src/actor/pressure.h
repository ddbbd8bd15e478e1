/* actor/pressure: mailboxes with a limit. Who sends to a full one is refused (-EAGAIN), and may ask to be told when
 * it is half empty.
 *
 *   sender, refused                            receiver, after each batch
 *   adds itself to the cell's waiters          rests: EMPTY := IDLE
 *   touches the inbox (acq_rel)                looks for waiters
 *   is there room, or nobody?
 *
 * Both change the inbox in between, so one of them sees the other: nobody waits for a mailbox that is empty. */
#pragma once
#include "actor/scheduler.h"

typedef struct tide_waiter {
    struct tide_waiter *next;
    tide_actor actor;
    uint32_t type; /* of the message that it wants */
} tide_waiter;

/* The cell has been run: tell the waiters if there is room now. It may be somebody else's again. */
void tide_pressure_ease(tide_scheduler *scheduler, tide_cell *cell);
