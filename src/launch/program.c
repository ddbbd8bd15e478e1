#include "launch/program.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char DEFAULT_PATH[] = "/usr/local/bin:/bin:/usr/bin";

/* 0 when `path` is a file that this process may execute. */
static int check_executable(const char *path) {
    struct stat status;
    if (stat(path, &status) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    if (!S_ISREG(status.st_mode))
        return -EACCES;
    return access(path, X_OK) < 0 ? -errno : 0;
}

static int explain(const char *path, int code, tide_err *err) {
    errno = -code;
    if (code == -EISDIR)
        return tide_fail(err, code, "cannot start '%s': it is a directory; name a program", path);
    if (code == -EACCES)
        return tide_fail(err, code,
                         "cannot start '%s': no permission to execute it; is it a program (chmod +x)?", path);
    if (code == -ENOENT || code == -ENOTDIR)
        return tide_fail(err, -ENOENT, "cannot start '%s': no such file", path);
    return tide_fail(err, code, "cannot start '%s': %m", path);
}

/* The next folder of a PATH, "" standing for the current one. Moves `*at` on; false at the end. */
static bool next_folder(const char **at, const char **ret_start, int *ret_length) {
    if (!*at)
        return false;
    const char *end = strchrnul(*at, ':');
    *ret_start = *at;
    *ret_length = (int)(end - *at);
    *at = *end ? end + 1 : NULL;
    return true;
}

static int search(char **ret_path, const char *name, tide_err *err) {
    const char *at = getenv("PATH"), *folder;
    if (!at)
        at = DEFAULT_PATH;
    int length;
    char *not_permitted = NULL;
    while (next_folder(&at, &folder, &length)) {
        char *path = tide_xasprintf("%.*s%s%s", length, folder, length ? "/" : "./", name);
        int code = check_executable(path);
        if (code == 0) {
            free(not_permitted);
            *ret_path = path;
            return 0;
        }
        if (code == -EACCES && !not_permitted)
            not_permitted = path;
        else
            free(path);
    }
    int code = not_permitted
                   ? explain(not_permitted, -EACCES, err)
                   : tide_fail(err, -ENOENT, "cannot start '%s': not found in PATH; give its path", name);
    free(not_permitted);
    return code;
}

int tide_program_find(char **ret_path, const char *name, tide_err *err) {
    if (!strchr(name, '/') && *name)
        return search(ret_path, name, err);
    int code = check_executable(name);
    if (code)
        return explain(name, code, err);
    *ret_path = tide_xstrdup(name);
    return 0;
}

static const char SAFE[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

static void put_quoted(tide_buffer *text, const char *argument) {
    if (*argument && strspn(argument, SAFE) == strlen(argument)) {
        tide_buffer_put(text, argument, strlen(argument));
        return;
    }
    tide_buffer_put(text, "'", 1);
    for (; *argument; argument++) {
        if (*argument == '\'')
            tide_buffer_put(text, "'\\''", 4);
        else
            tide_buffer_put(text, argument, 1);
    }
    tide_buffer_put(text, "'", 1);
}

char *tide_program_quote(char *const argv[]) {
    tide_buffer text = {0};
    for (size_t i = 0; argv[i]; i++) {
        if (i)
            tide_buffer_put(&text, " ", 1);
        put_quoted(&text, argv[i]);
    }
    tide_buffer_put(&text, "", 1);
    return (char *)text.at;
}

int tide_program_status(int code) {
    switch (code) {
    case -ENOENT:
        return 127;
    case -EACCES:
    case -EISDIR:
    case -ENOEXEC:
    case -ELOOP:
    case -ENAMETOOLONG:
    case -E2BIG:
    case -ETXTBSY:
    case -EPERM:
        return 126;
    default:
        return 1;
    }
}
