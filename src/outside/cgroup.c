#include "outside/cgroup.h"
#include "base/alloc.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { REMOVE_TRIES = 1000, REMOVE_PAUSE_NS = 1000000 };

/* ---- its files */

static int read_file(const char *folder, const char *name, char *text, size_t size) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (length < 0)
        return -error;
    text[length] = 0;
    return 0;
}

static int write_file(const char *folder, const char *name, const char *text) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : write(fd, text, strlen(text));
    int error = errno;
    if (fd >= 0)
        close(fd);
    return length < 0 ? -error : 0;
}

static bool exists(const char *folder, const char *name) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, R_OK) == 0;
}

/* ---- where the tool is */

/* The tool's own group in the hierarchy of the memory controller: the part after the colons of
 * "4:memory:/user.slice", or, when there is none of version 1, of "0::/user.slice". Owned (free). */
static char *find_own_group(bool *ret_is_v2) {
    FILE *file = fopen("/proc/self/cgroup", "re");
    char *line = NULL, *found = NULL;
    size_t capacity = 0;
    while (file && getline(&line, &capacity, file) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = 0;
        bool is_v2 = !controllers[1], is_v1 = strstr(controllers, "memory");
        if (!is_v1 && (!is_v2 || found))
            continue;
        free(found);
        found = tide_xstrdup(group);
        *ret_is_v2 = is_v2;
        if (is_v1)
            break;
    }
    free(line);
    if (file)
        fclose(file);
    return found;
}

/* One line of /proc/self/mountinfo: "36 35 98:0 /root /mount/point options … - cgroup2 source super-options", when it
 * is the hierarchy that is looked for. */
static bool is_mount(char *line, bool is_v2, char root[PATH_MAX], char point[PATH_MAX]) {
    char type[32], options[1024];
    const char *rest = strstr(line, " - ");
    return rest && sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) == 2 &&
           sscanf(rest, " - %31s %*s %1023s", type, options) == 2 &&
           (is_v2 ? !strcmp(type, "cgroup2") : !strcmp(type, "cgroup") && strstr(options, "memory"));
}

/* The folder of a group. A container sees its own part of the hierarchy: `root` is then above the group. Owned (free);
 * NULL: not mounted here. */
static char *find_folder(const char *group, bool is_v2) {
    char root[PATH_MAX], point[PATH_MAX], *line = NULL, *folder = NULL;
    size_t capacity = 0;
    FILE *file = fopen("/proc/self/mountinfo", "re");
    while (file && !folder && getline(&line, &capacity, file) > 0) {
        if (!is_mount(line, is_v2, root, point))
            continue;
        size_t length = strcmp(root, "/") ? strlen(root) : 0;
        if (strncmp(group, root, length) == 0)
            folder = tide_xasprintf("%s%s", point, group + length);
    }
    free(line);
    if (file)
        fclose(file);
    return folder;
}

/* ---- making one */

static bool delegates_memory(const char *folder) {
    char controllers[1024];
    return read_file(folder, "cgroup.subtree_control", controllers, sizeof controllers) == 0 &&
           strstr(controllers, "memory");
}

/* Not pids.max: systemd sets one everywhere, and those above hold, too. */
static bool sets_limits(const char *folder) {
    static const char *const limits[] = {"memory.max", "memory.high", "memory.swap.max", "cpu.max"};
    char text[64];
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (read_file(folder, limits[i], text, sizeof text) == 0 && strncmp(text, "max", 3) != 0)
            return true;
    return false;
}

/* The folder in which a group may be made: the tool's own, or its parent. Owned (free); NULL: there is none. */
static char *find_place(const char *home, bool is_v2) {
    char *place = tide_xstrdup(home);
    if (!is_v2 || delegates_memory(place))
        return place;
    char *slash = strrchr(place, '/');
    if (slash && slash != place && !sets_limits(home)) {
        *slash = 0;
        if (delegates_memory(place))
            return place;
    }
    free(place);
    return NULL;
}

static const char *peak_name(const tide_cgroup *cgroup) {
    return cgroup->is_v2 ? "memory.peak" : "memory.max_usage_in_bytes";
}

static void forget(tide_cgroup *cgroup) {
    free(cgroup->path);
    free(cgroup->home);
    cgroup->path = cgroup->home = NULL;
}

static int make_folder(tide_cgroup *cgroup) {
    char *place = cgroup->home ? find_place(cgroup->home, cgroup->is_v2) : NULL;
    if (!place)
        return -ENOENT;
    cgroup->path = tide_xasprintf("%s/tidemark-%d", place, (int)getpid());
    free(place);
    if (mkdir(cgroup->path, 0755) < 0)
        return -errno;
    if (exists(cgroup->path, peak_name(cgroup)))
        return 0;
    rmdir(cgroup->path);
    return -EOPNOTSUPP;
}

int tide_cgroup_make(tide_cgroup *ret) {
    *ret = (tide_cgroup){0};
    char *group = find_own_group(&ret->is_v2);
    ret->home = group ? find_folder(group, ret->is_v2) : NULL;
    free(group);
    int code = make_folder(ret);
    if (code)
        forget(ret);
    return code;
}

int tide_cgroup_enter(const tide_cgroup *cgroup, pid_t pid) {
    char text[16];
    snprintf(text, sizeof text, "%d", (int)pid);
    return write_file(cgroup->path, "cgroup.procs", text);
}

/* ---- reading */

int tide_cgroup_read(const tide_cgroup *cgroup, tide_cgroup_figures *ret) {
    char peak[32], stat[8192];
    int code = read_file(cgroup->path, peak_name(cgroup), peak, sizeof peak);
    if (code == 0)
        code = read_file(cgroup->path, "memory.stat", stat, sizeof stat);
    if (code)
        return code;
    const char *name = cgroup->is_v2 ? "file " : "cache ";
    const char *line = strstr(stat, name);
    *ret = (tide_cgroup_figures){.peak_bytes = strtoull(peak, NULL, 10),
                                 .file_bytes = line ? strtoull(line + strlen(name), NULL, 10) : 0,
                                 .is_v2 = cgroup->is_v2};
    return 0;
}

static void send_back(const tide_cgroup *cgroup) {
    char *path = tide_xasprintf("%s/cgroup.procs", cgroup->path), pid[32];
    FILE *processes = fopen(path, "re");
    while (processes && fgets(pid, sizeof pid, processes))
        write_file(cgroup->home, "cgroup.procs", pid);
    if (processes)
        fclose(processes);
    free(path);
}

void tide_cgroup_remove(tide_cgroup *cgroup) {
    if (!cgroup->path)
        return;
    const struct timespec pause = {.tv_nsec = REMOVE_PAUSE_NS};
    for (unsigned tries = 0; rmdir(cgroup->path) < 0 && errno == EBUSY && tries < REMOVE_TRIES; tries++) {
        send_back(cgroup);
        nanosleep(&pause, NULL); /* who is ending cannot be moved, and is there until its memory is freed */
    }
    forget(cgroup);
}
