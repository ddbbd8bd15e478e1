#include "track/environment.h"
#include "ledger/hello.h"
#include "ledger/layout.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static const char SOCKET[] = TIDE_SOCKET_VARIABLE "=",
                  PRELOAD[] = "LD_PRELOAD=", LIBRARY[] = "/libtidemark.so";

/* What the tool put there, kept for the next program in this process. The first is "" when it is not known. */
static char kept_library[PATH_MAX], kept_socket[sizeof SOCKET + sizeof((struct sockaddr_un *)0)->sun_path];

static char **find(const char *prefix) {
    size_t length = strlen(prefix);
    for (char **entry = environ; entry && *entry; entry++)
        if (!strncmp(*entry, prefix, length))
            return entry;
    return NULL;
}

/* Bytes of the library's path, when it is what LD_PRELOAD's value begins with; else 0. */
static size_t library_length(const char *value) {
    size_t length = strcspn(value, ":"), name = sizeof LIBRARY - 1;
    return length >= name && !memcmp(value + length - name, LIBRARY, name) ? length : 0;
}

/* Of several variables of that name, ld.so heeds the last one. */
static char **find_preload(char *const envp[]) {
    char *const *found = NULL;
    for (char *const *entry = envp; entry && *entry; entry++)
        if (!strncmp(*entry, PRELOAD, sizeof PRELOAD - 1))
            found = entry;
    return (char **)(uintptr_t)found;
}

/* Before libc has set `environ`, in the loader's own first allocations, the kernel's copy is the only one. */
static bool read_kernel_copy(char *ret, size_t room_bytes) {
    int fd = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t have = 0;
    bool found = false;
    char block[1024];
    bool at_start = true, matching = true;
    for (ssize_t got; !found && (got = read(fd, block, sizeof block)) > 0;) {
        for (ssize_t i = 0; i < got && !found; i++) {
            if (at_start)
                have = 0, matching = true, at_start = false;
            size_t prefix = sizeof SOCKET - 1;
            if (block[i] == 0) {
                found = matching && have > prefix;
                if (found)
                    ret[have - prefix] = 0;
                at_start = true;
            } else if (matching) {
                if (have < prefix)
                    matching = block[i] == SOCKET[have];
                else if (have - prefix + 1 < room_bytes)
                    ret[have - prefix] = block[i];
                else
                    matching = false;
                have++;
            }
        }
    }
    close(fd);
    return found;
}

static bool socket_path(struct sockaddr_un *address) {
    if (!environ)
        return read_kernel_copy(address->sun_path, sizeof address->sun_path);
    char **entry = find(SOCKET);
    const char *path = entry ? *entry + sizeof SOCKET - 1 : "";
    size_t length = strlen(path);
    if (!length || length >= sizeof address->sun_path)
        return false;
    memcpy(address->sun_path, path, length + 1);
    return true;
}

static int receive_ledger(int socket_fd, tide_welcome *welcome) {
    alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {.iov_base = welcome, .iov_len = sizeof *welcome};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got;
    do
        got = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got != sizeof *welcome || welcome->magic != TIDE_HELLO_MAGIC)
        return -EPROTO;
    if (welcome->status)
        return -(int)welcome->status;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
        return -EPROTO;
    int fd;
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

static int talk(int fd, const struct sockaddr_un *address, uint32_t *ret_options) {
    struct timeval limit = {.tv_sec = TIDE_HELLO_TIMEOUT_MS / 1000};
    tide_hello hello = {.magic = TIDE_HELLO_MAGIC, .layout_version = TIDE_LAYOUT_VERSION};
    tide_welcome welcome = {0};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) ||
        connect(fd, (const void *)address, sizeof *address) ||
        send(fd, &hello, sizeof hello, MSG_NOSIGNAL) != sizeof hello)
        return -errno;
    int ledger = receive_ledger(fd, &welcome);
    *ret_options = welcome.options;
    return ledger;
}

int tide_environment_ask_ledger(uint32_t *ret_options) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!socket_path(&address))
        return -ENOENT;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int ledger = talk(fd, &address, ret_options);
    close(fd);
    return ledger;
}

static void remove_entry(char **entry) {
    do
        entry[0] = entry[1];
    while (*entry++);
}

void tide_environment_keep(void) {
    char **socket_entry = find(SOCKET), **preload = find_preload(environ);
    const char *value = preload ? *preload + sizeof PRELOAD - 1 : "";
    size_t length = library_length(value);
    if (!socket_entry || strlen(*socket_entry) >= sizeof kept_socket || length >= sizeof kept_library)
        return;
    strcpy(kept_socket, *socket_entry);
    memcpy(kept_library, value, length);
}

void tide_environment_restore(void) {
    char **entry = find(SOCKET);
    if (entry)
        remove_entry(entry);
    if (!(entry = find_preload(environ)))
        return;
    char *value = *entry + sizeof PRELOAD - 1;
    size_t length = library_length(value);
    if (!length)
        return; /* not what the tool put there */
    if (value[length])
        memmove(value, value + length + 1, strlen(value + length + 1) + 1);
    else
        remove_entry(entry);
}

/* ---- the next program in this process */

size_t tide_environment_passed_bytes(char *const envp[]) {
    size_t count = 0;
    while (envp && envp[count])
        count++;
    char *const *preload = find_preload(envp);
    return (count + 3) * sizeof *envp + sizeof PRELOAD + strlen(kept_library) + 1 +
           (preload ? strlen(*preload) : 0);
}

/* "LD_PRELOAD=" the library, then what the variable has. */
static char *compose_preload(char *text, const char *former) {
    char *end = stpcpy(stpcpy(text, PRELOAD), kept_library);
    if (former) {
        *end++ = ':';
        strcpy(end, former + sizeof PRELOAD - 1);
    }
    return text;
}

char *const *tide_environment_pass(void *room, char *const envp[]) {
    if (!*kept_library)
        return envp;
    size_t count = 0;
    bool has_socket = false;
    for (; envp && envp[count]; count++)
        has_socket |= !strcmp(envp[count], kept_socket);
    char *const *preload = find_preload(envp);
    bool has_library = preload && library_length(*preload + sizeof PRELOAD - 1);
    char **passed = room, **next = passed, *text = (char *)(passed + count + 3);
    if (!has_library)
        compose_preload(text, preload ? *preload : NULL);
    if (!has_socket)
        *next++ = kept_socket; /* in front of any other: the first one is taken out again */
    for (size_t i = 0; i < count; i++)
        *next++ = envp + i == preload && !has_library ? text : envp[i];
    if (!preload)
        *next++ = text;
    *next = NULL;
    return passed;
}
