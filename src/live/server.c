#include "live/server.h"
#include "live/token.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS_MAX = 64,
    BACKLOG = 16,
    VIEWERS_MAX = 64,
    TRIES_PER_SECOND =
        64, /* connections that are accepted; more wait, so that a flood costs no more than this */
    PATIENCE_SECONDS = 1,
};

typedef struct viewer {
    int fd;
    bool is_known;  /* has shown the token */
    bool is_behind; /* its socket is full */
    uint8_t token[TIDE_LIVE_TOKEN_BYTES];
    size_t token_bytes;
    uint64_t until_ns; /* a stranger's time */
    size_t sent_bytes; /* of the log */
} viewer;

struct tide_live_server {
    int epoll_fd, listen_fd, timer_fd, token_fd, ledger_fd;
    bool waits, has_had_viewer;
    tide_token token;
    tide_buffer log;
    size_t hello_bytes,
        program_bytes; /* where in the log the first message ends, where the latest PROGRAM is */
    TIDE_VEC(viewer) viewers;
    uint32_t known_count, tries_count;
    bool has_timer;
    void (*prepared)(void *arg, uint16_t port);
    void *prepared_arg;
};

static uint64_t clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void watch(const tide_live_server *server, int fd, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(server->epoll_fd, operation, fd, &event);
}

static void start_timer(tide_live_server *server) {
    if (server->has_timer)
        return;
    server->has_timer = true;
    timerfd_settime(server->timer_fd, 0, &(struct itimerspec){.it_value.tv_sec = PATIENCE_SECONDS}, NULL);
}

/* ---- one viewer. False: it was cut off. */

static bool dismiss(tide_live_server *server, size_t index) {
    viewer *gone = &server->viewers.at[index];
    close(gone->fd);
    server->known_count -= gone->is_known;
    *gone = server->viewers.at[--server->viewers.count];
    return false;
}

