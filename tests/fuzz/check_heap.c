#include "fuzz.h"
#include <stdlib.h>

static void require(bool promise) {
    if (!promise)
        abort();
}

void fuzz_check_heap(const tide_heap *heap) {
    size_t string_count = heap->strings.items.count;
    for (size_t i = 0; i < heap->modules.count; i++)
        require(heap->modules.at[i].path < string_count &&
                heap->modules.at[i].build_id_bytes <= TIDE_BUILD_ID_MAX);
    for (size_t i = 0; i < heap->codes.count; i++)
        require(heap->codes.at[i].module == TIDE_NONE || heap->codes.at[i].module < heap->modules.count);
    require(heap->nodes.count && heap->nodes.at[0].parent == 0 && heap->nodes.at[0].code == TIDE_NONE);
    for (size_t i = 1; i < heap->nodes.count; i++)
        require(heap->nodes.at[i].parent < i && heap->nodes.at[i].code < heap->codes.count);
    for (size_t i = 0; i < heap->threads.count; i++)
        require(heap->threads.at[i].name < string_count);
    for (size_t i = 0; i < heap->sites.count; i++) {
        const tide_site *site = &heap->sites.at[i];
        require(site->node < heap->nodes.count && site->thread < heap->threads.count &&
                site->kind < TIDE_KIND_COUNT);
    }
}
