#include "import/building.h"
#include <ctype.h>

void tide_building_init(tide_building *building, tide_recording *out, uint32_t source) {
    *building = (tide_building){.out = out};
    tide_strings_add(&building->texts, "");
    tide_strings_add(&building->modules, "");
    *out = (tide_recording){.info = {.command = tide_xstrdup(""),
                                     .program = tide_xstrdup(""),
                                     .tool_version = tide_xstrdup(""),
                                     .host = tide_xstrdup(""),
                                     .source = source},
                            .end.kind = TIDE_END_GONE};
    tide_heap_init(&out->heap);
    tide_strings_add(&out->symbols.strings, "");
    *tide_vec_push(&out->heap.threads) = (tide_thread){.threads_count = 1};
}

void tide_building_free(tide_building *building) {
    tide_strings_free(&building->texts);
    tide_strings_free(&building->modules);
    tide_map_free(&building->nodes);
    tide_map_free(&building->sites);
}

static uint32_t find_module(tide_building *building, const char *path, size_t length_bytes) {
    uint32_t number = tide_strings_add_n(&building->modules, path, length_bytes);
    tide_heap *heap = &building->out->heap;
    if (number > heap->modules.count) {
        *tide_vec_push(&heap->modules) =
            (tide_module){.path = tide_strings_add_n(&heap->strings, path, length_bytes)};
        *tide_vec_push(&building->out->symbols.module_state) = TIDE_SYMBOLS_LINES;
    }
    return number - 1;
}

/* "parse.c:80" or, from Rust, "src/main.rs:12:5": the first number is the line. */
static void take_place(tide_frame *frame, tide_strings *strings, const char *place, size_t length_bytes) {
    const char *end = place + length_bytes, *colon = end;
    uint32_t line = 0;
    while (colon > place && (isdigit((unsigned char)colon[-1]) || colon[-1] == ':')) {
        colon--;
        if (*colon == ':' && colon + 1 < end && isdigit((unsigned char)colon[1])) {
            line = (uint32_t)strtoul(colon + 1, NULL, 10);
            end = colon;
        }
    }
    frame->file = tide_strings_add_n(strings, place, (size_t)(end - place));
    frame->line = line;
}

static void add_code(tide_building *building, const char *text) {
    tide_heap *heap = &building->out->heap;
    tide_symbols *symbols = &building->out->symbols;
    tide_code *code = tide_vec_push(&heap->codes);
    *code = (tide_code){.module = TIDE_NONE, .address = TIDE_CODE_UNRESOLVED};
    if (!strncmp(text, "0x", 2)) {
        char *end;
        code->address = strtoull(text, &end, 16) + 1; /* it is the call's; a code is where it returns to */
        text = !strncmp(end, ": ", 2) ? end + 2 : end;
    }
    tide_frame frame = {0};
    size_t length_bytes = strlen(text);
    const char *where = NULL;
    for (const char *at = text; (at = strstr(at, " (")); at++)
        where = at;
    if (where && length_bytes && text[length_bytes - 1] == ')') {
        size_t where_bytes = length_bytes - (size_t)(where - text) - 3;
        if (!strncmp(where + 2, "in ", 3) && where_bytes > 3)
            code->module = find_module(building, where + 5, where_bytes - 3);
        else
            take_place(&frame, &symbols->strings, where + 2, where_bytes);
        length_bytes = (size_t)(where - text);
    }
    if (length_bytes && strncmp(text, "???", 3) != 0)
        frame.function = tide_strings_add_n(&symbols->strings, text, length_bytes);
    tide_frame_range range = {.first = (uint32_t)symbols->frames.count, .count = frame.function != 0};
    if (range.count)
        *tide_vec_push(&symbols->frames) = frame;
    *tide_vec_push(&symbols->of_code) = range;
}

uint32_t tide_building_code(tide_building *building, const char *text) {
    uint32_t number = tide_strings_add(&building->texts, *text ? text : "???");
    if (number > building->out->heap.codes.count)
        add_code(building, *text ? text : "???");
    return number - 1;
}

uint32_t tide_building_node(tide_building *building, uint32_t parent, uint32_t code) {
    tide_heap *heap = &building->out->heap;
    bool is_new;
    uint32_t node =
        tide_map_put(&building->nodes, (uint64_t)parent << 32 | code, (uint32_t)heap->nodes.count, &is_new);
    if (is_new)
        *tide_vec_push(&heap->nodes) = (tide_node){.parent = parent, .code = code};
    return node;
}

tide_counts *tide_building_site(tide_building *building, uint32_t node) {
    tide_heap *heap = &building->out->heap;
    bool is_new;
    uint32_t site = tide_map_put(&building->sites, node, (uint32_t)heap->sites.count, &is_new);
    if (is_new)
        *tide_vec_push(&heap->sites) = (tide_site){.node = node, .kind = TIDE_MALLOC};
    return &heap->sites.at[site].counts;
}
