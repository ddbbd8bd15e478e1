/* What a message costs: one of the shapes below, again and again, until so many messages are handled.
 *
 *   pingpong   64 pairs answer each other
 *   ring       1,000 actors in a ring, 100 messages go round
 *   fanin      8 actors send 100 messages each to one, which answers the last of them
 *   payload    pingpong; each message takes along a new payload of 64 bytes
 *   alloc      pingpong; each message allocates 16 blocks of 32 bytes on the actor's heap, and frees them
 *   malloc     no actors: pairs of malloc and free of 64 bytes, for comparison with other machines
 *
 * Usage: messages SHAPE SCHEDULERS MESSAGES        prints CPU ns and wall ns per message */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tidemark/actor.h>
#include <time.h>

enum {
    PAIRS = 64,
    RING = 1000,
    TOKENS = 100,
    SENDERS = 8,
    BURST = 100,
    BLOCKS = 16,
    BLOCK_BYTES = 32,
    PAYLOAD_BYTES = 64
};
enum { NEIGHBOUR, BALL }; /* types of messages */

typedef struct player {
    tide_actor next;
    unsigned long left; /* to be sent on */
} player;

static unsigned long share; /* each actor's messages */

static void meet(player *self, const tide_message *message) {
    memcpy(&self->next, message->payload, sizeof self->next);
    self->left = share;
}

static void pass(void *state, const tide_message *message) {
    player *self = state;
    if (message->type == NEIGHBOUR)
        meet(self, message);
    else if (self->left && self->left--)
        tide_send(self->next, BALL, NULL, 0);
}

static void pass_payload(void *state, const tide_message *message) {
    player *self = state;
    if (message->type == NEIGHBOUR)
        meet(self, message);
    else if (self->left && self->left--) {
        void *payload = tide_payload_new(PAYLOAD_BYTES);
        memset(payload, (int)self->left, PAYLOAD_BYTES);
        tide_send_move(self->next, BALL, payload);
    }
}

static void pass_and_allocate(void *state, const tide_message *message) {
    player *self = state;
    if (message->type == NEIGHBOUR) {
        meet(self, message);
    } else if (self->left && self->left--) {
        void *blocks[BLOCKS];
        for (int i = 0; i < BLOCKS; i++) {
            blocks[i] = tide_actor_alloc(BLOCK_BYTES);
            *(int *)blocks[i] = i;
        }
        for (int i = 0; i < BLOCKS; i++)
            tide_actor_free(blocks[i]);
        tide_send(self->next, BALL, NULL, 0);
    }
}

static void burst(void *state, const tide_message *message) {
    player *self = state;
    if (message->type == NEIGHBOUR)
        meet(self, message);
    for (int i = 0; self->left >= BURST && i < BURST; i++)
        tide_send(self->next, i == BURST - 1, &(tide_actor){i == BURST - 1 ? tide_actor_self().id : 0},
                  sizeof(tide_actor));
    self->left -= self->left >= BURST ? BURST : self->left;
}

static void swallow(void *state, const tide_message *message) {
    tide_actor sender;
    memcpy(&sender, message->payload, sizeof sender);
    ++*(unsigned long *)state;
    if (sender.id)
        tide_send(sender, BALL, NULL, 0);
}

static tide_actor_type player_type = {.name = "player", .state_bytes = sizeof(player), .receive = pass};
static const tide_actor_type sender_type = {
    .name = "sender", .state_bytes = sizeof(player), .receive = burst};
static const tide_actor_type sink_type = {.name = "sink", .state_bytes = sizeof(long), .receive = swallow};

static tide_actor create(const tide_actor_type *type) {
    tide_actor actor;
    if (tide_actor_create(type, &actor) != 0)
        exit(1);
    return actor;
}

/* Hands out all balls before the first is passed on: so that none catches up with another, to be handled with it. */
typedef struct kickoff {
    unsigned count, size, balls;
    tide_actor players[];
} kickoff;

static void kick_off(void *state, const tide_message *message) {
    (void)state;
    const kickoff *game = message->payload;
    for (unsigned ball = 0; ball < game->balls; ball++)
        for (unsigned first = 0; first < game->count; first += game->size)
            tide_send(game->players[first + ball * (game->size / game->balls)], BALL, NULL, 0);
}

static const tide_actor_type referee_type = {.name = "referee", .receive = kick_off};

/* `count` players in rings of `size`; `balls` in each. */
static void play(unsigned count, unsigned size, unsigned balls, unsigned long messages) {
    size_t game_bytes = sizeof(kickoff) + count * sizeof(tide_actor);
    kickoff *game = calloc(1, game_bytes);
    *game = (kickoff){count, size, balls};
    share = messages / count;
    for (unsigned i = 0; i < count; i++)
        game->players[i] = create(&player_type);
    for (unsigned i = 0; i < count; i++)
        tide_send(game->players[i], NEIGHBOUR, &game->players[i / size * size + (i + 1) % size],
                  sizeof(tide_actor));
    tide_actors_quiesce();
    tide_send(create(&referee_type), 0, game, game_bytes);
    free(game);
}

static void flood(unsigned long messages) {
    tide_actor sink = create(&sink_type);
    share = messages / SENDERS;
    for (int i = 0; i < SENDERS; i++)
        tide_send(create(&sender_type), NEIGHBOUR, &sink, sizeof sink);
}

static double now_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void allocate(unsigned long pairs) {
    for (unsigned long i = 0; i < pairs; i++) {
        void *volatile block = malloc(PAYLOAD_BYTES);
        free(block);
    }
}

static void act(const char *shape, unsigned long messages) {
    if (!strcmp(shape, "payload"))
        player_type.receive = pass_payload;
    if (!strcmp(shape, "alloc"))
        player_type.receive = pass_and_allocate;
    if (!strcmp(shape, "ring"))
        play(RING, RING, TOKENS, messages);
    else if (!strcmp(shape, "fanin"))
        flood(messages);
    else
        play(2 * PAIRS, 2, 1, messages);
    tide_actors_quiesce();
}

int main(int count, char **arguments) {
    if (count != 4)
        return 2;
    const char *shape = arguments[1];
    tide_actors_config config = {.scheduler_count = (unsigned)atoi(arguments[2])};
    unsigned long messages = strtoul(arguments[3], NULL, 10);
    if (tide_actors_start(&config) != 0)
        return 1;
    double cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), wall = now_ns(CLOCK_MONOTONIC);
    if (!strcmp(shape, "malloc"))
        allocate(messages);
    else
        act(shape, messages);
    cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = now_ns(CLOCK_MONOTONIC) - wall;
    printf("%.3f %.3f\n", cpu / (double)messages, wall / (double)messages);
    return tide_actors_stop() != 0;
}
