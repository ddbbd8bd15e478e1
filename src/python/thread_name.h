/* python/thread_name: what a Python thread is called: the `_name` of the threading.Thread that it runs.
 *
 *   outermost frame: Thread._bootstrap(self) ─► self ─► its attributes ─► "_name" ─► str
 *
 * The interpreter itself tells the system these names from 3.14 on only. */
#pragma once
#include "python/frames.h"

/* The str, of the calling thread whose stack has just been read; NULL: it is no such thread, or does not hold the
 * GIL. Cost: 10 ns. */
const void *tide_python_thread_name(const tide_python *python, const tide_python_stack *stack);