/* A viewer that comes after the program was replaced is not told of the earlier ones. */
static bool send_rest(tide_live_server *server, size_t index) {
    viewer *to = &server->viewers.at[index];
    bool was_behind = to->is_behind;
    to->is_behind = false;
    while (to->sent_bytes < server->log.count && !to->is_behind) {
        bool is_hello = to->sent_bytes < server->hello_bytes;
        size_t end_bytes = is_hello ? server->hello_bytes : server->log.count;
        ssize_t count = send(to->fd, server->log.at + to->sent_bytes, end_bytes - to->sent_bytes,
                             MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return dismiss(server, index);
        to->is_behind = count < 0 && errno == EAGAIN;
        to->sent_bytes += count > 0 ? (size_t)count : 0;
        if (to->sent_bytes == server->hello_bytes && server->program_bytes > to->sent_bytes)
            to->sent_bytes = server->program_bytes;
    }
    if (was_behind != to->is_behind)
        watch(server, to->fd, EPOLLIN | (to->is_behind ? EPOLLOUT : 0u), EPOLL_CTL_MOD);
    return true;
}

/* In a time that does not tell how much of it is right. */
static bool is_token(const uint8_t *a, const uint8_t *b) {
    uint8_t differences = 0;
    for (size_t i = 0; i < TIDE_LIVE_TOKEN_BYTES; i++)
        differences |= a[i] ^ b[i];
    return !differences;
}

/* There are as many as may be, and he is told so. */
static bool turn_away(tide_live_server *server, size_t index) {
    tide_buffer bytes = {0};
    tide_live_put(&bytes, &(tide_live_message){.kind = TIDE_LIVE_FULL});
    (void)!send(server->viewers.at[index].fd, bytes.at, bytes.count, MSG_DONTWAIT | MSG_NOSIGNAL);
    tide_buffer_free(&bytes);
    return dismiss(server, index);
}

static bool hear(tide_live_server *server, size_t index) {
    viewer *from = &server->viewers.at[index];
    uint8_t more;
    if (from->is_known) { /* has nothing to say: it has gone, or is no viewer */
        ssize_t count = recv(from->fd, &more, 1, MSG_DONTWAIT);
        return (count < 0 && (errno == EAGAIN || errno == EINTR)) || dismiss(server, index);
    }
    ssize_t count =
        recv(from->fd, from->token + from->token_bytes, sizeof from->token - from->token_bytes, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (count <= 0)
        return dismiss(server, index);
    from->token_bytes += (size_t)count;
    if (from->token_bytes < sizeof from->token)
        return true;
    if (!is_token(from->token, server->token.bytes))
        return dismiss(server, index);
    if (server->known_count == VIEWERS_MAX)
        return turn_away(server, index);
    from->is_known = true;
    server->known_count++;
    server->has_had_viewer = true;
    return send_rest(server, index);
}

/* ---- all of them */

static void accept_all(tide_live_server *server) {
    while (server->tries_count < TRIES_PER_SECOND) {
        int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && errno == EAGAIN)
            return;
        start_timer(server);
        server->tries_count++;
        if (fd < 0) /* gone already, or no descriptor is left */
            continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        *tide_vec_push(&server->viewers) =
            (viewer){.fd = fd, .until_ns = clock_ns() + PATIENCE_SECONDS * 1000000000ull};
        watch(server, fd, EPOLLIN, EPOLL_CTL_ADD);
    }
    watch(server, server->listen_fd, 0, EPOLL_CTL_MOD); /* until the timer */
}

static void run_timer(tide_live_server *server) {
    uint64_t count, now_ns = clock_ns();
    if (read(server->timer_fd, &count, sizeof count) < 0)
        return;
    bool has_strangers = false;
    for (size_t i = server->viewers.count; i-- > 0;) {
        bool is_stranger = !server->viewers.at[i].is_known;
        if (is_stranger && server->viewers.at[i].until_ns <= now_ns)
            dismiss(server, i);
        else
            has_strangers |= is_stranger;
    }
    server->has_timer = false;
    server->tries_count = 0;
    watch(server, server->listen_fd, EPOLLIN, EPOLL_CTL_MOD);
    if (has_strangers)
        start_timer(server);
}

static void dispatch(tide_live_server *server, int fd, uint32_t events) {
    size_t i = 0;
    while (i < server->viewers.count && server->viewers.at[i].fd != fd)
        i++;
    if (i == server->viewers.count) /* dismissed a moment ago */
        return;
    if (events & ~(uint32_t)EPOLLOUT && !hear(server, i))
        return;
    if (events & EPOLLOUT)
        send_rest(server, i);
}

static void act(void *arg) {
    tide_live_server *server = arg;
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(server->epoll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == server->listen_fd)
            accept_all(server);
        else if (events[i].data.fd == server->timer_fd)
            run_timer(server);
        else
            dispatch(server, events[i].data.fd, events[i].events);
    }
}

/* ---- what the session tells */

static void tell_prepared(void *arg) {
    const tide_live_server *server = arg;
    server->prepared(server->prepared_arg, server->token.port);
}

static void remove_token(tide_live_server *server) {
    if (server->token_fd >= 0)
        tide_token_remove(server->token.port, server->token_fd);
    server->token_fd = -1;
}

static bool is_ready(void *arg) {
    const tide_live_server *server = arg;
    return !server->waits || server->has_had_viewer;
}

static void publish(tide_live_server *server, const tide_live_message *message) {
    tide_live_put(&server->log, message);
    for (size_t i = server->viewers.count; i-- > 0;)
        if (server->viewers.at[i].is_known && !server->viewers.at[i].is_behind)
            send_rest(server, i);
}

/* The ledger is kept open here, too: it may be looked for when the program has ended. */
static void started(void *arg, const tide_info *info, uint64_t start_ns, int ledger_fd) {
    tide_live_server *server = arg;
    struct stat status = {0};
    if (server->ledger_fd >= 0)
        close(server->ledger_fd);
    server->ledger_fd = fcntl(ledger_fd, F_DUPFD_CLOEXEC, 0);
    fstat(ledger_fd, &status);
    server->program_bytes = server->log.count;
    publish(server, &(tide_live_message){.kind = TIDE_LIVE_PROGRAM,
                                         .ledger_fd = (uint32_t)server->ledger_fd,
                                         .ledger_inode = status.st_ino,
                                         .start_ns = start_ns,
                                         .info = *info});
}

