/* track/given: names that the program gives, and the numbers they get: owners, sections, kinds of events. Each is
 * described in the ledger's log, once.
 *
 *   hash of parent and name ─► tide_names (track/names.h) ─► number + 1 ─► row in the ledger */
#pragma once
#include "track/names.h"

enum { TIDE_GIVEN_NAME_BYTES_MAX = 1024 }; /* longer ones are cut there */

typedef struct
    tide_given { /* tables appear with their first name; all are added to under the lock of track/names.h */
    tide_names owners, sections, events;
    uint64_t event_hashes[TIDE_EVENT_NAMES_MAX + 1];
    uint32_t retired_count, retired[4096]; /* owners to be used again */
} tide_given;

struct tide_process;
/* The thread's gate is shut in all of these. 0: no room. */
uint32_t tide_given_owner(struct tide_process *process, const char *name, uint32_t parent);
uint32_t tide_given_section(struct tide_process *process, const char *name); /* row + 1 */
uint32_t tide_given_event(struct tide_process *process, const char *name);   /* index + 1 */
/* An owner that nothing is to be charged to any more. Kept as it is when it has call sites. */
void tide_given_retire(struct tide_process *process, uint32_t owner);
