#include "report/stack.h"

void tide_stack_walk(tide_stack *stack, const tide_names *names, const tide_heap *heap, uint32_t node) {
    stack->count = 0;
    while (node) {
        tide_item_range range = names->of_code.at[heap->nodes.at[node].code];
        for (uint32_t i = 0; i < range.count; i++)
            *tide_vec_push(stack) = range.first + i;
        node = heap->nodes.at[node].parent < node ? heap->nodes.at[node].parent : 0;
    }
}

size_t tide_stack_wrappers(const tide_stack *stack, const tide_names *names) {
    for (size_t i = 0; i < stack->count; i++)
        if (!names->is_wrapper.at[names->frames.at[stack->at[i]]])
            return i;
    return 0;
}
