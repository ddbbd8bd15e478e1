#include "python/frames.h"
#include "python/text.h"

static uint64_t hash_step(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15ull;
    return hash ^ hash >> 32;
}

static void end_run(tide_python_stack *stack, const void *anchor) {
    uint32_t begin = stack->run_count ? stack->runs[stack->run_count - 1].end : 0;
    if (stack->count == begin)
        return;
    stack->runs[stack->run_count++] = (tide_python_run){.anchor = (uintptr_t)anchor, .end = stack->count};
    stack->hash = hash_step(stack->hash, stack->count);
}

static void push(tide_python_stack *stack, uint64_t word) {
    stack->words[stack->count++] = word;
    stack->hash = hash_step(stack->hash, word);
}

TIDE_HOT void push_frame(tide_python *python, tide_python_stack *stack, const void *frame) {
    const tide_python_layout *layout = &python->layout;
    uintptr_t code = tide_python_word(frame, layout->frame_code);
    uint32_t routine = tide_routines_get(&python->routines, layout, code);
    if (TIDE_UNLIKELY(routine == TIDE_ROUTINE_NONE))
        return;
    uintptr_t offset = tide_python_word(frame, layout->frame_instruction) - code - layout->code_instructions;
    stack->outermost = frame;
    push(stack, TIDE_FRAME_ROUTINE | (uint64_t)routine << 32 | (uint32_t)offset);
}

/* Where the frames begin: the innermost one, and the cframe it belongs to. NULL: there are none that can be read. */
static const char *innermost(const tide_python *python, const void **ret_cframe, bool *ret_holds_lock) {
    const tide_python_layout *layout = &python->layout;
    const void *state = tide_python_thread_state(python, ret_holds_lock), *cframe = state;
    if (!state)
        return NULL;
    if (layout->state_cframe != TIDE_PYTHON_NO_FIELD) {
        cframe = tide_python_pointer(state, layout->state_cframe);
        if (!tide_python_is_safe(python, *ret_holds_lock))
            return NULL;
    }
    const char *frame = tide_python_pointer(cframe, layout->current_frame);
    *ret_cframe = cframe;
    return tide_python_is_safe(python, *ret_holds_lock) ? frame : NULL;
}

uint64_t tide_python_look(tide_python *python, tide_python_stack *stack) {
    const tide_python_layout *layout = &python->layout;
    const void *cframe = NULL;
    stack->hash = stack->count = stack->run_count = 0;
    const char *frame = innermost(python, &cframe, &stack->holds_lock);
    for (; frame; frame = tide_python_pointer(frame, layout->frame_previous)) {
        bool is_boundary = (uint8_t)frame[layout->frame_boundary] >= layout->boundary_minimum;
        if (!is_boundary || layout->boundary_is_function)
            push_frame(python, stack, frame);
        if (is_boundary && layout->boundary_is_function) {
            end_run(stack, cframe);
            cframe = tide_python_pointer(cframe, layout->cframe_previous);
        } else if (is_boundary)
            end_run(stack, frame);
        if (TIDE_UNLIKELY(stack->count == TIDE_PYTHON_DEPTH_MAX - 1)) {
            push(stack, TIDE_PC_ELIDED);
            break;
        }
    }
    end_run(stack, cframe);
    return stack->hash;
}
