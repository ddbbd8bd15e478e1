#include "report/names.h"
#include "base/text.h"
#include <inttypes.h>

/* No compiler inlines as deep; a hostile file may say that all frames are inlined into each code. */
enum { INLINED_MAX = 256 };

static uint32_t add_clean(tide_names *names, const char *text) {
    char *clean = tide_text_clean(text);
    uint32_t index = tide_strings_add(&names->strings, clean);
    free(clean);
    return index;
}

static uint32_t demangled(tide_names *names, const tide_strings *strings, uint32_t linkage_name) {
    uint32_t *known = &names->demangled.at[linkage_name];
    if (*known == TIDE_NONE) {
        char *readable = tide_symbols_demangle(tide_strings_get(strings, linkage_name));
        *known = add_clean(names, readable);
        free(readable);
    }
    return *known;
}

static uint32_t file_name(tide_names *names, const tide_strings *strings, uint32_t file) {
    if (file >= strings->items.count)
        return 0;
    if (names->file_of.at[file] == TIDE_NONE)
        names->file_of.at[file] = add_clean(names, tide_strings_get(strings, file));
    return names->file_of.at[file];
}

static uint32_t module_name(tide_names *names, const tide_heap *heap, uint32_t module) {
    if (module >= heap->modules.count || heap->modules.at[module].path >= heap->strings.items.count)
        return 0;
    uint32_t path = heap->modules.at[module].path;
    if (names->module_of.at[path] == TIDE_NONE) {
        const char *text = tide_strings_get(&heap->strings, path), *slash = strrchr(text, '/');
        names->module_of.at[path] = add_clean(names, slash ? slash + 1 : text);
    }
    return names->module_of.at[path];
}

static bool starts_with(const char *text, const char *start) {
    return !strncmp(text, start, strlen(start));
}

/* Functions that only pass an allocation on: what they allocate is their caller's own. The entry points of the
 * allocator, and what is between them and the containers of the C++ and Rust standard libraries. */
static bool is_wrapper_name(const char *name) {
#define X(symbol, text) text,
    static const char *const exact[] = {TIDE_KINDS(X) "__rust_alloc", "__rust_alloc_zeroed",
                                        "__rust_realloc"};
#undef X
    static const char *const starts[] = {
        "operator new(",
        "operator new[](",
        "__gnu_cxx::new_allocator<",
        "std::__new_allocator<",
        "std::allocator_traits<",
        "std::allocator<",
        "__rdl_",
        "__rg_",
        "__rustc::__r",
        "alloc::alloc::",
        "<alloc::alloc::Global",
        "std::alloc::",
        "<std::alloc::System",
        "alloc::raw_vec::",
        "<alloc::raw_vec::",
        "alloc::boxed::",
        "<alloc::boxed::",
        "hashbrown::raw::alloc::",
    };
    static const char *const parts[] = {"::_M_allocate", "::_M_get_node", "::_M_create_node"}; /* libstdc++ */
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        if (!strcmp(name, exact[i]))
            return true;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (starts_with(name, starts[i]))
            return true;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(name, parts[i]))
            return true;
    return false;
}

static uint32_t find_function(tide_names *names, uint32_t name, uint32_t module, bool has_name) {
    bool is_new;
    uint32_t fresh = (uint32_t)names->functions.count;
    uint32_t function = tide_map_put(&names->by_function, (uint64_t)name << 32 | module, fresh, &is_new);
    if (is_new)
        *tide_vec_push(&names->functions) =
            (tide_function){.name = name,
                            .module = module,
                            .has_name = has_name,
                            .is_wrapper = is_wrapper_name(tide_strings_get(&names->strings, name))};
    return function;
}

static uint32_t find_place(tide_names *names, tide_place place) {
    bool is_new;
    uint32_t spot = tide_map_put(&names->by_spot, (uint64_t)place.file << 32 | place.line,
                                 (uint32_t)names->by_spot.count, &is_new);
    uint32_t fresh = (uint32_t)names->places.count;
    uint32_t index = tide_map_put(&names->by_place, (uint64_t)place.function << 32 | spot, fresh, &is_new);
    if (is_new)
        *tide_vec_push(&names->places) = place;
    return index;
}

