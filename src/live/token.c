#include "live/token.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = TIDE_LIVE_TOKEN_BYTES + TIDE_LIVE_HEAD_BYTES + TIDE_LIVE_BODY_MAX };

/* Owned (free). After su or sudo -E, the runtime directory may be another user's: no place for our keys. */
static char *folder_path(void) {
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    struct stat status;
    if (runtime && *runtime == '/' && stat(runtime, &status) == 0 && status.st_uid == geteuid())
        return tide_xasprintf("%s/tidemark", runtime);
    return tide_xasprintf("/tmp/tidemark-%u", (unsigned)geteuid());
}

/* A descriptor of the folder, which has to be `owner`'s alone. -ENOENT: there is none; -EACCES: others could have put
 * something in it. */
static int open_folder(const char *path, uid_t owner, tide_err *err) {
    struct stat status = {0};
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int code = folder < 0 || fstat(folder, &status) ? -errno : 0;
    if (code)
        tide_fail(err, code, "cannot use '%s', where the keys to live views are kept: %m", path);
    else if (status.st_uid != owner || status.st_mode & 077)
        code = tide_fail(err, -EACCES, "'%s' is not yours alone; make it so: chmod 700, or remove it", path);
    if (code && folder >= 0)
        close(folder);
    return code ? code : folder;
}

static int open_own_folder(bool makes, tide_err *err) {
    char *path = folder_path();
    if (makes)
        mkdir(path, 0700);
    int folder = open_folder(path, geteuid(), err);
    free(path);
    return folder;
}

typedef int visit(void *arg, int folder); /* -ENOENT: look on */

static bool is_same_folder(int a, int b) {
    struct stat of_a, of_b;
    return fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

/* `uid_at`: in the path, its owner's number. What is not well is left out. */
static int visit_other(const char *path, size_t uid_at, int own_folder, visit *look, void *arg) {
    char *end;
    unsigned long owner = strtoul(path + uid_at, &end, 10);
    bool is_uid = end > path + uid_at && (!*end || *end == '/');
    int folder = is_uid ? open_folder(path, (uid_t)owner, NULL) : -ENOENT;
    if (folder < 0)
        return -ENOENT;
    int code = is_same_folder(folder, own_folder) ? -ENOENT : look(arg, folder);
    close(folder);
    return code;
}

/* Where keys of this user may be as well: not each of his programs has an XDG_RUNTIME_DIR. For root, all users'. */
static int visit_others(int own_folder, visit *look, void *arg) {
    static const struct {
        const char *before_uid, *after_uid;
    } places[] = {{"/run/user/", "/tidemark"}, {"/tmp/tidemark-", ""}};
    char uid[16] = "*";
    int code = -ENOENT;
    if (geteuid())
        snprintf(uid, sizeof uid, "%u", (unsigned)geteuid());
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        glob_t found;
        char *pattern = tide_xasprintf("%s%s%s", places[i].before_uid, uid, places[i].after_uid);
        bool is_any = !glob(pattern, GLOB_ONLYDIR, NULL, &found);
        for (size_t k = 0; is_any && k < found.gl_pathc && code == -ENOENT; k++)
            code = visit_other(found.gl_pathv[k], strlen(places[i].before_uid), own_folder, look, arg);
        if (is_any)
            globfree(&found);
        free(pattern);
    }
    return code;
}

/* Every folder whose keys this user may use, his own first. Returns what the last visit did, or -ENOENT: there is no
 * folder, -EACCES: the own one is not ours alone. */
static int visit_folders(visit *look, void *arg, tide_err *err) {
    int folder = open_own_folder(false, err);
    int code = folder < 0 ? folder : look(arg, folder);
    if (code == -ENOENT)
        code = visit_others(folder, look, arg);
    if (folder >= 0)
        close(folder);
    return code;
}

static char *file_name(char name[16], uint16_t port) {
    snprintf(name, 16, "live-%" PRIu16, port);
    return name;
}

/* ---- the server's side */

static int write_all(int fd, const tide_buffer *bytes) {
    ssize_t count = write(fd, bytes->at, bytes->count);
    return count == (ssize_t)bytes->count ? 0 : count < 0 ? -errno : -ENOSPC;
}

