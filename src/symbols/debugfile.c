#include "symbols/debugfile.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include <dlfcn.h>
#include <elfutils/libdwelf.h>
#include <errno.h>
#include <gelf.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Opens `path` (owned, freed here) if it is an ELF file of that build. */
static int open_build(tide_elf *found, char *path, tide_build_id id) {
    int status = tide_elf_open(found, path);
    free(path);
    if (status)
        return -ENOENT;
    if (id.count == found->build_id_bytes && tide_elf_is_build(found, id.bytes, id.count))
        return 0;
    tide_elf_close(found);
    return -ENOENT;
}

static int open_by_build_id(tide_elf *found, tide_build_id id, const char *root) {
    if (id.count < 2)
        return -ENOENT;
    tide_buffer hex = {0};
    for (size_t i = 0; i < id.count; i++) {
        static const char digits[] = "0123456789abcdef";
        tide_buffer_put(&hex, &digits[id.bytes[i] >> 4], 1);
        tide_buffer_put(&hex, &digits[id.bytes[i] & 15], 1);
    }
    char *path = tide_xasprintf("%s/.build-id/%.2s/%.*s.debug", root, (const char *)hex.at,
                                (int)hex.count - 2, (const char *)hex.at + 2);
    tide_buffer_free(&hex);
    return open_build(found, path, id);
}

/* The functions of libdebuginfod that are used; loaded when first needed, so that nobody has to have the library, and
 * once: the libraries that it stands on leave memory behind whenever they are unloaded. */
static struct debuginfod {
    void *(*begin)(void);
    int (*find_debuginfo)(void *client, const unsigned char *id, int id_bytes, char **path);
    void (*end)(void *client);
} servers;

static void load_debuginfod(void) {
    void *library = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return;
    *(void **)&servers.begin = dlsym(library, "debuginfod_begin");
    *(void **)&servers.find_debuginfo = dlsym(library, "debuginfod_find_debuginfo");
    *(void **)&servers.end = dlsym(library, "debuginfod_end");
}

static int open_from_servers(tide_elf *found, tide_build_id id) {
    static pthread_once_t loaded = PTHREAD_ONCE_INIT;
    if (!id.count)
        return -ENOENT;
    pthread_once(&loaded, load_debuginfod);
    void *client = servers.begin && servers.find_debuginfo && servers.end ? servers.begin() : NULL;
    if (!client)
        return -ENOENT;
    int fd = servers.find_debuginfo(client, id.bytes, (int)id.count, NULL);
    servers.end(client);
    return fd < 0 || tide_elf_open_fd(found, fd) ? -ENOENT : 0;
}

/* The directory of an open file, symbolic links followed. Owned; NULL when the file is gone. */
static char *directory_of(const tide_elf *file) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file->fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash)
        return NULL;
    *slash = '\0';
    return tide_xstrdup(path);
}

/* The checksum that .gnu_debuglink has: CRC-32 as in zlib, over the whole debug file. */
static uint32_t crc32_of(const char *bytes, size_t count) {
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
    }
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < count; i++)
        crc = table[(crc ^ (uint8_t)bytes[i]) & 255] ^ crc >> 8;
    return ~crc;
}

/* The checksum is only read where there are no build-ids: debug files are large. */
static int open_linked(tide_elf *found, char *path, tide_build_id id, uint32_t crc) {
    int status = open_build(found, path, id);
    if (status || id.count)
        return status;
    size_t size_bytes;
    const char *bytes = elf_rawfile(found->elf, &size_bytes);
    if (bytes && crc32_of(bytes, size_bytes) == crc)
        return 0;
    tide_elf_close(found);
    return -ENOENT;
}

static int open_by_link(tide_elf *found, const tide_elf *file, tide_build_id id, const char *root,
                        bool *ret_is_installed) {
    GElf_Word crc;
    const char *name = dwelf_elf_gnu_debuglink(file->elf, &crc);
    char *directory = name ? directory_of(file) : NULL;
    if (!directory)
        return -ENOENT;
    int status = open_linked(found, tide_xasprintf("%s/%s", directory, name), id, crc);
    if (status)
        status = open_linked(found, tide_xasprintf("%s/.debug/%s", directory, name), id, crc);
    if (status) {
        status = open_linked(found, tide_xasprintf("%s%s/%s", root, directory, name), id, crc);
        *ret_is_installed = status == 0;
    }
    free(directory);
    return status;
}

int tide_debugfile_open(tide_elf *debug, tide_build_id id, const tide_elf *file,
                        const tide_debugfile_places *places, bool *ret_is_installed) {
    int status = open_by_build_id(debug, id, places->root);
    *ret_is_installed = status == 0;
    if (status && file->elf)
        status = open_by_link(debug, file, id, places->root, ret_is_installed);
    if (status && places->debuginfod)
        status = open_from_servers(debug, id);
    return status;
}

int tide_debugfile_open_alt(tide_elf *alt, Dwarf *dwarf, const tide_elf *debug,
                            const tide_debugfile_places *places) {
    const char *name;
    const void *id_bytes;
    ssize_t id_count = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &id_bytes);
    if (id_count <= 0)
        return -ENOENT;
    tide_build_id id = {id_bytes, (size_t)id_count};
    int status = open_by_build_id(alt, id, places->root);
    char *directory = directory_of(debug);
    if (status && *name == '/')
        status = open_build(alt, tide_xstrdup(name), id);
    else if (status && directory)
        status = open_build(alt, tide_xasprintf("%s/%s", directory, name), id);
    free(directory);
    if (status && places->debuginfod)
        status = open_from_servers(alt, id);
    return status;
}
