#include "launch/door.h"
#include "base/alloc.h"
#include "ledger/layout.h"
#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char SOCKET_NAME[] = "/door", DRAFT_NAME[] = "/new"; /* until it listens */

/* Of a tool that was killed: what is called a door has listened once, and refuses only when nobody does any more. A
 * folder of another user is left alone: he could put another in its place. */
static void remove_if_dead(const char *folder) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat status;
    size_t room = sizeof address.sun_path;
    if (lstat(folder, &status) || !S_ISDIR(status.st_mode) || status.st_uid != geteuid() ||
        (size_t)snprintf(address.sun_path, room, "%s%s", folder, SOCKET_NAME) >= room)
        return;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool is_dead =
        fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) && errno == ECONNREFUSED;
    if (is_dead && unlink(address.sun_path) == 0)
        rmdir(folder);
    if (fd >= 0)
        close(fd);
}

static void remove_dead(const char *parent) {
    glob_t found;
    char *pattern = tide_xasprintf("%s/tidemark-??????", parent);
    if (glob(pattern, GLOB_ONLYDIR | GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            remove_if_dead(found.gl_pathv[i]);
        globfree(&found);
    }
    free(pattern);
}

/* A new folder for the socket, below `parent`; its path is left in the address. */
static int make_folder(tide_door *door, const char *parent) {
    char *path = door->address.sun_path;
    size_t room = sizeof door->address.sun_path - sizeof SOCKET_NAME;
    int length = snprintf(path, room, "%s/tidemark-XXXXXX", parent);
    if (length < 0 || (size_t)length >= room)
        return -ENAMETOOLONG;
    if (!mkdtemp(path))
        return -errno;
    remove_dead(parent);
    return 0;
}

static int start_listening(const tide_door *door) {
    struct sockaddr_un draft = door->address;
    strcpy(strrchr(draft.sun_path, '/'), DRAFT_NAME);
    if (bind(door->fd, (struct sockaddr *)&draft, sizeof draft))
        return -errno;
    int code = listen(door->fd, SOMAXCONN) || rename(draft.sun_path, door->address.sun_path) ? -errno : 0;
    if (code)
        unlink(draft.sun_path);
    return code;
}

static void remove_folder(tide_door *door) {
    *strrchr(door->address.sun_path, '/') = 0;
    rmdir(door->address.sun_path);
}

int tide_door_open(tide_door *ret, tide_err *err) {
    *ret = (tide_door){.fd = -1, .address.sun_family = AF_UNIX};
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    int code = runtime && *runtime == '/' ? make_folder(ret, runtime) : -ENOENT;
    if (code)
        code = make_folder(ret, "/tmp");
    if (code) {
        errno = -code;
        return tide_fail(err, code, "cannot make a folder in /tmp for the program to call back: %m");
    }
    strcat(ret->address.sun_path, SOCKET_NAME);
    ret->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    code = ret->fd < 0 ? -errno : start_listening(ret);
    if (code == 0)
        return 0;
    errno = -code;
    tide_fail(err, code, "cannot listen on '%s': %m", ret->address.sun_path);
    tide_door_close(ret);
    return code;
}

void tide_door_close(tide_door *door) {
    if (door->fd >= 0)
        close(door->fd);
    door->fd = -1;
    unlink(door->address.sun_path);
    remove_folder(door);
}

int tide_door_accept(const tide_door *door) {
    int connection = accept4(door->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return connection < 0 ? -errno : connection;
}

int tide_door_hello(int connection, pid_t *ret_pid) {
    struct ucred peer;
    socklen_t peer_bytes = sizeof peer;
    tide_hello hello;
    ssize_t length = recv(connection, &hello, sizeof hello, 0);
    if (length < 0)
        return -errno;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &peer_bytes) < 0)
        return -errno;
    *ret_pid = peer.pid;
    if (length == 0)
        return -ECONNRESET;
    if (length != sizeof hello || hello.magic != TIDE_HELLO_MAGIC ||
        hello.layout_version != TIDE_LAYOUT_VERSION)
        return -EPROTO;
    if (peer.uid != geteuid() || peer.pid <= 0) /* pid 0: in a namespace that this one cannot see into */
        return -EPERM;
    return 0;
}

void tide_door_welcome(int connection, int status, uint32_t options, int ledger_fd) {
    tide_welcome welcome = {.magic = TIDE_HELLO_MAGIC, .status = (uint32_t)status, .options = options};
    struct iovec part = {.iov_base = &welcome, .iov_len = sizeof welcome};
    alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof ledger_fd)] = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (status == 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof ledger_fd)};
        memcpy(CMSG_DATA(header), &ledger_fd, sizeof ledger_fd);
    }
    (void)!sendmsg(connection, &message, MSG_NOSIGNAL);
}
