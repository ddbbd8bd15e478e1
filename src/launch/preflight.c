#include "launch/preflight.h"
#include "launch/elf_facts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
    HEAD_BYTES = 256, /* what the kernel looks at: BINPRM_BUF_SIZE, include/uapi/linux/binfmts.h */
    SCRIPTS_MAX = 5,  /* scripts whose interpreter is a script …: exec_binprm, fs/exec.c */
};

static const char *cannot_see_reason(const tide_elf_facts *facts) {
    if (facts->is_other_machine)
        return "it is for another machine than x86-64 Linux; record it on one, or build it for this machine";
    if (facts->is_32_bit)
        return "it is a 32-bit program, and Tidemark's library is a 64-bit one; build it without -m32";
    if (facts->is_go && !facts->needs_libc)
        return "it is a Go program without cgo: its memory comes from Go's own runtime, not from malloc; "
               "use Go's own runtime/pprof";
    if (!facts->interpreter[0] && !facts->is_loader)
        return "it is statically linked: there is no malloc of a shared library to hook; link it without -static";
    if (strstr(facts->interpreter, "ld-musl"))
        return "it is built for musl, and Tidemark's library is built for glibc; build it for glibc";
    return NULL;
}

/* The kernel sets AT_SECURE, and ld.so then ignores LD_PRELOAD, when running the file changes who the process is.
 * Source: bprm_fill_uid in fs/exec.c, cap_bprm_creds_from_file in security/commoncap.c; ld.so(8). */
static const char *gains_privileges(int fd) {
    struct stat status;
    struct statvfs mount;
    if (fstat(fd, &status) < 0 || (fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_NOSUID)) ||
        prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        return NULL;
    if ((status.st_mode & S_ISUID) && status.st_uid != getuid())
        return "setuid";
    if ((status.st_mode & S_ISGID) && (status.st_mode & S_IXGRP) && status.st_gid != getgid())
        return "setgid";
    if (getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
        return "privileged (file capabilities)";
    return NULL;
}

static int check_elf(const char *path, int fd, char *note, tide_err *err) {
    tide_elf_facts facts;
    if (tide_elf_facts_read(&facts, fd))
        return 0; /* damaged: let the kernel say so */
    const char *reason = cannot_see_reason(&facts);
    if (reason)
        return tide_fail(err, -ENOTSUP, "cannot record '%s': %s", path, reason);
    const char *privileges = gains_privileges(fd);
    if (privileges)
        return tide_fail(err, -ENOTSUP,
                         "cannot record '%s': it is %s, so the system ignores LD_PRELOAD for it; "
                         "record a copy without that (cp gives one), or as the user it runs as",
                         path, privileges);
    if (facts.sanitizer)
        return tide_fail(err, -ENOTSUP,
                         "cannot record '%s': it is built with %s, which replaces malloc itself; build "
                         "it without -fsanitize",
                         path, facts.sanitizer);
    if (facts.defines_malloc)
        return tide_fail(
            err, -ENOTSUP,
            "cannot record '%s': it has a malloc of its own built in%s%s, which is not in a "
            "shared library and so cannot be hooked; link the allocator as a shared library or leave it out",
            path, facts.allocator ? ": " : "", facts.allocator ? facts.allocator : "");
    if (facts.is_go)
        snprintf(note, TIDE_PREFLIGHT_NOTE_MAX,
                 "a Go program: only what its C code allocates is seen, not Go's own heap");
    return 0;
}

/* The interpreter named on a script's first line, cut out in place; NULL when there is none. */
static char *interpreter_of(char *head) {
    char *start = head + 2;
    start += strspn(start, " \t");
    start[strcspn(start, " \t\n")] = 0;
    return *start ? start : NULL;
}

static int check_interpreter(const char *script, const char *interpreter, tide_err *err) {
    struct stat status;
    if (stat(interpreter, &status) < 0 && errno == ENOENT)
        return tide_fail(err, -EACCES, "cannot start '%s': its first line names '%s', which does not exist",
                         script, interpreter);
    if (access(interpreter, X_OK) < 0 || !S_ISREG(status.st_mode))
        return tide_fail(err, -EACCES,
                         "cannot start '%s': its first line names '%s', which is no program that may be "
                         "executed",
                         script, interpreter);
    return 0;
}

/* The first bytes of a file, 0-terminated; -1 when it cannot be read. On success `*ret_fd` is open. */
static ssize_t read_head(const char *path, char head[HEAD_BYTES + 1], int *ret_fd) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -1;
    ssize_t length = read(fd, head, HEAD_BYTES);
    if (length < 0) {
        close(fd);
        return -1;
    }
    head[length] = 0;
    *ret_fd = fd;
    return length;
}

int tide_preflight(const char *path, char note[TIDE_PREFLIGHT_NOTE_MAX], tide_err *err) {
    char heads[2][HEAD_BYTES + 1]; /* in turns: the path of one is text in the other */
    note[0] = 0;
    for (int depth = 0; depth <= SCRIPTS_MAX; depth++) {
        char *head = heads[depth % 2];
        int fd, code = 0;
        ssize_t length = read_head(path, head, &fd);
        if (length < 0)
            return 0;
        bool is_script = length >= 2 && head[0] == '#' && head[1] == '!';
        if (length >= 4 && memcmp(head, "\177ELF", 4) == 0)
            code = check_elf(path, fd, note, err);
        close(fd);
        char *interpreter = is_script ? interpreter_of(head) : NULL;
        if (!interpreter)
            return code;
        code = check_interpreter(path, interpreter, err);
        if (code)
            return code;
        path = interpreter;
    }
    return 0;
}
