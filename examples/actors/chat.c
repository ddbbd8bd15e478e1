/* A chat room on 127.0.0.1. Each guest is an actor, and so is the room.
 *
 *   socket ─► this thread (epoll) ─ line ─► guest ─ said ─► room ─ said ─► every guest ─► its socket
 *
 * A guest's mailbox is limited. One whose socket takes nothing any more is held up in write(), its mailbox fills,
 * and the room, refused by it (-EAGAIN), leaves it out: a slow guest weighs no more than its limit, and holds up
 * nobody else for longer than the other scheduler threads suffice. "/weight" tells what everybody weighs.
 *
 * Usage: chat [PORT]        then: nc 127.0.0.1 PORT */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <tidemark/actor.h>
#include <unistd.h>

enum { LINE = 1000, GUESTS = 1000, BACKLOG_BYTES = 256 * 1024 };

enum {          /* types of messages */
       JOIN,    /* to the room: a tide_actor */
       LEAVE,   /* to the room: a tide_actor */
       WELCOME, /* to a guest: its socket */
       TYPED,   /* to a guest: a line from its socket */
       SAID,    /* to the room, and from it to all: a line */
};

static tide_actor room; /* set before there are guests */

/* ---- the room */

typedef struct hall {
    tide_actor guests[GUESTS];
    size_t guest_count;
} hall;

static void host(void *state, const tide_message *message) {
    hall *self = state;
    tide_actor guest;
    switch (message->type) {
    case JOIN:
        if (self->guest_count < GUESTS)
            memcpy(&self->guests[self->guest_count++], message->payload, sizeof(tide_actor));
        break;
    case LEAVE:
        memcpy(&guest, message->payload, sizeof guest);
        for (size_t i = 0; i < self->guest_count; i++)
            if (self->guests[i].id == guest.id)
                self->guests[i] = self->guests[--self->guest_count];
        break;
    default: /* who is gone, or has too much to read, misses it */
        for (size_t i = 0; i < self->guest_count; i++)
            tide_send(self->guests[i], SAID, message->payload, message->bytes);
    }
}

static const tide_actor_type room_type = {.name = "room", .state_bytes = sizeof(hall), .receive = host};

/* ---- a guest */

typedef struct guest {
    int socket;
    unsigned number;
} guest;

static void tell(const guest *self, const char *text, size_t bytes) {
    if (send(self->socket, text, bytes, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
        perror("chat: send");
}

static void tell_weights(const guest *self) {
    tide_snapshot *snapshot;
    char text[LINE];
    if (tide_snapshot_take(TIDE_SNAPSHOT_NOW, &snapshot) != 0)
        return;
    for (size_t i = 0; i < snapshot->type_count; i++) {
        const tide_type_figures *type = &snapshot->types[i];
        int bytes = snprintf(
            text, sizeof text, "%" PRIu64 " × %s: %" PRIu64 " bytes, of them in mailboxes %" PRIu64 "\n",
            type->actor_count, type->type->name, type->total.used_bytes, type->mailbox.used_bytes);
        tell(self, text, (size_t)bytes);
    }
    tide_snapshot_free(snapshot);
}

static void typed(const guest *self, const tide_message *message) {
    char line[LINE + 40];
    if (message->bytes == 7 && !memcmp(message->payload, "/weight", 7)) {
        tell_weights(self);
        return;
    }
    int bytes = snprintf(line, sizeof line, "%u: %.*s\n", self->number, (int)message->bytes,
                         (const char *)message->payload);
    tide_send(room, SAID, line, (size_t)bytes);
}

static void attend(void *state, const tide_message *message) {
    guest *self = state;
    switch (message->type) {
    case WELCOME:
        memcpy(self, message->payload, sizeof *self);
        break;
    case TYPED:
        typed(self, message);
        break;
    default:
        tell(self, message->payload, message->bytes);
    }
}

static void close_socket(void *state) {
    close(((guest *)state)->socket);
}

static const tide_actor_type guest_type = {.name = "guest",
                                           .state_bytes = sizeof(guest),
                                           .mailbox_limit_bytes = BACKLOG_BYTES,
                                           .receive = attend,
                                           .end = close_socket};

/* ---- sockets: what epoll tells becomes messages */

typedef struct connection {
    int socket; /* 0: free */
    tide_actor actor;
    size_t bytes;
    char text[LINE];
} connection;

static void let_in(int epoll, int listener, connection *wires) {
    static unsigned number;
    int socket = accept(listener, NULL, NULL);
    connection *place = wires;
    while (place < wires + GUESTS && place->socket)
        place++;
    if (socket < 0 || place == wires + GUESTS || tide_actor_create(&guest_type, &place->actor) != 0) {
        close(socket);
        return;
    }
    place->socket = socket;
    place->bytes = 0;
    tide_send(place->actor, WELCOME, &(guest){socket, ++number}, sizeof(guest));
    tide_send(room, JOIN, &place->actor, sizeof place->actor);
    struct epoll_event readable = {.events = EPOLLIN, .data.ptr = place};
    epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &readable);
}

static void let_out(int epoll, connection *wire) {
    epoll_ctl(epoll, EPOLL_CTL_DEL, wire->socket, NULL);
    shutdown(wire->socket, SHUT_RDWR); /* whoever is held up in it goes on; the actor closes it */
    tide_send(room, LEAVE, &wire->actor, sizeof wire->actor);
    tide_actor_stop(wire->actor);
    wire->socket = 0;
}

/* Hand over whole lines; a line that is too long comes in pieces. */
static void read_lines(int epoll, connection *wire) {
    ssize_t bytes = read(wire->socket, wire->text + wire->bytes, sizeof wire->text - wire->bytes);
    if (bytes <= 0) {
        let_out(epoll, wire);
        return;
    }
    wire->bytes += (size_t)bytes;
    char *start = wire->text, *end = wire->text + wire->bytes, *newline;
    while ((newline = memchr(start, '\n', (size_t)(end - start)))) {
        tide_send(wire->actor, TYPED, start, (size_t)(newline - start));
        start = newline + 1;
    }
    if (start == wire->text && end == wire->text + sizeof wire->text) {
        tide_send(wire->actor, TYPED, start, sizeof wire->text);
        start = end;
    }
    wire->bytes = (size_t)(end - start);
    memmove(wire->text, start, wire->bytes);
}

static int listen_on(unsigned short port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, bytes) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &bytes) != 0) {
        perror("chat");
        exit(1);
    }
    printf("chat: nc 127.0.0.1 %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int count, char **arguments) {
    static connection wires[GUESTS];
    if (tide_actors_start(NULL) != 0 || tide_actor_create(&room_type, &room) != 0)
        return 1;
    int listener = listen_on((unsigned short)(count > 1 ? atoi(arguments[1]) : 0)), epoll = epoll_create1(0);
    struct epoll_event readable = {.events = EPOLLIN, .data.ptr = NULL}, ready[64];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &readable);
    for (;;) {
        int ready_count = epoll_wait(epoll, ready, 64, -1);
        for (int i = 0; i < ready_count; i++)
            if (ready[i].data.ptr)
                read_lines(epoll, ready[i].data.ptr);
            else
                let_in(epoll, listener, wires);
    }
}
