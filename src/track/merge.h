/* track/merge: a native stack and the frames that an interpreter runs in it, as one.
 *
 *   native, outermost first          Python, by its anchors       described in the log
 *   main                                                          main
 *   _PyEval_EvalFrameDefault  ◄───── <module>, load               _PyEval_EvalFrameDefault <module> load
 *   builtin_sorted                                                builtin_sorted
 *   _PyEval_EvalFrameDefault  ◄───── key                          _PyEval_EvalFrameDefault key
 *   bytearray_init                                                bytearray_init
 *
 * An anchor lies in the frame of the function that runs the frames: between the place of its own return address and
 * that of the address in it where it goes on. */
#pragma once
#include "python/frames.h"
#include "track/unwind.h"

typedef struct tide_merge { /* what to describe of a stack, as a difference to the one before */
    uint32_t kept;          /* frames, of both kinds, from the root */
    uint32_t kept_native, kept_python;
    uint32_t count; /* frames to be told beyond those */
} tide_merge;

/* `chain`: as tide_unwind left it. `python`: of the same moment; `prior`: when the chain was as it was before. Both
 * NULL: no interpreter. */
tide_merge tide_merge_begin(const tide_chain *chain, const tide_python_stack *python,
                            const tide_python_stack *prior);
/* Write the `count` frames, outermost first. */
void tide_merge_write(const tide_merge *merge, const tide_chain *chain, const tide_python_stack *python,
                      uint64_t *ret);
