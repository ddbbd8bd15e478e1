#include "symbols/symtab.h"
#include <gelf.h>
#include <string.h>

struct symbol {
    uint64_t start, end; /* end 0: not said */
    uint64_t section_end;
    const char *name; /* borrowed from the file's string table */
    uint32_t name_offset;
    uint8_t rank; /* the lower the better */
};
typedef TIDE_VEC(struct symbol) symbols;

struct text_section { /* by section index; end 0: holds no code */
    uint64_t start, end;
};
typedef TIDE_VEC(struct text_section) text_sections;

static text_sections find_text(Elf *elf) {
    text_sections sections = {0};
    tide_vec_push(&sections); /* SHN_UNDEF */
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        struct text_section *text = tide_vec_push(&sections);
        if (gelf_getshdr(section, &header) && header.sh_flags & SHF_EXECINSTR)
            *text = (struct text_section){header.sh_addr, header.sh_addr + header.sh_size};
    }
    return sections;
}

static uint8_t rank_of(const GElf_Sym *symbol) {
    bool is_function = GELF_ST_TYPE(symbol->st_info) != STT_NOTYPE;
    bool is_local = GELF_ST_BIND(symbol->st_info) == STB_LOCAL;
    return (uint8_t)((symbol->st_size ? 0 : 4) + (is_function ? 0 : 2) + is_local);
}

/* Functions, and the untyped labels of assembly; names that start with `$` mark kinds of code on some machines. */
static bool is_code(const GElf_Sym *symbol, const text_sections *sections, const char *name) {
    unsigned type = GELF_ST_TYPE(symbol->st_info);
    if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
        return false;
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= sections->count || !name || !*name ||
        *name == '$')
        return false;
    const struct text_section *section = &sections->at[symbol->st_shndx];
    return symbol->st_value >= section->start && symbol->st_value < section->end;
}

static symbols read_symbols(tide_symtab *symtab, Elf_Data *data, size_t count) {
    symbols all = {0};
    text_sections sections = find_text(symtab->elf);
    for (size_t i = 1; i < count; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol))
            break;
        const char *name = elf_strptr(symtab->elf, symtab->names, symbol.st_name);
        if (!is_code(&symbol, &sections, name))
            continue;
        uint64_t section_end = sections.at[symbol.st_shndx].end;
        uint64_t room_bytes = section_end - symbol.st_value;
        uint64_t size_bytes = symbol.st_size < room_bytes ? symbol.st_size : room_bytes;
        *tide_vec_push(&all) = (struct symbol){
            .start = symbol.st_value,
            .end = size_bytes ? symbol.st_value + size_bytes : 0,
            .section_end = section_end,
            .name = name,
            .name_offset = symbol.st_name,
            .rank = rank_of(&symbol),
        };
    }
    tide_vec_free(&sections);
    return all;
}

static size_t name_length(const char *name) {
    return strcspn(name, "@");
}

static int best_first(const void *left, const void *right) {
    const struct symbol *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    size_t a_length = name_length(a->name), b_length = name_length(b->name);
    if (a_length != b_length)
        return a_length < b_length ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Keeps the first of each address, with the longest reach that any of its aliases has. */
static void drop_aliases(symbols *all) {
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        struct symbol *last = kept ? &all->at[kept - 1] : NULL;
        if (!last || last->start != all->at[i].start)
            all->at[kept++] = all->at[i];
        else if (all->at[i].end > last->end)
            last->end = all->at[i].end;
    }
    all->count = kept;
}

static void add_ranges(tide_ranges *ranges, const symbols *all) {
    uint64_t covered_end = 0; /* a label without size inside a function does not cut it */
    for (size_t i = 0; i < all->count; i++) {
        const struct symbol *symbol = &all->at[i];
        uint64_t end = symbol->end;
        if (end) {
            covered_end = end > covered_end ? end : covered_end;
        } else if (symbol->start >= covered_end) {
            end = symbol->section_end;
            if (i + 1 < all->count && symbol[1].start < end)
                end = symbol[1].start;
        }
        tide_ranges_add(ranges, symbol->start, end, symbol->name_offset);
    }
}

bool tide_symtab_open(tide_symtab *symtab, Elf *elf, uint32_t type) {
    *symtab = (tide_symtab){.elf = elf};
    GElf_Shdr header;
    Elf_Scn *section = NULL;
    do {
        section = elf_nextscn(elf, section);
        if (!section)
            return false;
    } while (!gelf_getshdr(section, &header) || header.sh_type != type);
    Elf_Data *data = elf_getdata(section, NULL);
    if (!data || !header.sh_entsize)
        return false;
    symtab->names = header.sh_link;
    symbols all = read_symbols(symtab, data, data->d_size / header.sh_entsize);
    if (all.count)
        qsort(all.at, all.count, sizeof *all.at, best_first);
    drop_aliases(&all);
    add_ranges(&symtab->ranges, &all);
    tide_vec_free(&all);
    tide_ranges_flatten(&symtab->ranges);
    return symtab->ranges.count > 0;
}

void tide_symtab_close(tide_symtab *symtab) {
    tide_vec_free(&symtab->ranges);
    *symtab = (tide_symtab){0};
}

const char *tide_symtab_find(const tide_symtab *symtab, uint64_t address, size_t *ret_length_bytes) {
    const tide_range *range = tide_ranges_find(&symtab->ranges, address);
    const char *name = range ? elf_strptr(symtab->elf, symtab->names, range->value) : NULL;
    *ret_length_bytes = name ? name_length(name) : 0;
    return name;
}
