#include "symbols/symtab.h"
#include <gelf.h>
#include <string.h>

enum { DIGIT_BITS = 11 };

struct symbol {
    uint64_t start, end; /* end 0: not said */
    uint32_t name;       /* offset in the string table */
    uint16_t section;
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

static uint8_t rank_of(const Elf64_Sym *symbol) {
    bool is_function = ELF64_ST_TYPE(symbol->st_info) != STT_NOTYPE;
    bool is_local = ELF64_ST_BIND(symbol->st_info) == STB_LOCAL;
    return (uint8_t)((symbol->st_size ? 0 : 4) + (is_function ? 0 : 2) + is_local);
}

/* Functions, and the untyped labels of assembly; names that start with `$` mark kinds of code on some machines. */
static bool is_code(const tide_symtab *symtab, const Elf64_Sym *symbol, const text_sections *sections) {
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
        return false;
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= sections->count ||
        symbol->st_name >= symtab->names_bytes)
        return false;
    const char *name = symtab->names + symbol->st_name;
    const struct text_section *section = &sections->at[symbol->st_shndx];
    return *name && *name != '$' && symbol->st_value >= section->start && symbol->st_value < section->end;
}

/* Read from the table itself: libelf's functions for one symbol take a lock each, and libLLVM has 100,000. */
static symbols read_symbols(const tide_symtab *symtab, const Elf64_Sym *table, size_t count,
                            const text_sections *sections) {
    symbols all = {0};
    for (size_t i = 1; i < count; i++) {
        const Elf64_Sym *symbol = &table[i];
        if (!is_code(symtab, symbol, sections))
            continue;
        uint64_t room_bytes = sections->at[symbol->st_shndx].end - symbol->st_value;
        uint64_t size_bytes = symbol->st_size < room_bytes ? symbol->st_size : room_bytes;
        *tide_vec_push(&all) = (struct symbol){
            .start = symbol->st_value,
            .end = size_bytes ? symbol->st_value + size_bytes : 0,
            .name = symbol->st_name,
            .section = symbol->st_shndx,
            .rank = rank_of(symbol),
        };
    }
    return all;
}

static size_t digit_of(const struct symbol *symbol, unsigned shift) {
    return symbol->start >> shift & ((1 << DIGIT_BITS) - 1);
}

static size_t name_length(const char *name) {
    return strcspn(name, "@");
}

/* By start, digit by digit from the lowest (radix sort): comparing took most of the time in libLLVM's 100,000. */
static void sort_by_start(symbols *all) {
    symbols spare = {0};
    uint64_t bits = 0;
    (void)tide_vec_extend(&spare, all->count);
    for (size_t i = 0; i < all->count; i++)
        bits |= all->at[i].start;
    for (unsigned shift = 0; shift < 64 && bits >> shift; shift += DIGIT_BITS) {
        size_t next[1 << DIGIT_BITS] = {0}; /* where the next one with this digit goes */
        for (size_t i = 0; i < all->count; i++)
            next[digit_of(&all->at[i], shift)]++;
        for (size_t digit = 0, sum = 0; digit < sizeof next / sizeof *next; digit++) {
            size_t count = next[digit];
            next[digit] = sum;
            sum += count;
        }
        for (size_t i = 0; i < all->count; i++)
            spare.at[next[digit_of(&all->at[i], shift)]++] = all->at[i];
        symbols sorted = spare;
        spare = *all;
        *all = sorted;
    }
    tide_vec_free(&spare);
}

static bool is_better(const tide_symtab *symtab, const struct symbol *a, const struct symbol *b) {
    if (a->rank != b->rank)
        return a->rank < b->rank;
    const char *a_name = symtab->names + a->name, *b_name = symtab->names + b->name;
    size_t a_length = name_length(a_name), b_length = name_length(b_name);
    return a_length != b_length ? a_length < b_length : strcmp(a_name, b_name) < 0;
}

/* Keeps the best of each address, with the longest reach that any of its aliases has. */
static void drop_aliases(const tide_symtab *symtab, symbols *all) {
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        struct symbol *last = kept ? &all->at[kept - 1] : NULL, *next = &all->at[i];
        if (!last || last->start != next->start) {
            all->at[kept++] = *next;
            continue;
        }
        uint64_t end = last->end > next->end ? last->end : next->end;
        if (is_better(symtab, next, last))
            *last = *next;
        last->end = end;
    }
    all->count = kept;
}

static void add_ranges(tide_ranges *ranges, const symbols *all, const text_sections *sections) {
    uint64_t covered_end = 0; /* a label without size inside a function does not cut it */
    for (size_t i = 0; i < all->count; i++) {
        const struct symbol *symbol = &all->at[i];
        uint64_t end = symbol->end;
        if (end) {
            covered_end = end > covered_end ? end : covered_end;
        } else if (symbol->start >= covered_end) {
            end = sections->at[symbol->section].end;
            if (i + 1 < all->count && symbol[1].start < end)
                end = symbol[1].start;
        }
        tide_ranges_add(ranges, symbol->start, end, symbol->name);
    }
}

static Elf_Scn *find_table(Elf *elf, uint32_t type, size_t *ret_names) {
    GElf_Shdr header;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));)
        if (gelf_getshdr(section, &header) && header.sh_type == type) {
            *ret_names = header.sh_link;
            return section;
        }
    return NULL;
}

bool tide_symtab_exists(Elf *elf, uint32_t type) {
    size_t names;
    return find_table(elf, type, &names) != NULL;
}

bool tide_symtab_open(tide_symtab *symtab, Elf *elf, uint32_t type) {
    *symtab = (tide_symtab){0};
    size_t names = 0;
    Elf_Scn *table = gelf_getclass(elf) == ELFCLASS64 ? find_table(elf, type, &names) : NULL;
    Elf_Data *data = table ? elf_getdata(table, NULL) : NULL;
    symtab->names = table ? tide_elf_strings(elf, names, &symtab->names_bytes) : NULL;
    if (!data || !data->d_buf || !symtab->names)
        return false;
    text_sections sections = find_text(elf);
    symbols all = read_symbols(symtab, data->d_buf, data->d_size / sizeof(Elf64_Sym), &sections);
    sort_by_start(&all);
    drop_aliases(symtab, &all);
    add_ranges(&symtab->ranges, &all, &sections);
    tide_vec_free(&all);
    tide_vec_free(&sections);
    tide_ranges_flatten(&symtab->ranges);
    return symtab->ranges.count > 0;
}

void tide_symtab_close(tide_symtab *symtab) {
    tide_vec_free(&symtab->ranges);
    *symtab = (tide_symtab){0};
}

const char *tide_symtab_find(const tide_symtab *symtab, uint64_t address, size_t *ret_length_bytes) {
    const tide_range *range = tide_ranges_find(&symtab->ranges, address);
    const char *name = range ? symtab->names + range->value : NULL;
    *ret_length_bytes = name ? name_length(name) : 0;
    return name;
}
