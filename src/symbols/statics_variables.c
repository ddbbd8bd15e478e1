#include "symbols/statics_parts.h"
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

static bool each_of(tide_statics *statics, const tide_elf *names, uint32_t type, tide_statics_symbol *each,
                    void *arg) {
    GElf_Shdr header;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(names->elf, section));) {
        if (!gelf_getshdr(section, &header) || header.sh_type != type)
            continue;
        size_t text_bytes;
        const char *text = tide_elf_strings(names->elf, header.sh_link, &text_bytes);
        Elf_Data *data = elf_getdata(section, NULL);
        const Elf64_Sym *symbols = text && data ? data->d_buf : NULL;
        for (size_t i = 1; symbols && i < data->d_size / sizeof *symbols; i++)
            if (symbols[i].st_name < text_bytes && symbols[i].st_shndx != SHN_UNDEF)
                each(statics, &symbols[i], text + symbols[i].st_name, arg);
        return symbols != NULL;
    }
    return false;
}

bool tide_statics_each_symbol(tide_statics *statics, const tide_elf *names, tide_statics_symbol *each,
                              void *arg) {
    return each_of(statics, names, SHT_SYMTAB, each, arg) || each_of(statics, names, SHT_DYNSYM, each, arg);
}

/* A TLS variable's address is its offset in the segment. */
static bool find_section(const tide_statics *statics, const Elf64_Sym *symbol, uint32_t *ret) {
    bool is_tls = ELF64_ST_TYPE(symbol->st_info) == STT_TLS;
    uint64_t tls_start = UINT64_MAX;
    for (size_t i = 0; is_tls && i < statics->sections.count; i++)
        if (statics->sections.at[i].kind == TIDE_STATIC_TLS && statics->sections.at[i].start < tls_start)
            tls_start = statics->sections.at[i].start;
    uint64_t address = symbol->st_value + (is_tls ? tls_start : 0);
    for (size_t i = 0; i < statics->sections.count; i++) {
        const tide_static_section *section = &statics->sections.at[i];
        if (address >= section->start && address < section->start + section->bytes &&
            (section->kind == TIDE_STATIC_TLS) == is_tls) {
            *ret = (uint32_t)i;
            return true;
        }
    }
    return false;
}

static void take(tide_statics *statics, const Elf64_Sym *symbol, const char *name, void *arg) {
    (void)arg;
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    uint32_t section;
    if ((type == STT_OBJECT || type == STT_TLS || type == STT_COMMON) && symbol->st_size &&
        find_section(statics, symbol, &section))
        *tide_vec_push(&statics->variables) =
            (tide_static_variable){.name = tide_strings_add(&statics->strings, name),
                                   .section = section,
                                   .address = symbol->st_value,
                                   .bytes = symbol->st_size};
}

static int by_place(const void *left, const void *right) {
    const tide_static_variable *a = left, *b = right;
    if (a->section != b->section)
        return a->section < b->section ? -1 : 1;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return (a->bytes < b->bytes) - (a->bytes > b->bytes);
}

static int by_bytes(const void *left, const void *right) {
    const tide_static_variable *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? 1 : -1;
    return by_place(left, right);
}

/* Two names for one variable count once, as do variables within one another. */
static void drop_aliases(tide_statics *statics) {
    size_t kept = 0;
    for (size_t i = 0; i < statics->variables.count; i++) {
        const tide_static_variable *variable = &statics->variables.at[i];
        const tide_static_variable *last = kept ? &statics->variables.at[kept - 1] : NULL;
        if (last && last->section == variable->section && variable->address < last->address + last->bytes)
            continue;
        statics->sections.at[variable->section].variables_bytes += variable->bytes;
        statics->variables.at[kept++] = *variable;
    }
    statics->variables.count = kept;
}

void tide_statics_read_variables(tide_statics *statics, const tide_elf *names) {
    statics->has_symbols = tide_statics_each_symbol(statics, names, take, NULL);
    if (!statics->variables.count)
        return;
    qsort(statics->variables.at, statics->variables.count, sizeof *statics->variables.at, by_place);
    drop_aliases(statics);
    qsort(statics->variables.at, statics->variables.count, sizeof *statics->variables.at, by_bytes);
}
