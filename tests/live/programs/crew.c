/* Three actors of two types that keep what they were told to on their heaps and by malloc, and a section. The program
 * says "ready" and ends with its input. */
#include <stdlib.h>
#include <tidemark/actor.h>
#include <tidemark/tidemark.h>
#include <unistd.h>

typedef struct order {
    size_t heap_bytes, malloc_bytes;
} order;

static void *volatile last_block; /* so that no allocation is optimized away */

static void keep(void *state, const tide_message *message) {
    const order *it = message->payload;
    *(void **)state = tide_actor_alloc(it->heap_bytes);
    last_block = malloc(it->malloc_bytes);
}

static const tide_actor_type cook = {.name = "cook", .state_bytes = sizeof(void *), .receive = keep};
static const tide_actor_type waiter = {.name = "waiter", .state_bytes = sizeof(void *), .receive = keep};

static int employ(const tide_actor_type *type, order its) {
    tide_actor actor;
    return tide_actor_create(type, &actor) || tide_send(actor, 0, &its, sizeof its);
}

static void open_house(void) {
    TIDE_SECTION("open");
    last_block = malloc(30000);
    free(last_block);
    last_block = malloc(5000);
}

int main(void) {
    char byte;
    open_house();
    if (tide_actors_start(&(tide_actors_config){.scheduler_count = 2}) ||
        employ(&cook, (order){100000, 7000}) || employ(&cook, (order){200000, 3000}) ||
        employ(&waiter, (order){50000, 1000}))
        return 1;
    tide_actors_quiesce();
    if (write(STDOUT_FILENO, "ready\n", 6) != 6)
        return 1;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    return tide_actors_stop() != 0;
}
