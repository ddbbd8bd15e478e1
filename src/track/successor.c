#include "track/successor.h"
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_BYTES = 256, SEGMENTS_MAX = 64, SCRIPTS_MAX = 5 /* as in the kernel */ };
static const char LOADER[] = "/ld-linux-x86-64.so.2", DEFAULT_PATH[] = "/bin:/usr/bin";

typedef struct elf_image {
    int fd;
    size_t segment_count;
    Elf64_Phdr segments[SEGMENTS_MAX];
} elf_image;

static bool read_at(int fd, void *ret, size_t bytes, uint64_t offset) {
    return pread(fd, ret, bytes, (off_t)offset) == (ssize_t)bytes;
}

static const Elf64_Phdr *find_segment(const elf_image *image, uint32_t type) {
    for (size_t i = 0; i < image->segment_count; i++)
        if (image->segments[i].p_type == type)
            return &image->segments[i];
    return NULL;
}

static uint64_t offset_of(const elf_image *image, uint64_t address) {
    for (size_t i = 0; i < image->segment_count; i++) {
        const Elf64_Phdr *segment = &image->segments[i];
        if (segment->p_type == PT_LOAD && address - segment->p_vaddr < segment->p_filesz)
            return address - segment->p_vaddr + segment->p_offset;
    }
    return 0;
}

static bool is_sanitizer(const elf_image *image, uint64_t name_offset) {
    static const char *const names[] = {"libasan.", "libtsan.", "liblsan.", "libhwasan.", "libclang_rt."};
    char name[16] = ""; /* at the file's very end, what there is */
    if (pread(image->fd, name, sizeof name - 1, (off_t)name_offset) <= 0)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncmp(name, names[i], strlen(names[i])))
            return true;
    return false;
}

static bool needs_sanitizer(const elf_image *image) {
    const Elf64_Phdr *dynamic = find_segment(image, PT_DYNAMIC);
    size_t count = dynamic ? dynamic->p_filesz / sizeof(Elf64_Dyn) : 0;
    uint64_t strings = 0;
    Elf64_Dyn entry;
    for (size_t i = 0;
         i < count && read_at(image->fd, &entry, sizeof entry, dynamic->p_offset + i * sizeof entry) &&
         entry.d_tag != DT_NULL;
         i++)
        if (entry.d_tag == DT_STRTAB)
            strings = offset_of(image, entry.d_un.d_ptr);
    for (size_t i = 0;
         i < count && read_at(image->fd, &entry, sizeof entry, dynamic->p_offset + i * sizeof entry) &&
         entry.d_tag != DT_NULL;
         i++)
        if (entry.d_tag == DT_NEEDED && is_sanitizer(image, strings + entry.d_un.d_val))
            return true;
    return false;
}

static bool is_elf_recordable(int fd, const Elf64_Ehdr *header) {
    elf_image image = {.fd = fd, .segment_count = header->e_phnum};
    char loader[sizeof LOADER];
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64 ||
        header->e_phentsize != sizeof *image.segments || header->e_phnum > SEGMENTS_MAX ||
        !read_at(fd, image.segments, header->e_phnum * sizeof *image.segments, header->e_phoff))
        return false;
    const Elf64_Phdr *interpreter = find_segment(&image, PT_INTERP);
    return interpreter && interpreter->p_filesz >= sizeof loader &&
           read_at(fd, loader, sizeof loader,
                   interpreter->p_offset + interpreter->p_filesz - sizeof loader) &&
           !memcmp(loader, LOADER, sizeof loader) && !needs_sanitizer(&image);
}

static bool gains_privileges(int fd) {
    struct stat status;
    return fstat(fd, &status) || ((status.st_mode & S_ISUID) && status.st_uid != getuid()) ||
           ((status.st_mode & S_ISGID) && status.st_gid != getgid());
}

/* `head`: room for HEAD_BYTES + 1, for the interpreter's path if it is a script. */
static bool look(int fd, char *head, const char **ret_interpreter) {
    Elf64_Ehdr header;
    ssize_t length = pread(fd, head, HEAD_BYTES, 0);
    *ret_interpreter = NULL;
    if (length < 2)
        return false;
    head[length] = 0;
    if (head[0] == '#' && head[1] == '!') {
        char *start = head + 2 + strspn(head + 2, " \t");
        start[strcspn(start, " \t\n")] = 0;
        *ret_interpreter = start;
        return false;
    }
    if (length < (ssize_t)sizeof header || memcmp(head, ELFMAG, SELFMAG))
        return true; /* execvp takes it for a script for sh; else it will not start */
    memcpy(&header, head, sizeof header);
    return !gains_privileges(fd) && is_elf_recordable(fd, &header);
}

bool tide_successor_is_recordable(int fd, const char *path) {
    char heads[2][HEAD_BYTES + 1]; /* in turns: the path of one is text in the other */
    bool answer = false;
    for (int depth = 0; path && depth <= SCRIPTS_MAX; depth++) {
        int file = openat(fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (file < 0)
            return false;
        answer = look(file, heads[depth % 2], &path);
        close(file);
        fd = AT_FDCWD;
    }
    return answer;
}

bool tide_successor_open_is_recordable(int fd) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return tide_successor_is_recordable(AT_FDCWD, path);
}

bool tide_successor_found_is_recordable(const char *file) {
    if (strchr(file, '/'))
        return tide_successor_is_recordable(AT_FDCWD, file);
    const char *folders = getenv("PATH");
    for (const char *at = folders ? folders : DEFAULT_PATH;; at++) {
        char path[PATH_MAX];
        struct stat status;
        int length = (int)strcspn(at, ":");
        int needed = snprintf(path, sizeof path, "%.*s%s%s", length, at, length ? "/" : "", file);
        if (needed > 0 && (size_t)needed < sizeof path && !access(path, X_OK) && !stat(path, &status) &&
            S_ISREG(status.st_mode))
            return tide_successor_is_recordable(AT_FDCWD, path);
        at += length;
        if (!*at)
            return false;
    }
}
