#include "symbols/dwarf.h"
#include "symbols/debugfile.h"
#include "symbols/dwarf_name.h"
#include "symbols/dwarf_unit.h"
#include <dwarf.h>
#include <string.h>

struct tide_dwarf {
    Dwarf *dwarf;
    tide_elf alt_file; /* what dwz shares between files; not open when there is none */
    Dwarf *alt;
    TIDE_VEC(tide_dwarf_unit) units;
    tide_ranges ranges; /* value: unit */
    /* libdw's pointers stay the same while it is open, so what was interned once is found by them. */
    tide_map name_by_die, file_by_path;
};

static void open_alt(tide_dwarf *dwarf, const tide_elf *file, const tide_debugfile_places *places) {
    if (tide_debugfile_open_alt(&dwarf->alt_file, dwarf->dwarf, file, places))
        return;
    dwarf->alt = dwarf_begin_elf(dwarf->alt_file.elf, DWARF_C_READ, NULL);
    if (dwarf->alt)
        dwarf_setalt(dwarf->dwarf, dwarf->alt);
}

static void find_units(tide_dwarf *dwarf) {
    Dwarf_CU *unit = NULL;
    Dwarf_Die die, split_die;
    while (!dwarf_get_units(dwarf->dwarf, unit, &unit, NULL, NULL, &die, &split_die)) {
        if (!tide_dwarf_add_ranges(&dwarf->ranges, &die, (uint32_t)dwarf->units.count))
            continue;
        bool is_split = dwarf_tag(&split_die) == DW_TAG_compile_unit;
        *tide_vec_push(&dwarf->units) =
            (tide_dwarf_unit){.die = die, .split_die = is_split ? split_die : die};
    }
    tide_ranges_flatten(&dwarf->ranges);
}

tide_dwarf *tide_dwarf_open(const tide_elf *file, const tide_debugfile_places *places) {
    Dwarf *handle = dwarf_begin_elf(file->elf, DWARF_C_READ, NULL);
    if (!handle)
        return NULL;
    tide_dwarf *dwarf = tide_xcalloc(1, sizeof *dwarf);
    dwarf->dwarf = handle;
    open_alt(dwarf, file, places);
    find_units(dwarf);
    if (dwarf->units.count)
        return dwarf;
    tide_dwarf_close(dwarf);
    return NULL;
}

void tide_dwarf_close(tide_dwarf *dwarf) {
    if (!dwarf)
        return;
    for (size_t i = 0; i < dwarf->units.count; i++)
        tide_dwarf_unit_free(&dwarf->units.at[i]);
    tide_vec_free(&dwarf->units);
    tide_vec_free(&dwarf->ranges);
    tide_map_free(&dwarf->name_by_die);
    tide_map_free(&dwarf->file_by_path);
    dwarf_end(dwarf->dwarf);
    dwarf_end(dwarf->alt);
    tide_elf_close(&dwarf->alt_file);
    free(dwarf);
}

static const char *directory_of(tide_dwarf_unit *unit) {
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr(&unit->die, DW_AT_comp_dir, &attribute));
}

/* Paths are relative to where the compiler ran. Where that was hidden ("./src"), they stay as they are.
 * libdw calls a file that the table does not have "???". */
static uint32_t add_file(tide_dwarf *dwarf, tide_dwarf_unit *unit, const char *path, tide_strings *strings) {
    uint32_t index;
    if (!path || !strcmp(path, "???"))
        return 0;
    if (tide_map_get(&dwarf->file_by_path, (uintptr_t)path, &index))
        return index;
    const char *directory = *path == '/' ? NULL : directory_of(unit);
    if (directory && *directory == '/') {
        char *whole_path = tide_xasprintf("%s/%s", directory, path);
        index = tide_strings_add(strings, whole_path);
        free(whole_path);
    } else {
        index = tide_strings_add(strings, path);
    }
    tide_map_set(&dwarf->file_by_path, (uintptr_t)path, index);
    return index;
}

static tide_frame line_at(tide_dwarf *dwarf, tide_dwarf_unit *unit, uint64_t address, tide_strings *strings) {
    tide_frame place = {0};
    Dwarf_Line *line = dwarf_getsrc_die(&unit->die, address);
    int number;
    if (line && !dwarf_lineno(line, &number) &&
        number >= 0) { /* 0: code that belongs to no line of the file */
        place.file = add_file(dwarf, unit, dwarf_linesrc(line, NULL, NULL), strings);
        place.line = (uint32_t)number;
    }
    return place;
}

static Dwarf_Word number_attribute(Dwarf_Die *die, unsigned name) {
    Dwarf_Attribute attribute;
    Dwarf_Word value;
    return dwarf_attr(die, name, &attribute) && !dwarf_formudata(&attribute, &value) ? value : 0;
}

static void resolve_scope(tide_dwarf *dwarf, tide_dwarf_unit *unit, tide_dwarf_scope *scope,
                          tide_strings *strings) {
    if (scope->is_resolved)
        return;
    scope->is_resolved = true;
    scope->function = tide_dwarf_name(scope->die, strings, &dwarf->name_by_die);
    Dwarf_Files *files;
    Dwarf_Word file = number_attribute(&scope->die, DW_AT_call_file);
    if (scope->caller != TIDE_NONE && !dwarf_getsrcfiles(&unit->split_die, &files, NULL)) {
        scope->call_file = add_file(dwarf, unit, dwarf_filesrc(files, file, NULL, NULL), strings);
        scope->call_line = (uint32_t)number_attribute(&scope->die, DW_AT_call_line);
    }
}

uint32_t tide_dwarf_add_frames(tide_dwarf *dwarf, uint64_t address, tide_symbols *symbols) {
    const tide_range *in_unit = tide_ranges_find(&dwarf->ranges, address);
    if (!in_unit)
        return 0;
    tide_dwarf_unit *unit = &dwarf->units.at[in_unit->value];
    tide_dwarf_unit_walk(unit);
    tide_frame frame = line_at(dwarf, unit, address, &symbols->strings);
    const tide_range *range = tide_ranges_find(&unit->ranges, address);
    uint32_t count = 0, next = range ? range->value : TIDE_NONE;
    while (next != TIDE_NONE) {
        tide_dwarf_scope *scope = &unit->scopes.at[next];
        resolve_scope(dwarf, unit, scope, &symbols->strings);
        frame.function = scope->function;
        *tide_vec_push(&symbols->frames) = frame;
        count++;
        frame = (tide_frame){.file = scope->call_file, .line = scope->call_line};
        next = scope->caller;
    }
    if (!count && frame.file) { /* lines without functions: assembly */
        *tide_vec_push(&symbols->frames) = frame;
        count = 1;
    }
    return count;
}
