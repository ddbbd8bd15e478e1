#include "live/feed.h"
#include "heap/foreground.h"
#include "heap/ledger_reader.h"
#include "live/namer.h"
#include "live/token.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { RETRY_MS = 200, CROWDED_SECONDS = 2, RECEIVE_BYTES = 1 << 16 };

struct tide_feed {
    tide_feed_view view; /* its pointers are set when it is looked at */
    tide_recording recording;
    tide_names names;
    bool shows_native;
    tide_foreground foreground;
    tide_ledger *ledger;               /* NULL: no program, or it has ended and was read for the last time */
    int epoll_fd, timer_fd, socket_fd; /* the socket -1: not connected */
    bool is_known;                     /* HELLO has come */
    tide_buffer inbox;
    size_t taken_bytes; /* of the inbox */
    tide_namer *namer;
    uint32_t named_count; /* codes whose names were looked up */
};

static void watch(const tide_feed *feed, int fd) {
    epoll_ctl(feed->epoll_fd, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN});
}

/* ---- the connection */

static void set_retry(const tide_feed *feed, bool is_on) {
    struct timespec gap = {.tv_nsec = is_on ? RETRY_MS * 1000000l : 0};
    timerfd_settime(feed->timer_fd, 0, &(struct itimerspec){.it_interval = gap, .it_value = gap}, NULL);
}

static void hang_up(tide_feed *feed) {
    if (feed->socket_fd >= 0)
        close(feed->socket_fd);
    feed->socket_fd = -1;
    feed->is_known = false;
    feed->inbox.count = feed->taken_bytes = 0;
}

/* 0: the token is on its way. -EAGAIN: nobody is there, or so many want to come in that it has to be tried again. */
static int call(tide_feed *feed, tide_err *err) {
    tide_token token;
    int code = tide_token_read(&token, feed->view.port, err);
    if (code)
        return code == -ENOENT ? -EAGAIN : code;
    tide_live_message_free(&token.hello);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(feed->view.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    feed->socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (feed->socket_fd < 0)
        return tide_fail(err, -errno, "cannot connect: %m");
    setsockopt(feed->socket_fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){.tv_sec = CROWDED_SECONDS},
               sizeof(struct timeval)); /* connect waits while the server's queue is full */
    if (connect(feed->socket_fd, (struct sockaddr *)&address, sizeof address) ||
        send(feed->socket_fd, token.bytes, sizeof token.bytes, MSG_NOSIGNAL) != sizeof token.bytes) {
        hang_up(feed);
        return -EAGAIN;
    }
    set_retry(feed, false);
    watch(feed, feed->socket_fd);
    return 0;
}

static int retry(tide_feed *feed, tide_err *err) {
    uint64_t count;
    if (read(feed->timer_fd, &count, sizeof count) < 0)
        return -EAGAIN;
    int code = call(feed, err);
    if (code == -EAGAIN)
        set_retry(feed, true); /* from now on: the call may have waited for longer */
    return code;
}

/* False: nothing more is there now, or ever. */
static bool receive(tide_feed *feed, bool *ret_is_over) {
    uint8_t bytes[RECEIVE_BYTES];
    ssize_t count = recv(feed->socket_fd, bytes, sizeof bytes, MSG_DONTWAIT);
    *ret_is_over = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
    if (count <= 0)
        return false;
    if (feed->taken_bytes == feed->inbox.count)
        feed->inbox.count = feed->taken_bytes = 0;
    tide_buffer_put(&feed->inbox, bytes, (size_t)count);
    return true;
}

/* ---- the program */

static void forget_program(tide_feed *feed) {
    tide_ledger_free(feed->ledger);
    feed->ledger = NULL;
    tide_namer_free(feed->namer); /* closes what is watched */
    feed->namer = NULL;
    tide_names_free(&feed->names);
    tide_foreground_free(&feed->foreground);
    tide_recording_free(&feed->recording);
    feed->names = (tide_names){0};
    feed->foreground = (tide_foreground){0};
    feed->recording = (tide_recording){.end.kind = TIDE_END_DETACHED};
    tide_heap_init(&feed->recording.heap);
    tide_names_init(&feed->names, &feed->recording);
    feed->named_count = 0;
}

