#include "symbols/atlas.h"

enum {
    ADDRESS_BITS = 48,
    MODULES_MAX = 1 << 16,
    CODES_MAX = 1 << 20, /* then it begins anew: some 100 MiB */
};

typedef TIDE_VEC(uint32_t) indices;

static bool is_same_file(const tide_atlas *atlas, const tide_module *known, const tide_heap *heap,
                         const tide_module *module) {
    return module->build_id_bytes && known->build_id_bytes == module->build_id_bytes &&
           memcmp(known->build_id, module->build_id, module->build_id_bytes) == 0 &&
           strcmp(tide_strings_get(&atlas->places.strings, known->path),
                  tide_strings_get(&heap->strings, module->path)) == 0;
}

/* Few modules, and compared by their first bytes: no need for a map. One without a build-id is always a new one. */
static uint32_t place_of_module(tide_atlas *atlas, const tide_heap *heap, const tide_module *module) {
    uint32_t i = 0;
    while (i < atlas->places.modules.count &&
           !is_same_file(atlas, &atlas->places.modules.at[i], heap, module))
        i++;
    if (i < atlas->places.modules.count)
        return i;
    tide_module *added = tide_vec_push(&atlas->places.modules);
    *added = *module;
    added->path = tide_strings_add(&atlas->places.strings, tide_strings_get(&heap->strings, module->path));
    return i;
}

/* TIDE_NONE: in no file, or at an address that no file has. */
static uint32_t place_of_code(tide_atlas *atlas, const indices *modules, const tide_code *code) {
    if (code->module >= modules->count)
        return TIDE_NONE;
    uint32_t module = modules->at[code->module];
    if (module >= MODULES_MAX || code->address >> ADDRESS_BITS)
        return TIDE_NONE;
    bool is_new;
    uint32_t index = tide_map_put(&atlas->code_by_place, (uint64_t)module << ADDRESS_BITS | code->address,
                                  (uint32_t)atlas->places.codes.count, &is_new);
    if (is_new)
        *tide_vec_push(&atlas->places.codes) = (tide_code){.module = module, .address = code->address};
    return index;
}

/* Which of the atlas's modules and codes the heap's are. */
static void find_places(tide_atlas *atlas, const tide_heap *heap, indices *ret_modules, indices *ret_codes) {
    for (size_t i = 0; i < heap->modules.count; i++)
        *tide_vec_push(ret_modules) = place_of_module(atlas, heap, &heap->modules.at[i]);
    for (size_t i = 0; i < heap->codes.count; i++)
        *tide_vec_push(ret_codes) = place_of_code(atlas, ret_modules, &heap->codes.at[i]);
}

struct copy { /* of a part of the atlas's symbols */
    const tide_symbols *from;
    tide_symbols *to;
    uint32_t *string; /* by the atlas's strings; 0: not copied yet */
};

static uint32_t copy_string(const struct copy *copy, uint32_t index) {
    if (!copy->string[index])
        copy->string[index] =
            tide_strings_add(&copy->to->strings, tide_strings_get(&copy->from->strings, index));
    return copy->string[index];
}

static tide_frame_range copy_frames(const struct copy *copy, tide_frame_range range) {
    uint32_t first = (uint32_t)copy->to->frames.count;
    for (uint32_t i = 0; i < range.count; i++) {
        tide_frame frame = copy->from->frames.at[range.first + i];
        frame.function = copy_string(copy, frame.function);
        frame.file = copy_string(copy, frame.file);
        *tide_vec_push(&copy->to->frames) = frame;
    }
    return (tide_frame_range){first, range.count};
}

void tide_atlas_resolve(tide_atlas *atlas, tide_symbols *ret, const tide_heap *heap,
                        const tide_symbols_options *options) {
    if (atlas->places.codes.count >= CODES_MAX || atlas->places.modules.count >= MODULES_MAX / 2)
        tide_atlas_free(atlas);
    indices modules = {0}, codes = {0};
    find_places(atlas, heap, &modules, &codes);
    tide_symbols_resolve(&atlas->symbols, &atlas->places, options);
    struct copy copy = {.from = &atlas->symbols, .to = ret};
    copy.string = tide_xcalloc(atlas->symbols.strings.items.count + 1, sizeof *copy.string);
    for (size_t i = 0; i < modules.count; i++)
        *tide_vec_push(&ret->module_state) = atlas->symbols.module_state.at[modules.at[i]];
    for (size_t i = 0; i < codes.count; i++) {
        tide_frame_range none = {0};
        *tide_vec_push(&ret->of_code) =
            codes.at[i] == TIDE_NONE ? none : copy_frames(&copy, atlas->symbols.of_code.at[codes.at[i]]);
    }
    free(copy.string);
    tide_vec_free(&modules);
    tide_vec_free(&codes);
}

void tide_atlas_free(tide_atlas *atlas) {
    tide_heap_free(&atlas->places);
    tide_map_free(&atlas->code_by_place);
    tide_symbols_free(&atlas->symbols);
    *atlas = (tide_atlas){0};
}
