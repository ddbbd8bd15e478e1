#include "symbols/statics.h"
#include "symbols/debugfile.h"
#include "symbols/statics_parts.h"
#include <errno.h>
#include <gelf.h>
#include <string.h>

const char *tide_static_kind_name(tide_static_kind kind) {
    static const char *const names[] = {
        [TIDE_STATIC_TEXT] = "text",   [TIDE_STATIC_CONSTANTS] = "constants",
        [TIDE_STATIC_RELRO] = "relro", [TIDE_STATIC_DATA] = "data",
        [TIDE_STATIC_BSS] = "bss",     [TIDE_STATIC_TLS] = "tls",
    };
    return names[kind];
}

/* ---- sections */

struct segment {
    uint64_t start, end;
};

static struct segment find_relro(Elf *elf) {
    size_t count = 0;
    GElf_Phdr header;
    elf_getphdrnum(elf, &count);
    for (size_t i = 0; i < count; i++)
        if (gelf_getphdr(elf, (int)i, &header) && header.p_type == PT_GNU_RELRO)
            return (struct segment){header.p_vaddr, header.p_vaddr + header.p_memsz};
    return (struct segment){0};
}

static tide_static_kind kind_of(const GElf_Shdr *section, struct segment relro) {
    if (section->sh_flags & SHF_TLS)
        return TIDE_STATIC_TLS;
    if (section->sh_flags & SHF_EXECINSTR)
        return TIDE_STATIC_TEXT;
    if (!(section->sh_flags & SHF_WRITE))
        return TIDE_STATIC_CONSTANTS;
    if (section->sh_addr >= relro.start && section->sh_addr + section->sh_size <= relro.end)
        return TIDE_STATIC_RELRO;
    return section->sh_type == SHT_NOBITS ? TIDE_STATIC_BSS : TIDE_STATIC_DATA;
}

static void read_sections(tide_statics *statics, Elf *elf) {
    struct segment relro = find_relro(elf);
    size_t names = 0;
    GElf_Shdr header;
    elf_getshdrstrndx(elf, &names);
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_ALLOC) || !header.sh_size)
            continue;
        const char *name = elf_strptr(elf, names, header.sh_name);
        tide_static_kind kind = kind_of(&header, relro);
        *tide_vec_push(&statics->sections) =
            (tide_static_section){.name = tide_strings_add(&statics->strings, name ? name : ""),
                                  .kind = kind,
                                  .start = header.sh_addr,
                                  .bytes = header.sh_size};
        statics->bytes[kind] += header.sh_size;
    }
}

/* ---- the file, and where its details are */

static int open_debug(tide_elf *debug, const tide_elf *file) {
    tide_debugfile_places places = {.root = "/usr/lib/debug"};
    bool is_installed;
    return tide_debugfile_open(debug, (tide_build_id){file->build_id, file->build_id_bytes}, file, &places,
                               &is_installed);
}

static bool has_section(const tide_elf *file, const char *name) {
    return tide_elf_section(file, name) != NULL;
}

static void read_details(tide_statics *statics, const tide_elf *file) {
    tide_elf debug = {0};
    bool has_debug = !has_section(file, ".debug_info") && open_debug(&debug, file) == 0;
    const tide_elf *details = has_debug ? &debug : file;
    const tide_elf *names = has_section(file, ".symtab") || !has_debug ? file : details;
    tide_statics_read_variables(statics, names);
    tide_statics_read_dwarf(statics, details);
    tide_statics_read_frames(statics, file, names);
    tide_elf_close(&debug);
}

int tide_statics_read(tide_statics *ret, const char *path, bool with_details, tide_err *err) {
    tide_elf file;
    int code = tide_elf_open(&file, path);
    if (code == -EBADMSG)
        return tide_fail(err, code, "%s is no ELF file", path);
    errno = -code;
    if (code)
        return tide_fail(err, code, "cannot read %s: %m", path);
    tide_strings_add(&ret->strings, "");
    read_sections(ret, file.elf);
    if (with_details)
        read_details(ret, &file);
    tide_elf_close(&file);
    return ret->sections.count ? 0
                               : tide_fail(err, -EBADMSG, "nothing of %s would be loaded into memory", path);
}

void tide_statics_free(tide_statics *statics) {
    tide_strings_free(&statics->strings);
    tide_vec_free(&statics->sections);
    tide_vec_free(&statics->variables);
    tide_vec_free(&statics->units);
    tide_vec_free(&statics->frames);
    *statics = (tide_statics){0};
}
