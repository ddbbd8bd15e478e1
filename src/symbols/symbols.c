#include "symbols/symbols.h"
#include "symbols/debugfile.h"
#include "symbols/dwarf.h"
#include "symbols/elf.h"
#include "symbols/symtab.h"

enum { CODES_PER_PROGRESS = 1024 };

struct wanted { /* one code, to be sorted so that each module is opened once and walked in order */
    uint32_t module, code;
    uint64_t address;
};
typedef TIDE_VEC(struct wanted) wanted_codes;

struct resolver {
    tide_symbols *symbols;
    const tide_heap *heap;
    const tide_symbols_options *options;
    tide_debugfile_places places;
    size_t known_count; /* codes that an earlier call has seen */
    wanted_codes codes;
    size_t done_count;
};

struct source { /* all that is known of one module */
    tide_elf file, debug;
    tide_dwarf *dwarf; /* from one of the two; NULL: none */
    tide_symtab symtab;
    bool has_symtab, is_symtab_open;
    const char *latest_symbol; /* codes come by address, so that many in a row have one name */
    uint32_t latest_name;      /* its string */
};

/* The program's own full table is best; .dynsym, which has exported functions only, is what stripping leaves. */
static bool open_symtab(struct source *source) {
    if (source->is_symtab_open)
        return source->has_symtab;
    source->is_symtab_open = true;
    const struct {
        Elf *elf;
        uint32_t type;
    } tables[] = {
        {source->file.elf, SHT_SYMTAB}, {source->debug.elf, SHT_SYMTAB}, {source->file.elf, SHT_DYNSYM}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables && !source->has_symtab; i++)
        source->has_symtab =
            tables[i].elf && tide_symtab_open(&source->symtab, tables[i].elf, tables[i].type);
    return source->has_symtab;
}

static void open_source(struct source *source, const struct resolver *resolver, const tide_module *module) {
    *source = (struct source){0};
    tide_build_id id = {module->build_id, module->build_id_bytes};
    const char *path = tide_strings_get(&resolver->heap->strings, module->path);
    /* Others have no path: "[vdso]", what was deleted while it ran. */
    if (*path == '/' && !tide_elf_open(&source->file, path) &&
        !tide_elf_is_build(&source->file, id.bytes, id.count))
        tide_elf_close(&source->file);
    if (source->file.elf)
        source->dwarf = tide_dwarf_open(&source->file, &resolver->places);
    bool is_installed;
    if (source->dwarf ||
        tide_debugfile_open(&source->debug, id, &source->file, &resolver->places, &is_installed))
        return;
    bool has_names = tide_symtab_exists(source->debug.elf, SHT_SYMTAB);
    if (!(resolver->options->defers_installed && is_installed && has_names))
        source->dwarf = tide_dwarf_open(&source->debug, &resolver->places);
}

static void close_source(struct source *source) {
    tide_dwarf_close(source->dwarf);
    tide_symtab_close(&source->symtab);
    tide_elf_close(&source->debug);
    tide_elf_close(&source->file);
}

/* C libraries name functions for themselves and export them by other names: DWARF says __strdup, callers say strdup.
 * The symbol table has both, and prefers the latter. (_Z and _R begin C++'s and Rust's names.) */
static bool is_private_name(const char *name) {
    return name[0] == '_' && name[1] != 'Z' && name[1] != 'R';
}

/* The symbol's name for `dwarf_name` (0: none), which is what remains where the table has nothing better: clones
 * ("parse.isra.0") and their cold parts are their function to DWARF. */
static uint32_t name_by_symtab(tide_strings *strings, struct source *source, uint64_t address,
                               uint32_t dwarf_name) {
    const char *known = tide_strings_get(strings, dwarf_name);
    if ((*known && !is_private_name(known)) || !open_symtab(source))
        return dwarf_name;
    size_t length_bytes;
    const char *name = tide_symtab_find(&source->symtab, address, &length_bytes);
    if (!name || (dwarf_name && memchr(name, '.', length_bytes)))
        return dwarf_name;
    if (name != source->latest_symbol) {
        source->latest_symbol = name;
        source->latest_name = tide_strings_add_n(strings, name, length_bytes);
    }
    return source->latest_name;
}

