#include "heap/foreground.h"

static uint32_t child(tide_foreground *foreground, tide_heap *heap, uint32_t parent, uint32_t code) {
    bool is_new;
    uint32_t node = tide_map_put(&foreground->by_edge, (uint64_t)parent << 32 | code,
                                 (uint32_t)heap->nodes.count, &is_new);
    if (is_new)
        *tide_vec_push(&heap->nodes) = (tide_node){.parent = parent, .code = code};
    return node;
}

/* Nodes made here are met again at the end of the loop, and are their own. */
static void grow(tide_foreground *foreground, tide_heap *heap) {
    for (size_t i = foreground->node_of.count; i < heap->nodes.count; i++) {
        tide_node node = heap->nodes.at[i];
        uint32_t shown = node.parent < i ? foreground->node_of.at[node.parent] : 0;
        if (i && tide_heap_routine(heap, heap->codes.at[node.code]))
            shown = child(foreground, heap, shown, node.code);
        *tide_vec_push(&foreground->node_of) = shown;
    }
}

void tide_foreground_show(tide_foreground *foreground, tide_heap *heap) {
    if (!heap->routines.count)
        return;
    grow(foreground, heap);
    for (size_t i = 0; i < heap->sites.count; i++) {
        uint32_t *node = &heap->sites.at[i].node, shown = foreground->node_of.at[*node];
        if (!shown || shown == *node)
            continue;
        while (foreground->recorded.count <= i)
            *tide_vec_push(&foreground->recorded) = 0;
        foreground->recorded.at[i] = *node;
        *node = shown;
    }
}

void tide_foreground_hide(tide_foreground *foreground, tide_heap *heap) {
    for (size_t i = 0; i < heap->sites.count && i < foreground->recorded.count; i++)
        if (foreground->recorded.at[i])
            heap->sites.at[i].node = foreground->recorded.at[i];
}

void tide_foreground_free(tide_foreground *foreground) {
    tide_vec_free(&foreground->node_of);
    tide_vec_free(&foreground->recorded);
    tide_map_free(&foreground->by_edge);
}
