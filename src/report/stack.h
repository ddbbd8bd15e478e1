/* report/stack: the frames of one call stack, innermost first, inlined ones too.
 *
 *   node ─► code ─► frames          names->frames[stack.at[0]] allocates, names->frames[stack.at[count - 1]] is main's
 *     └ parent ─► code ─► frames    caller; each is a place */
#pragma once
#include "report/names.h"

typedef TIDE_VEC(uint32_t) tide_stack; /* indices into names->frames */

/* Fill `stack`, which is emptied first, with that of `node`. Cost: O(its length). */
void tide_stack_walk(tide_stack *stack, const tide_names *names, const tide_heap *heap, uint32_t node);
/* How many of the innermost frames only pass the allocation on; 0 when all do. */
size_t tide_stack_wrappers(const tide_stack *stack, const tide_names *names);
