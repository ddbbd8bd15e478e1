/* heap/foreground: of stacks with frames of an interpreted language, only those frames.
 *
 *   recorded     main ─ Py_BytesMain ─ _PyEval_EvalFrameDefault ─ <module> ─ load ─ bytearray_init ─ malloc
 *   foreground                                                    <module> ─ load
 *
 * A stack without such frames stays as it is. Sites are given other nodes, which are added to the heap's; the recorded
 * ones stay where they are. Not thread-safe. */
#pragma once
#include "base/map.h"
#include "heap/heap.h"

typedef struct tide_foreground { /* zero: nothing seen yet */
    TIDE_VEC(uint32_t)
    node_of; /* node → the node of its stack's foreground; 0: it has none, or is the root */
    TIDE_VEC(uint32_t) recorded; /* site → its node as recorded; 0: that is shown */
    tide_map by_edge;            /* parent, code → node */
} tide_foreground;

/* Show the foreground of all sites of `heap`, which may have grown since the last call, or been shown before.
 * Cost: O(new nodes + sites). */
void tide_foreground_show(tide_foreground *foreground, tide_heap *heap);
/* Give the sites back the nodes with which they were recorded. */
void tide_foreground_hide(tide_foreground *foreground, tide_heap *heap);
void tide_foreground_free(tide_foreground *foreground);
