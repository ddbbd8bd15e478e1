#include "symbols/elf.h"
#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int tide_elf_open_fd(tide_elf *file, int fd) {
    *file = (tide_elf){.fd = fd};
    elf_version(EV_CURRENT);
    file->elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (!file->elf || elf_kind(file->elf) != ELF_K_ELF) {
        elf_end(file->elf);
        close(fd);
        *file = (tide_elf){0};
        return -EBADMSG;
    }
    const void *id;
    ssize_t id_bytes = dwelf_elf_gnu_build_id(file->elf, &id);
    if (id_bytes > 0) {
        file->build_id = id;
        file->build_id_bytes = (size_t)id_bytes;
    }
    return 0;
}

int tide_elf_open(tide_elf *file, const char *path) {
    *file = (tide_elf){0};
    struct stat status; /* a recording may name a device, which opening would do something to */
    if (stat(path, &status))
        return -errno;
    if (!S_ISREG(status.st_mode))
        return -EBADMSG;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* it may become a pipe: do not wait for that */
    return fd < 0 ? -errno : tide_elf_open_fd(file, fd);
}

void tide_elf_close(tide_elf *file) {
    if (!file->elf)
        return;
    elf_end(file->elf);
    close(file->fd);
    *file = (tide_elf){0};
}

bool tide_elf_is_build(const tide_elf *file, const uint8_t *id, size_t id_bytes) {
    if (!id_bytes || !file->build_id_bytes)
        return id_bytes == file->build_id_bytes;
    return id_bytes <= file->build_id_bytes && !memcmp(file->build_id, id, id_bytes);
}

Elf_Scn *tide_elf_section(const tide_elf *file, const char *name) {
    size_t names;
    if (elf_getshdrstrndx(file->elf, &names))
        return NULL;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(file->elf, section));) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS)
            continue;
        const char *its_name = elf_strptr(file->elf, names, header.sh_name);
        if (its_name && !strcmp(its_name, name))
            return section;
    }
    return NULL;
}

const char *tide_elf_strings(Elf *elf, size_t section, size_t *ret_bytes) {
    Elf_Data *data = elf_getdata(elf_getscn(elf, section), NULL);
    const char *end = data && data->d_buf ? memrchr(data->d_buf, '\0', data->d_size) : NULL;
    if (!end)
        return NULL;
    *ret_bytes = (size_t)(end - (const char *)data->d_buf) + 1;
    return data->d_buf;
}
