#include "residency/tracked.h"
#include "proc/listing.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char LEDGER_PATH[] = "/memfd:tidemark-ledger"; /* TIDE_LEDGER_NAME of ledger/hello.h */

static const tide_proc_mapping *find_mapping(const tide_account *account) {
    for (size_t i = 0; i < account->mappings.list.count; i++) {
        const char *path = tide_strings_get(&account->mappings.names, account->mappings.list.at[i].path);
        if (strncmp(path, LEDGER_PATH, strlen(LEDGER_PATH)) == 0)
            return &account->mappings.list.at[i];
    }
    return NULL;
}

/* Opens nothing until it is known to be the ledger: others may be pipes, or devices. -ENOENT: it is another file. */
static int open_if_ledger(const char *path, const tide_proc_mapping *mapping) {
    char target[sizeof LEDGER_PATH + 32] = "", again[64];
    struct stat status;
    if (readlink(path, target, sizeof target - 1) < 0 ||
        strncmp(target, LEDGER_PATH, strlen(LEDGER_PATH)) != 0)
        return -ENOENT;
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0)
        return -errno;
    int fd = -ENOENT;
    if (fstat(place, &status) == 0 && S_ISREG(status.st_mode) && status.st_ino == mapping->inode) {
        snprintf(again, sizeof again, "/proc/self/fd/%d", place);
        fd = open(again, O_RDONLY | O_CLOEXEC);
        fd = fd < 0 ? -errno : fd;
    }
    close(place);
    return fd;
}

static int search_process(pid_t pid, const tide_proc_mapping *mapping) {
    char *path = tide_xasprintf("/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    free(path);
    int fd = -ENOENT;
    for (struct dirent *entry; folder && fd == -ENOENT && (entry = readdir(folder));) {
        path = tide_xasprintf("/proc/%d/fd/%s", (int)pid, entry->d_name);
        fd = open_if_ledger(path, mapping);
        free(path);
    }
    if (folder)
        closedir(folder);
    return fd;
}

static int search(const tide_account *account, const tide_proc_mapping *mapping) {
    int fd = search_process(account->stat.ppid, mapping);
    tide_pids pids = {0};
    if (fd == -ENOENT)
        tide_proc_list(&pids);
    for (size_t i = 0; i < pids.count && fd == -ENOENT; i++)
        fd = search_process(pids.at[i], mapping);
    tide_vec_free(&pids);
    return fd;
}

int tide_tracked_open(tide_ledger **ret, const tide_account *account, tide_err *err) {
    const tide_proc_mapping *mapping = find_mapping(account);
    if (!mapping)
        return tide_fail(err, -ENOENT, "PID %d is not tracked", (int)account->pid);
    int fd = search(account, mapping);
    if (fd == -ENOENT)
        return tide_fail(err, -EACCES,
                         "PID %d is tracked, but the tool that records it has gone, or may not be looked at",
                         (int)account->pid);
    if (fd < 0) {
        errno = -fd;
        return tide_fail(err, fd, "cannot open the ledger of PID %d: %m", (int)account->pid);
    }
    int code = tide_ledger_open(ret, fd, err);
    close(fd);
    return code;
}
