#include "launch/elf_facts.h"
#include "symbols/elf.h"
#include <errno.h>
#include <gelf.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

typedef struct mark { /* a name that tells whose code is in the file */
    const char *name, *meaning;
} mark;

static const mark sanitizer_symbols[] = {
    {"__asan_init", "AddressSanitizer"}, {"__hwasan_init", "HWAddressSanitizer"},
    {"__tsan_init", "ThreadSanitizer"},  {"__msan_init", "MemorySanitizer"},
    {"__lsan_init", "LeakSanitizer"},    {NULL, NULL},
};
static const mark allocator_symbols[] = {
    {"mallctl", "jemalloc"},
    {"tc_malloc", "tcmalloc"},
    {"mi_malloc", "mimalloc"},
    {NULL, NULL},
};

static const char *find_mark(const mark *marks, const char *name) {
    for (; marks->name; marks++)
        if (*marks->name == *name && strcmp(marks->name, name) == 0) /* of 30,000 names few get beyond that */
            return marks->meaning;
    return NULL;
}

static void read_interpreter(tide_elf_facts *facts, Elf *elf, int fd) {
    size_t count;
    if (elf_getphdrnum(elf, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_INTERP)
            continue;
        size_t room = sizeof facts->interpreter - 1;
        ssize_t length = pread(fd, facts->interpreter, header.p_filesz < room ? header.p_filesz : room,
                               (off_t)header.p_offset);
        facts->interpreter[length < 0 ? 0 : length] = 0;
    }
}

static void read_dynamic(tide_elf_facts *facts, Elf *elf, Elf_Scn *section, const GElf_Shdr *header) {
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Dyn entry;
    for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
        if (entry.d_tag != DT_NEEDED && entry.d_tag != DT_SONAME)
            continue;
        const char *name = elf_strptr(elf, header->sh_link, entry.d_un.d_val);
        if (!name)
            continue;
        if (entry.d_tag == DT_SONAME)
            facts->is_loader |= strncmp(name, "ld-linux", 8) == 0;
        else
            facts->needs_libc |= strcmp(name, "libc.so.6") == 0;
    }
}

/* A symbol counts when other files' calls, or the executable's own, would go to it rather than to a library. A
 * sanitizer's entry also counts when it is only called: its library is then loaded first of all. */
static void read_symbols(tide_elf_facts *facts, Elf *elf, Elf_Scn *section, const GElf_Shdr *header) {
    size_t names_bytes;
    const char *names = tide_elf_strings(elf, header->sh_link, &names_bytes);
    Elf_Data *data = elf_getdata(section, NULL);
    const Elf64_Sym *symbols = names && data ? data->d_buf : NULL;
    size_t count = symbols ? data->d_size / sizeof *symbols : 0;
    for (size_t i = 1; i < count; i++) {
        const Elf64_Sym *symbol = &symbols[i];
        if (symbol->st_name >= names_bytes || ELF64_ST_BIND(symbol->st_info) == STB_LOCAL)
            continue;
        const char *name = names + symbol->st_name;
        unsigned type = ELF64_ST_TYPE(symbol->st_info);
        if (!facts->sanitizer)
            facts->sanitizer = find_mark(sanitizer_symbols, name);
        if (symbol->st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_GNU_IFUNC))
            continue;
        facts->defines_malloc |= strcmp(name, "malloc") == 0;
        if (!facts->allocator)
            facts->allocator = find_mark(allocator_symbols, name);
    }
}

static void read_sections(tide_elf_facts *facts, Elf *elf) {
    size_t names;
    if (elf_getshdrstrndx(elf, &names))
        return;
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header))
            continue;
        const char *name = elf_strptr(elf, names, header.sh_name);
        facts->is_go |= name && (strcmp(name, ".go.buildinfo") == 0 || strcmp(name, ".note.go.buildid") == 0);
        if (header.sh_type == SHT_DYNAMIC)
            read_dynamic(facts, elf, section, &header);
        if (gelf_getclass(elf) == ELFCLASS64 &&
            (header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB))
            read_symbols(facts, elf, section, &header);
    }
}

int tide_elf_facts_read(tide_elf_facts *ret, int fd) {
    *ret = (tide_elf_facts){0};
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    GElf_Ehdr header;
    if (!elf || !gelf_getehdr(elf, &header)) {
        elf_end(elf);
        return -EBADMSG;
    }
    ret->is_32_bit = header.e_ident[EI_CLASS] == ELFCLASS32 &&
                     (header.e_machine == EM_386 || header.e_machine == EM_X86_64);
    ret->is_other_machine = header.e_machine != EM_X86_64 && !ret->is_32_bit;
    read_interpreter(ret, elf, fd);
    read_sections(ret, elf);
    elf_end(elf);
    return 0;
}
