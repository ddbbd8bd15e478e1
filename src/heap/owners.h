/* heap/owners: what the sites of an owner come to and what it is charged, with the owners below it. */
#pragma once
#include "heap/heap.h"

typedef struct tide_owner_sums {
    tide_counts all;                                      /* its sites; of row 0: those of nobody */
    uint64_t used_bytes, allocated_bytes, reserved_bytes; /* charged, beside the heap */
} tide_owner_sums;
typedef TIDE_VEC(tide_owner_sums) tide_owner_sums_list;

/* One for each row of heap->owners. `ret` is owned (tide_vec_free); what was in it is replaced. Mappings are left out.
 * Cost: O(sites + owners). */
void tide_owner_sums_get(tide_owner_sums_list *ret, const tide_heap *heap);
/* No owner's peak is below what it has now: sites may know of events that its tally does not know yet. */
void tide_owner_peaks_raise(tide_heap *heap);