/* What to call a code that no symbol covers. */
static uint32_t nameless(tide_names *names, const tide_code *code, uint32_t module) {
    if (code->module == TIDE_NONE && code->address == TIDE_CODE_ELIDED)
        return tide_strings_add(&names->strings, "[... frames left out]");
    if (code->module == TIDE_NONE && code->address == TIDE_CODE_UNRESOLVED)
        return tide_strings_add(&names->strings, "[unknown stack]");
    const char *file = tide_strings_get(&names->strings, module);
    char *name = tide_xasprintf("%s%s0x%" PRIx64, file, *file ? "+" : "", code->address);
    uint32_t index = tide_strings_add(&names->strings, name);
    free(name);
    return index;
}

/* Where modules of Python are found: what follows is the module's name. */
static const char *module_start(const char *file) {
    static const char *const roots[] = {"/site-packages/", "/dist-packages/", "/lib-dynload/"};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        const char *root = strstr(file, roots[i]);
        if (root)
            return root + strlen(roots[i]);
    }
    const char *library = strstr(file, "/lib/python3."), *slash = strrchr(file, '/');
    if (library && (library = strchr(library + strlen("/lib/python3."), '/')))
        return library + 1;
    return slash ? slash + 1 : file;
}

static void cut_end(char *text, const char *end) {
    size_t length = strlen(text), cut = strlen(end);
    if (length > cut && !strcmp(text + length - cut, end))
        text[length - cut] = 0;
}

/* "/usr/lib/python3.11/json/encoder.py" → "json.encoder", "<frozen zipimport>" → "zipimport", "/home/me/app.py" → "app"
 */
static uint32_t routine_module(tide_names *names, const char *file) {
    bool is_frozen = starts_with(file, "<frozen ");
    char *module = tide_xstrdup(is_frozen ? file + strlen("<frozen ") : module_start(file));
    cut_end(module, is_frozen ? ">" : ".py");
    cut_end(module, "/__init__");
    for (char *at = module; (at = strchr(at, '/'));)
        *at = '.';
    uint32_t index = tide_strings_add(&names->strings, module);
    free(module);
    return index;
}

/* Functions of one name in two files are two. */
static uint32_t find_routine(tide_names *names, const char *name, uint32_t file) {
    enum { BY_FILE = 1u << 31 };
    bool is_new;
    uint32_t text = add_clean(names, name), fresh = (uint32_t)names->functions.count;
    uint32_t function =
        tide_map_put(&names->by_function, (uint64_t)text << 32 | BY_FILE | file, fresh, &is_new);
    if (is_new)
        *tide_vec_push(&names->functions) = (tide_function){
            .name = text,
            .module = routine_module(names, tide_strings_get(&names->strings, file)),
            .has_name = true,
        };
    return function;
}

static void name_routine(tide_names *names, const tide_heap *heap, const tide_routine *routine,
                         uint32_t line) {
    tide_place place = {.file = add_clean(names, tide_strings_get(&heap->strings, routine->file)),
                        .line = line};
    place.function = find_routine(names, tide_strings_get(&heap->strings, routine->name), place.file);
    *tide_vec_push(&names->of_code) = (tide_item_range){.first = (uint32_t)names->frames.count, .count = 1};
    *tide_vec_push(&names->frames) = find_place(names, place);
}

