/* How much does an actor weigh? What Pony's page shows with ponyint_actor_total_mem_size, in C: an actor asks about
 * itself, and so does somebody else about it.
 *
 *   cc weigh.c $(pkg-config --cflags --libs tideactor) && ./a.out */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <tidemark/actor.h>

typedef struct collector {
    char *lines[100];
    int line_count;
} collector;

/* Each message is a line, which the actor keeps on its own heap. */
static void collect(void *state, const tide_message *message) {
    collector *self = state;
    char *line = tide_actor_alloc(message->bytes);
    if (!line || self->line_count == 100)
        return;
    memcpy(line, message->payload, message->bytes);
    self->lines[self->line_count++] = line;
    if (self->line_count % 50 == 0)
        printf("my size, with the lines that wait in the mailbox = %" PRId64 "\n",
               tide_actor_total_mem_size(tide_actor_self()));
}

static const tide_actor_type collector_type = {
    .name = "collector", .state_bytes = sizeof(collector), .receive = collect};

int main(void) {
    tide_actor some_actor;
    if (tide_actors_start(NULL) != 0 || tide_actor_create(&collector_type, &some_actor) != 0)
        return 1;
    printf("size of an actor that has nothing yet = %" PRId64 "\n", tide_actor_total_mem_size(some_actor));
    const char line[] = "the quick brown fox jumps over the lazy dog";
    for (int i = 0; i < 100; i++)
        tide_send(some_actor, 0, line, sizeof line);
    tide_actors_quiesce();

    printf("size of some actor = %" PRId64 " used, %" PRId64 " allocated\n",
           tide_actor_total_mem_size(some_actor), tide_actor_total_alloc_size(some_actor));
    printf("of it the actor itself = %" PRId64 " used, %" PRId64 " allocated\n",
           tide_actor_mem_size(some_actor), tide_actor_alloc_size(some_actor));

    tide_actor_stop(some_actor);
    tide_actors_quiesce();
    printf("and when it is gone: %s\n", strerror((int)-tide_actor_total_mem_size(some_actor)));
    return tide_actors_stop() != 0;
}