static void resolve_code(tide_symbols *symbols, struct source *source, const struct wanted *wanted) {
    uint64_t address = wanted->address - 1; /* the call, not what it returns to, which may be another line */
    uint32_t first = (uint32_t)symbols->frames.count;
    uint32_t count = source->dwarf ? tide_dwarf_add_frames(source->dwarf, address, symbols) : 0;
    uint32_t dwarf_name = count ? symbols->frames.at[first + count - 1].function : 0;
    uint32_t name = name_by_symtab(&symbols->strings, source, address, dwarf_name);
    if (!count && name) {
        tide_vec_push(&symbols->frames);
        count = 1;
    }
    if (count)
        symbols->frames.at[first + count - 1].function = name;
    symbols->of_code.at[wanted->code] = (struct tide_frame_range){first, count};
}

static void report_progress(struct resolver *resolver) {
    if (resolver->options->progress)
        resolver->options->progress(resolver->options->progress_arg, resolver->done_count,
                                    resolver->codes.count);
}

/* All codes, or only those that are new. */
static void resolve_codes(struct resolver *resolver, struct source *source, const struct wanted *codes,
                          size_t count, bool all) {
    for (size_t i = 0; i < count; i++) {
        if (all || codes[i].code >= resolver->known_count)
            resolve_code(resolver->symbols, source, &codes[i]);
        if (++resolver->done_count % CODES_PER_PROGRESS == 0)
            report_progress(resolver);
    }
}

static void resolve_module(struct resolver *resolver, const struct wanted *codes, size_t count) {
    const tide_module *module = &resolver->heap->modules.at[codes->module];
    uint8_t *state = &resolver->symbols->module_state.at[codes->module];
    bool has_new = false;
    for (size_t i = 0; i < count && !has_new; i++)
        has_new = codes[i].code >= resolver->known_count;
    enum tide_module_state best =
        resolver->options->defers_installed ? TIDE_SYMBOLS_NAMES : TIDE_SYMBOLS_LINES;
    if (!has_new && (*state >= best || (*state && !module->build_id_bytes)))
        return;
    struct source source;
    open_source(&source, resolver, module);
    enum tide_module_state found = TIDE_SYMBOLS_NONE;
    if (source.dwarf)
        found = TIDE_SYMBOLS_LINES;
    else if ((has_new || *state < TIDE_SYMBOLS_NAMES) && open_symtab(&source))
        found = TIDE_SYMBOLS_NAMES;
    bool is_better = found > *state;
    if (found != TIDE_SYMBOLS_NONE)
        resolve_codes(resolver, &source, codes, count, is_better);
    if (is_better)
        *state = (uint8_t)found;
    close_source(&source);
}

static int by_module_and_address(const void *left, const void *right) {
    const struct wanted *a = left, *b = right;
    if (a->module != b->module)
        return a->module < b->module ? -1 : 1;
    return (a->address > b->address) - (a->address < b->address);
}

static wanted_codes collect_codes(const tide_heap *heap) {
    wanted_codes codes = {0};
    for (size_t i = 0; i < heap->codes.count; i++) {
        const tide_code *code = &heap->codes.at[i];
        if (code->module < heap->modules.count)
            *tide_vec_push(&codes) = (struct wanted){code->module, (uint32_t)i, code->address};
    }
    if (codes.count)
        qsort(codes.at, codes.count, sizeof *codes.at, by_module_and_address);
    return codes;
}

void tide_symbols_resolve(tide_symbols *symbols, const tide_heap *heap, const tide_symbols_options *options) {
    struct resolver resolver = {
        .symbols = symbols,
        .heap = heap,
        .options = options,
        .places = {options->debug_root ? options->debug_root : "/usr/lib/debug", options->debuginfod},
        .known_count = symbols->of_code.count,
        .codes = collect_codes(heap),
    };
    if (heap->codes.count > symbols->of_code.count)
        tide_vec_extend(&symbols->of_code, heap->codes.count - symbols->of_code.count);
    if (heap->modules.count > symbols->module_state.count)
        tide_vec_extend(&symbols->module_state, heap->modules.count - symbols->module_state.count);
    const wanted_codes *codes = &resolver.codes;
    for (size_t first = 0, next; first < codes->count; first = next) {
        next = first + 1;
        while (next < codes->count && codes->at[next].module == codes->at[first].module)
            next++;
        resolve_module(&resolver, &codes->at[first], next - first);
        resolver.done_count = next;
    }
    report_progress(&resolver);
    tide_vec_free(&resolver.codes);
}

void tide_symbols_free(tide_symbols *symbols) {
    tide_strings_free(&symbols->strings);
    tide_vec_free(&symbols->frames);
    tide_vec_free(&symbols->of_code);
    tide_vec_free(&symbols->module_state);
}