/* -ENOENT: there is another file by now, or none: what comes next tells why. */
static int open_ledger(tide_feed *feed, const tide_live_message *program, tide_err *err) {
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/fd/%u", (int)feed->view.tool_pid, program->ledger_fd);
    int place = open(path, O_PATH | O_CLOEXEC); /* opens nothing yet: it may be a pipe, or a device */
    if (place < 0 || fstat(place, &status) || !S_ISREG(status.st_mode) ||
        status.st_ino != program->ledger_inode) {
        if (place >= 0)
            close(place);
        return -ENOENT;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", place);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int code = fd < 0 ? tide_fail(err, -errno, "cannot open the program's ledger: %m")
                      : tide_ledger_open(&feed->ledger, fd, err);
    close(place);
    if (fd >= 0)
        close(fd);
    return code;
}

static int start_program(tide_feed *feed, tide_live_message *program, tide_err *err) {
    int namer_fd;
    forget_program(feed);
    feed->recording.info = program->info;
    program->info = (tide_info){0};
    feed->view.state = TIDE_FEED_WAITING; /* for its ledger, or for why there is none */
    feed->view.pid = (pid_t)feed->recording.info.pid;
    feed->view.start_ns = program->start_ns;
    feed->view.programs_count++;
    feed->namer = tide_namer_new(&namer_fd);
    if (!feed->namer)
        return tide_fail(err, -EMFILE, "cannot get descriptors for looking up names");
    watch(feed, namer_fd);
    int code = open_ledger(feed, program, err);
    if (code == 0)
        feed->view.state = TIDE_FEED_RUNNING;
    return code == -ENOENT ? 0 : code;
}

static void show_foreground(tide_feed *feed) {
    if (!feed->shows_native && !feed->recording.info.shows_native)
        tide_foreground_show(&feed->foreground, &feed->recording.heap);
}

static int read_ledger(tide_feed *feed, bool is_final, tide_err *err) {
    if (!feed->ledger)
        return 0;
    tide_heap *heap = &feed->recording.heap;
    int code = is_final ? tide_ledger_read(feed->ledger, heap, true, err)
                        : tide_ledger_read_now(feed->ledger, heap, err);
    show_foreground(feed);
    tide_namer_start(feed->namer, &feed->recording.symbols, &feed->recording.heap);
    tide_names_update(&feed->names, &feed->recording, (uint32_t)feed->names.of_code.count);
    return code;
}

/* The last word about a program. What the ledger says then stays. */
static void end_program(tide_feed *feed, tide_end end, bool is_dead) {
    tide_err ignored; /* what was read before stays */
    if (feed->recording.end.kind != TIDE_END_EXEC)
        feed->recording.end = end;
    read_ledger(feed, is_dead, &ignored);
    tide_ledger_free(feed->ledger);
    feed->ledger = NULL;
}

static enum tide_feed_event end_process(tide_feed *feed, tide_end end) {
    end_program(feed, end, end.kind != TIDE_END_NONE);
    feed->view.state = TIDE_FEED_ENDED;
    feed->view.end = end;
    hang_up(feed);
    set_retry(feed, false);
    return TIDE_FEED_ENDED_NOW;
}

/* ---- messages */

static int greet(tide_feed *feed, tide_live_message *hello, tide_err *err) {
    if (hello->protocol != TIDE_LIVE_PROTOCOL || hello->layout != TIDE_LAYOUT_VERSION)
        return tide_fail(err, -EBADMSG, "port %u is served by another version of tidemark",
                         (unsigned)feed->view.port);
    feed->is_known = true;
    feed->view.tool_pid = (pid_t)hello->tool_pid;
    free(feed->recording.info.command);
    feed->recording.info.command = hello->info.command;
    hello->info.command = NULL;
    return TIDE_FEED_CONNECTED;
}

static int handle(tide_feed *feed, tide_live_message *message, tide_err *err) {
    if (!feed->is_known && message->kind != TIDE_LIVE_HELLO && message->kind != TIDE_LIVE_FULL)
        return tide_fail(err, -EBADMSG, "port %u is not served by tidemark", (unsigned)feed->view.port);
    switch ((enum tide_live_kind)message->kind) {
    case TIDE_LIVE_HELLO:
        return greet(feed, message, err);
    case TIDE_LIVE_FULL:
        return tide_fail(err, -EUSERS, "port %u has as many viewers as it takes; try again when one has left",
                         (unsigned)feed->view.port);
    case TIDE_LIVE_PROGRAM: {
        int code = start_program(feed, message, err);
        return code ? code : TIDE_FEED_STARTED;
    }
    case TIDE_LIVE_SAMPLE:
        *tide_vec_push(&feed->recording.samples) = message->sample;
        return TIDE_FEED_SAMPLED;
    case TIDE_LIVE_END:
        if (message->end.kind != TIDE_END_EXEC)
            return end_process(feed, message->end);
        end_program(feed, message->end, true);
        return TIDE_FEED_NOTHING;
    default:
        return TIDE_FEED_NOTHING;
    }
}

/* 0: no whole message is there; else its event in `*ret_event`, or negative. Samples in a row are one event. */
static int take_message(tide_feed *feed, int *ret_event, tide_err *err) {
    int bytes, taken = 0;
    *ret_event = TIDE_FEED_NOTHING;
    do {
        tide_live_message message;
        bytes = tide_live_take(feed->inbox.at + feed->taken_bytes, feed->inbox.count - feed->taken_bytes,
                               &message);
        if (bytes < 0)
            *ret_event =
                tide_fail(err, bytes, "what comes from port %u makes no sense", (unsigned)feed->view.port);
        if (bytes <= 0 || (taken && message.kind != TIDE_LIVE_SAMPLE)) {
            if (bytes > 0)
                tide_live_message_free(&message);
            break;
        }
        feed->taken_bytes += (size_t)bytes;
        *ret_event = handle(feed, &message, err);
        tide_live_message_free(&message);
        taken++;
    } while (*ret_event == TIDE_FEED_SAMPLED);
    return taken || bytes < 0;
}

static int give_up(tide_feed *feed, int code) {
    end_process(feed, (tide_end){.kind = TIDE_END_NONE});
    return code;
}

/* Nobody there yet, or somebody who went before he said who he is: it is tried again. */
static int wait_for_server(tide_feed *feed, tide_err *err) {
    int code = retry(feed, err);
    return code && code != -EAGAIN ? give_up(feed, code) : TIDE_FEED_NOTHING;
}

int tide_feed_next(tide_feed *feed, tide_err *err) {
    if (feed->namer && tide_namer_take(feed->namer, &feed->recording.symbols, false)) {
        tide_names_update(&feed->names, &feed->recording, feed->named_count);
        feed->named_count = (uint32_t)feed->recording.symbols.of_code.count;
        tide_namer_start(feed->namer, &feed->recording.symbols, &feed->recording.heap);
        return TIDE_FEED_NAMED;
    }
    if (feed->view.state == TIDE_FEED_ENDED)
        return TIDE_FEED_NOTHING;
    if (feed->socket_fd < 0)
        return wait_for_server(feed, err);
    for (;;) {
        int event;
        bool is_over;
        if (take_message(feed, &event, err)) {
            if (event < 0)
                return give_up(feed, event);
            if (event != TIDE_FEED_NOTHING)
                return event;
        } else if (!receive(feed, &is_over)) {
            if (is_over && feed->is_known)
                return end_process(feed, (tide_end){.kind = TIDE_END_NONE});
            if (is_over) {
                hang_up(feed);
                set_retry(feed, true);
            }
            return TIDE_FEED_NOTHING;
        }
    }
}

/* ---- what is seen */

int tide_feed_refresh(tide_feed *feed, tide_err *err) {
    return read_ledger(feed, false, err);
}

void tide_feed_name_all(tide_feed *feed) {
    if (!feed->namer)
        return;
    do {
        tide_namer_take(feed->namer, &feed->recording.symbols, true);
        tide_namer_start(feed->namer, &feed->recording.symbols, &feed->recording.heap);
    } while (tide_namer_take(feed->namer, &feed->recording.symbols, true));
    tide_names_update(&feed->names, &feed->recording, feed->named_count);
    feed->named_count = (uint32_t)feed->recording.symbols.of_code.count;
}

tide_feed_view tide_feed_look(const tide_feed *feed) {
    tide_feed_view view = feed->view;
    view.recording = &feed->recording;
    view.names = &feed->names;
    return view;
}

int tide_feed_save(tide_feed *feed, const char *path, bool force, tide_err *err) {
    tide_recording *recording = &feed->recording;
    tide_writer *writer;
    tide_feed_name_all(feed);
    int code = tide_writer_open(&writer, path, force, &recording->info, err);
    if (code)
        return code;
    tide_foreground_hide(&feed->foreground, &recording->heap);
    code = tide_writer_heap(writer, &recording->heap, err);
    show_foreground(feed);
    if (code == 0)
        code = tide_writer_samples(writer, recording->samples.at, recording->samples.count, err);
    if (code == 0)
        code = tide_writer_symbols(writer, &recording->symbols, err);
    int close_code = tide_writer_close(writer, code ? NULL : &recording->end, code ? NULL : err);
    return code ? code : close_code;
}

/* ---- beginning and end */

int tide_feed_open(tide_feed **ret, uint16_t port, bool shows_native, tide_err *err) {
    tide_feed *feed = tide_xcalloc(1, sizeof *feed);
    feed->shows_native = shows_native;
    feed->view.port = port;
    feed->socket_fd = -1;
    forget_program(feed);
    feed->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    feed->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int code =
        feed->epoll_fd < 0 || feed->timer_fd < 0 ? tide_fail(err, -errno, "cannot watch a port: %m") : 0;
    if (code == 0) {
        watch(feed, feed->timer_fd);
        set_retry(feed, true);
        code = call(feed, err);
    }
    if (code && code != -EAGAIN) {
        tide_feed_free(feed);
        return code;
    }
    *ret = feed;
    return 0;
}

void tide_feed_free(tide_feed *feed) {
    if (!feed)
        return;
    hang_up(feed);
    forget_program(feed);
    tide_names_free(&feed->names);
    tide_recording_free(&feed->recording);
    if (feed->epoll_fd >= 0)
        close(feed->epoll_fd);
    if (feed->timer_fd >= 0)
        close(feed->timer_fd);
    tide_buffer_free(&feed->inbox);
    free(feed);
}

int tide_feed_fd(const tide_feed *feed) {
    return feed->epoll_fd;
}
