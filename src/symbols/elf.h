/* elf: one ELF file and its identity. Files come and go while programs run: the build-id tells whether what is on
 * disk now is what was loaded then. */
#pragma once
#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tide_elf {
    Elf *elf; /* owned; NULL: not open. Reads the file through a private mapping */
    int fd;
    const uint8_t *build_id; /* borrowed from elf */
    size_t build_id_bytes;   /* 0: it has none */
} tide_elf;

int tide_elf_open(tide_elf *file, const char *path); /* 0 or -errno; -EBADMSG: no ELF file */
int tide_elf_open_fd(tide_elf *file, int fd);        /* takes `fd`, also when it fails */
void tide_elf_close(tide_elf *file);                 /* a zeroed or closed one is fine */

/* Is it the build `id`? Ids are compared over the `id_bytes` that were kept of them; 0 asks for a file without id. */
bool tide_elf_is_build(const tide_elf *file, const uint8_t *id, size_t id_bytes);
/* The first section called `name`, with its contents in the file; NULL when there is none. */
Elf_Scn *tide_elf_section(const tide_elf *file, const char *name);
/* A string table, borrowed from `elf`, and its bytes up to the last NUL; NULL: none. For many names at once: elf_strptr
 * takes a lock for each. */
const char *tide_elf_strings(Elf *elf, size_t section, size_t *ret_bytes);