static void name_code(tide_names *names, const tide_recording *recording, uint32_t index) {
    const tide_symbols *symbols = &recording->symbols;
    const tide_code *code = &recording->heap.codes.at[index];
    const tide_routine *routine = tide_heap_routine(&recording->heap, *code);
    if (routine) {
        name_routine(names, &recording->heap, routine, (uint32_t)code->address);
        return;
    }
    uint32_t module = module_name(names, &recording->heap, code->module);
    uint32_t first = 0, count = 0;
    if (index < symbols->of_code.count) {
        first = symbols->of_code.at[index].first;
        count = symbols->of_code.at[index].count;
        count = count < INLINED_MAX ? count : INLINED_MAX;
    }
    tide_item_range *range = tide_vec_push(&names->of_code);
    *range = (tide_item_range){.first = (uint32_t)names->frames.count, .count = count ? count : 1};
    for (uint32_t i = 0; i < count; i++) {
        const tide_frame *frame = &symbols->frames.at[first + i];
        bool is_named = frame->function && frame->function < symbols->strings.items.count;
        uint32_t name =
            is_named ? demangled(names, &symbols->strings, frame->function) : nameless(names, code, module);
        tide_place place = {.function = find_function(names, name, module, is_named), .line = frame->line};
        place.file = file_name(names, &symbols->strings, frame->file);
        *tide_vec_push(&names->frames) = find_place(names, place);
    }
    if (!count) {
        tide_place place = {.function = find_function(names, nameless(names, code, module), module, false)};
        *tide_vec_push(&names->frames) = find_place(names, place);
    }
}

/* Of those places that are new. */
static void index_places(tide_names *names) {
    for (size_t i = names->function_of.count; i < names->places.count; i++) {
        uint32_t function = names->places.at[i].function;
        *tide_vec_push(&names->function_of) = function;
        *tide_vec_push(&names->is_wrapper) = names->functions.at[function].is_wrapper;
    }
}

static void grow_unseen(tide_names_seen *seen, size_t count) {
    while (seen->count < count)
        *tide_vec_push(seen) = TIDE_NONE;
}

void tide_names_update(tide_names *names, const tide_recording *recording, uint32_t first_code) {
    grow_unseen(&names->demangled, recording->symbols.strings.items.count);
    grow_unseen(&names->file_of, recording->symbols.strings.items.count);
    grow_unseen(&names->module_of, recording->heap.strings.items.count);
    names->of_code.count = first_code;
    for (uint32_t code = first_code; code < recording->heap.codes.count; code++)
        name_code(names, recording, code);
    index_places(names);
}

void tide_names_init(tide_names *names, const tide_recording *recording) {
    *names = (tide_names){0};
    tide_strings_add(&names->strings, "");
    tide_names_update(names, recording, 0);
}

void tide_names_free(tide_names *names) {
    tide_strings_free(&names->strings);
    tide_vec_free(&names->functions);
    tide_vec_free(&names->places);
    tide_vec_free(&names->frames);
    tide_vec_free(&names->of_code);
    tide_vec_free(&names->function_of);
    tide_vec_free(&names->is_wrapper);
    tide_vec_free(&names->demangled);
    tide_vec_free(&names->file_of);
    tide_vec_free(&names->module_of);
    tide_map_free(&names->by_function);
    tide_map_free(&names->by_place);
    tide_map_free(&names->by_spot);
}

tide_items tide_names_items(const tide_names *names) {
    return (tide_items){
        .items = names->frames.at, .of_code = names->of_code.at, .is_wrapper = names->is_wrapper.at};
}

const char *tide_names_function(const tide_names *names, uint32_t function) {
    return tide_strings_get(&names->strings, names->functions.at[function].name);
}

uint32_t tide_names_own_place(const tide_names *names, const tide_heap *heap, uint32_t node) {
    uint32_t innermost = TIDE_NONE;
    while (node) {
        tide_item_range range = names->of_code.at[heap->nodes.at[node].code];
        for (uint32_t i = 0; i < range.count; i++) {
            uint32_t place = names->frames.at[range.first + i];
            if (!names->is_wrapper.at[place])
                return place;
            if (innermost == TIDE_NONE)
                innermost = place;
        }
        node = heap->nodes.at[node].parent < node ? heap->nodes.at[node].parent : 0;
    }
    return innermost;
}

char *tide_names_where(const tide_names *names, uint32_t place) {
    const tide_place *at = &names->places.at[place];
    const char *file = tide_strings_get(&names->strings, at->file);
    if (*file && at->line)
        return tide_xasprintf("%s:%" PRIu32, file, at->line);
    if (*file)
        return tide_xstrdup(file);
    const tide_function *function = &names->functions.at[at->function];
    return tide_xstrdup(function->has_name ? tide_strings_get(&names->strings, function->module) : "");
}