static void sampled(void *arg, const tide_sample *sample) {
    publish(arg, &(tide_live_message){.kind = TIDE_LIVE_SAMPLE, .sample = *sample});
}

/* Of the process: there is nothing to come for any more. */
static void ended(void *arg, tide_end end) {
    if (end.kind != TIDE_END_EXEC)
        remove_token(arg);
    publish(arg, &(tide_live_message){.kind = TIDE_LIVE_END, .end = end});
}

tide_onlooker tide_live_server_onlooker(tide_live_server *server, void (*prepared)(void *arg, uint16_t port),
                                        void *arg) {
    server->prepared = prepared;
    server->prepared_arg = arg;
    return (tide_onlooker){.fd = server->epoll_fd,
                           .act = act,
                           .prepared = tell_prepared,
                           .is_ready = is_ready,
                           .started = started,
                           .sampled = sampled,
                           .ended = ended,
                           .arg = server};
}

/* ---- beginning and end */

static int listen_on(tide_live_server *server, uint16_t port, tide_err *err) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_bytes = sizeof address;
    server->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->listen_fd < 0)
        return tide_fail(err, -errno, "cannot listen for viewers: %m");
    setsockopt(server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &(int){1},
               sizeof(int)); /* soon after another one */
    if (bind(server->listen_fd, (struct sockaddr *)&address, sizeof address) ||
        listen(server->listen_fd, BACKLOG))
        return tide_fail(err, -errno, "cannot listen on port %u: %m%s", (unsigned)port,
                         errno == EADDRINUSE ? "; leave --live-port out for a free one" : "");
    getsockname(server->listen_fd, (struct sockaddr *)&address, &address_bytes);
    server->token.port = ntohs(address.sin_port);
    return 0;
}

int tide_live_server_open(tide_live_server **ret, uint16_t port, bool waits, const char *command,
                          tide_err *err) {
    tide_live_server *server = tide_xcalloc(1, sizeof *server);
    *server = (tide_live_server){.listen_fd = -1, .token_fd = -1, .ledger_fd = -1, .waits = waits};
    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    server->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int code = server->epoll_fd < 0 || server->timer_fd < 0
                   ? tide_fail(err, -errno, "cannot get descriptors for viewers: %m")
                   : listen_on(server, port, err);
    server->token.hello = (tide_live_message){
        .kind = TIDE_LIVE_HELLO, .tool_pid = (uint32_t)getpid(), .info.command = tide_xstrdup(command)};
    tide_live_put(&server->log, &server->token.hello);
    server->hello_bytes = server->log.count;
    if (code == 0 && (server->token_fd = tide_token_make(&server->token, err)) < 0)
        code = server->token_fd;
    if (code) {
        tide_live_server_close(server);
        return code;
    }
    watch(server, server->listen_fd, EPOLLIN, EPOLL_CTL_ADD);
    watch(server, server->timer_fd, EPOLLIN, EPOLL_CTL_ADD);
    *ret = server;
    return 0;
}

/* A viewer hangs up when it has read the end and the ledger. */
static void see_off(tide_live_server *server) {
    uint64_t until_ns = clock_ns() + PATIENCE_SECONDS * 1000000000ull, now_ns;
    for (size_t i = server->viewers.count; i-- > 0;)
        if (!server->viewers.at[i].is_known)
            dismiss(server, i);
    while (server->viewers.count && (now_ns = clock_ns()) < until_ns) {
        struct epoll_event event;
        int left_ms = (int)((until_ns - now_ns) / 1000000) + 1;
        if (epoll_wait(server->epoll_fd, &event, 1, left_ms) > 0)
            dispatch(server, event.data.fd, event.events);
    }
    while (server->viewers.count)
        dismiss(server, 0);
}

static void close_if_open(int fd) {
    if (fd >= 0)
        close(fd);
}

void tide_live_server_close(tide_live_server *server) {
    if (!server)
        return;
    remove_token(server);
    close_if_open(server->listen_fd);
    close_if_open(server->timer_fd);
    see_off(server);
    close_if_open(server->ledger_fd);
    close_if_open(server->epoll_fd);
    tide_vec_free(&server->viewers);
    tide_buffer_free(&server->log);
    tide_live_message_free(&server->token.hello);
    free(server);
}
