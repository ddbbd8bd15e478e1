#include "report/frame_texts.h"
#include <inttypes.h>

/* Owned (free). */
static char *frame_text(const tide_names *names, const tide_heap *heap, const tide_code *code,
                        const tide_place *place) {
    const tide_function *function = &names->functions.at[place->function];
    const char *name = tide_names_function(names, place->function),
               *file = tide_strings_get(&names->strings, place->file),
               *module = tide_strings_get(&names->strings, function->module);
    bool is_special = code->module == TIDE_NONE && code->address < 16;
    uint64_t address = is_special || tide_heap_routine(heap, *code) ? 0 : code->address - 1;
    if (!function->has_name && !is_special)
        name = "???";
    if (place->line)
        return tide_xasprintf("0x%" PRIX64 ": %s (%s:%" PRIu32 ")", address, name, file, place->line);
    return *module ? tide_xasprintf("0x%" PRIX64 ": %s (in %s)", address, name, module)
                   : tide_xasprintf("0x%" PRIX64 ": %s", address, name);
}

void tide_frame_texts_init(tide_frame_texts *texts, const tide_names *names, const tide_heap *heap) {
    *texts = (tide_frame_texts){0};
    tide_strings_add(&texts->strings, "");
    (void)tide_vec_extend(&texts->of_frame, names->frames.count);
    for (size_t i = 0; i < heap->codes.count; i++) {
        tide_item_range range = names->of_code.at[i];
        for (uint32_t k = range.first; k < range.first + range.count; k++) {
            uint32_t place = names->frames.at[k];
            char *text = frame_text(names, heap, &heap->codes.at[i], &names->places.at[place]);
            uint32_t index = texts->of_frame.at[k] = tide_strings_add(&texts->strings, text);
            free(text);
            while (texts->is_wrapper.count <= index)
                *tide_vec_push(&texts->is_wrapper) = names->is_wrapper.at[place];
        }
    }
}

void tide_frame_texts_free(tide_frame_texts *texts) {
    tide_strings_free(&texts->strings);
    tide_vec_free(&texts->of_frame);
    tide_vec_free(&texts->is_wrapper);
}

tide_items tide_frame_texts_items(const tide_frame_texts *texts, const tide_names *names) {
    return (tide_items){
        .items = texts->of_frame.at, .of_code = names->of_code.at, .is_wrapper = texts->is_wrapper.at};
}
