#include "residency/pieces.h"
#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, PROGRAM_HEADERS_MAX = 64 };

static int open_file(const tide_account *account, const tide_proc_mapping *mapping) {
    char *path = tide_xasprintf("/proc/%d/root%s", (int)account->pid,
                                tide_strings_get(&account->mappings.names, mapping->path));
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    free(path);
    return fd;
}

/* How many program headers were read; 0: none, or no ELF file of this machine. */
static size_t read_headers(int fd, Elf64_Phdr headers[PROGRAM_HEADERS_MAX]) {
    Elf64_Ehdr file;
    if (pread(fd, &file, sizeof file, 0) != sizeof file || memcmp(file.e_ident, ELFMAG, SELFMAG) != 0 ||
        file.e_ident[EI_CLASS] != ELFCLASS64 || file.e_phentsize != sizeof *headers)
        return 0;
    size_t count = file.e_phnum < PROGRAM_HEADERS_MAX ? file.e_phnum : PROGRAM_HEADERS_MAX;
    ssize_t length = pread(fd, headers, count * sizeof *headers, (off_t)file.e_phoff);
    return length < 0 ? 0 : (size_t)length / sizeof *headers;
}

uint64_t tide_bss_end(const tide_account *account, const tide_proc_mapping *mapping) {
    Elf64_Phdr headers[PROGRAM_HEADERS_MAX];
    int fd = open_file(account, mapping);
    size_t count = fd < 0 ? 0 : read_headers(fd, headers);
    if (fd >= 0)
        close(fd);
    for (size_t i = 0; i < count; i++) {
        const Elf64_Phdr *segment = &headers[i];
        uint64_t first = segment->p_offset / PAGE_BYTES * PAGE_BYTES;
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_W) || mapping->offset_bytes < first ||
            mapping->offset_bytes >= segment->p_offset + segment->p_filesz)
            continue;
        uint64_t bias = mapping->start - (segment->p_vaddr + mapping->offset_bytes - segment->p_offset);
        return (bias + segment->p_vaddr + segment->p_memsz + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    }
    return UINT64_MAX;
}
