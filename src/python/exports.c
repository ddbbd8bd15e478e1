#include "python/exports.h"
#include <stdint.h>
#include <string.h>

/* DT_GNU_HASH: header, bloom filter of 64-bit words, buckets, chains. A chain's last word has bit 0 set. */
struct gnu_hash {
    uint32_t bucket_count, first_symbol, bloom_words, bloom_shift;
    uint64_t bloom[];
};

struct tables {
    const struct gnu_hash *hash;
    const Elf64_Sym *symbols;
    const char *names;
};

static uint32_t hash_of(const char *name) {
    uint32_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (uint8_t)*name;
    return hash;
}

/* ld.so has made these addresses absolute, except in the kernel's own library. */
static struct tables tables_of(const struct link_map *library) {
    struct tables tables = {0};
    for (const Elf64_Dyn *entry = library->l_ld; entry && entry->d_tag != DT_NULL; entry++) {
        const void *at = (const void *)entry->d_un.d_ptr;
        if (entry->d_un.d_ptr < library->l_addr)
            continue;
        if (entry->d_tag == DT_GNU_HASH)
            tables.hash = at;
        else if (entry->d_tag == DT_SYMTAB)
            tables.symbols = at;
        else if (entry->d_tag == DT_STRTAB)
            tables.names = at;
    }
    return tables;
}

void *tide_exports_find(const struct link_map *library, const char *symbol) {
    struct tables tables = tables_of(library);
    if (!tables.hash || !tables.symbols || !tables.names || !tables.hash->bucket_count)
        return NULL;
    uint32_t hash = hash_of(symbol), first = tables.hash->first_symbol;
    const uint32_t *buckets = (const uint32_t *)&tables.hash->bloom[tables.hash->bloom_words];
    const uint32_t *chain = buckets + tables.hash->bucket_count;
    uint32_t index = buckets[hash % tables.hash->bucket_count];
    if (index < first)
        return NULL;
    for (;; index++) {
        const Elf64_Sym *found = &tables.symbols[index];
        if ((chain[index - first] | 1) == (hash | 1) && found->st_shndx != SHN_UNDEF &&
            !strcmp(tables.names + found->st_name, symbol))
            return (void *)(library->l_addr + found->st_value);
        if (chain[index - first] & 1)
            return NULL;
    }
}
