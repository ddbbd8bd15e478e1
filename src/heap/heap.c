#include "heap/heap.h"

void tide_heap_init(tide_heap *heap) {
    *heap = (tide_heap){0};
    tide_strings_add(&heap->strings, "");
    *tide_vec_push(&heap->owners) = (tide_owner){0};
    *tide_vec_push(&heap->nodes) = (tide_node){.parent = 0, .code = TIDE_NONE};
}

void tide_heap_free(tide_heap *heap) {
    tide_strings_free(&heap->strings);
    tide_vec_free(&heap->modules);
    tide_vec_free(&heap->routines);
    tide_vec_free(&heap->codes);
    tide_vec_free(&heap->nodes);
    tide_vec_free(&heap->threads);
    tide_vec_free(&heap->sites);
    tide_vec_free(&heap->owners);
    tide_vec_free(&heap->sections);
    tide_vec_free(&heap->events);
    tide_vec_free(&heap->event_names);
}