int tide_token_make(tide_token *token, tide_err *err) {
    char name[16], draft[16]; /* seen only when it is whole and locked */
    if (getrandom(token->bytes, sizeof token->bytes, 0) != sizeof token->bytes)
        return tide_fail(err, -EIO, "cannot make a key for the live view: %m");
    int folder = open_own_folder(true, err);
    if (folder < 0)
        return folder;
    flock(folder, LOCK_EX); /* see remove_dead */
    snprintf(draft, sizeof draft, ".draft-%u", (unsigned)token->port);
    unlinkat(folder, draft, 0);
    int fd = openat(folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int code = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
    tide_buffer bytes = {0};
    tide_buffer_put(&bytes, token->bytes, sizeof token->bytes);
    tide_live_put(&bytes, &token->hello);
    if (code == 0)
        code = write_all(fd, &bytes);
    if (code == 0 &&
        renameat(folder, draft, folder, file_name(name, token->port))) /* its old server is dead */
        code = -errno;
    tide_buffer_free(&bytes);
    if (code) {
        errno = -code;
        tide_fail(err, code, "cannot write the key to the live view, '%s': %m", draft);
        if (fd >= 0) {
            unlinkat(folder, draft, 0);
            close(fd);
        }
    }
    close(folder);
    return code ? code : fd;
}

void tide_token_remove(uint16_t port, int fd) {
    char name[16];
    int folder = open_own_folder(false, NULL);
    if (folder >= 0) {
        unlinkat(folder, file_name(name, port), 0);
        close(folder);
    }
    close(fd);
}

/* ---- the viewer's side */

/* A new server may have put its file there meanwhile, but not while the folder is locked. */
static void remove_dead(int folder, const char *name, const struct stat *dead) {
    struct stat there;
    if (flock(folder, LOCK_EX | LOCK_NB))
        return; /* somebody else will do it */
    if (fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_ino == dead->st_ino)
        unlinkat(folder, name, 0);
    flock(folder, LOCK_UN);
}

/* 0, or -ENOENT: no server lives behind it. What root finds with other users may be a pipe: nobody waits for that. */
static int read_file(int folder, const char *name, tide_token *ret) {
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -ENOENT;
    bool is_dead = flock(fd, LOCK_SH | LOCK_NB) == 0;
    struct stat status = {0};
    int code = -ENOENT;
    fstat(fd, &status);
    if (!is_dead && S_ISREG(status.st_mode) && status.st_size > TIDE_LIVE_TOKEN_BYTES &&
        status.st_size <= FILE_BYTES_MAX) {
        size_t count = (size_t)status.st_size;
        uint8_t *bytes = tide_xcalloc(1, count);
        if (read(fd, bytes, count) == (ssize_t)count &&
            tide_live_take(bytes + TIDE_LIVE_TOKEN_BYTES, count - TIDE_LIVE_TOKEN_BYTES, &ret->hello) > 0) {
            memcpy(ret->bytes, bytes, TIDE_LIVE_TOKEN_BYTES);
            code = 0;
        }
        free(bytes);
    }
    if (is_dead)
        remove_dead(folder, name, &status);
    close(fd);
    return code;
}

static int read_in(void *arg, int folder) {
    char name[16];
    tide_token *token = arg;
    return read_file(folder, file_name(name, token->port), token);
}

int tide_token_read(tide_token *ret, uint16_t port, tide_err *err) {
    *ret = (tide_token){.port = port};
    int code = visit_folders(read_in, ret, err);
    return code == -ENOENT ? tide_fail(err, code, "nobody serves port %" PRIu16, port) : code;
}

struct list {
    void (*each)(void *arg, const tide_token *token);
    void *arg;
};

static int list_in(void *arg, int folder) {
    const struct list *list = arg;
    DIR *entries = fdopendir(fcntl(folder, F_DUPFD_CLOEXEC, 0));
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        unsigned port;
        int length = 0;
        if (sscanf(entry->d_name, "live-%5u%n", &port, &length) != 1 || entry->d_name[length] ||
            port > UINT16_MAX)
            continue;
        tide_token token = {.port = (uint16_t)port};
        if (read_file(folder, entry->d_name, &token) == 0)
            list->each(list->arg, &token);
        tide_live_message_free(&token.hello);
    }
    if (entries)
        closedir(entries);
    return -ENOENT;
}

int tide_token_list(void (*each)(void *arg, const tide_token *token), void *arg, tide_err *err) {
    struct list list = {.each = each, .arg = arg};
    int code = visit_folders(list_in, &list, err);
    return code == -ENOENT ? 0 : code;
}
