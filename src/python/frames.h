/* python/frames: the Python part of a thread's call stack, read from the interpreter's frames by plain loads.
 *
 *   frames of native frame A    words[0 … 2]   words[0] is the innermost, that runs now
 *   frames of native frame B    words[3 … 7]   runs: {3, anchor of A}, {8, anchor of B}
 *
 * A word stands for a frame as a return address does: TIDE_FRAME_ROUTINE | routine << 32 | offset of the instruction in
 * bytes (ledger/layout.h). Where each run belongs on the native stack its anchor says (python/layout.h). */
#pragma once
#include "python/interpreter.h"

enum { TIDE_PYTHON_DEPTH_MAX = 2048 }; /* of deeper stacks the outer frames are left out */

typedef struct tide_python_run {
    uintptr_t anchor;
    uint32_t end; /* its frames are those before this one */
} tide_python_run;

typedef struct tide_python_stack {
    uint64_t hash; /* of all words, and where the runs end; 0: no Python frame */
    uint32_t count, run_count;
    bool holds_lock;       /* the GIL: so that other objects than those of the frames hold still, too */
    const void *outermost; /* the interpreter's frame; good as long as this event */
    uint64_t words[TIDE_PYTHON_DEPTH_MAX];
    tide_python_run runs[TIDE_PYTHON_DEPTH_MAX];
} tide_python_stack;

/* Read the calling thread's frames, whether it holds the GIL or not. Never allocates, never waits but for the log's
 * lock. Returns stack->hash. Cost: 5 ns and 2 ns a frame. */
uint64_t tide_python_look(tide_python *python, tide_python_stack *stack);
