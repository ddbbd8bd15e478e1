#include "actor/timers.h"
#include "actor/world.h"
#include <string.h>
#include <time.h>

typedef struct tide_alarm {
    tide_letter *letter; /* NULL: free */
    tide_actor to;
    uint64_t when_ns; /* CLOCK_MONOTONIC */
    uint32_t generation;
    uint32_t rank; /* in order; of a free one, the next free place */
} tide_alarm;

enum { NO_PLACE = UINT32_MAX, FIRST_PLACES = 16 };

static struct {
    tide_alarm *places;
    uint32_t *order;
    uint32_t place_count, armed_count, first_free;
    uint64_t letter_bytes, letter_allocated_bytes;
    uint32_t first_generation; /* above all of runtimes that are gone */
    pthread_t thread;
    bool has_thread, is_over;
    pthread_cond_t changed; /* the first in order, or is_over */
} timers;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- the heap */

static uint64_t when(uint32_t rank) {
    return timers.places[timers.order[rank]].when_ns;
}

static void put_at(uint32_t rank, uint32_t place) {
    timers.order[rank] = place;
    timers.places[place].rank = rank;
}

static void sift_up(uint32_t rank) {
    uint32_t place = timers.order[rank];
    for (; rank && when((rank - 1) / 2) > timers.places[place].when_ns; rank = (rank - 1) / 2)
        put_at(rank, timers.order[(rank - 1) / 2]);
    put_at(rank, place);
}

static void sift_down(uint32_t rank) {
    uint32_t place = timers.order[rank];
    for (uint32_t child; (child = 2 * rank + 1) < timers.armed_count; rank = child) {
        if (child + 1 < timers.armed_count && when(child + 1) < when(child))
            child++;
        if (when(child) >= timers.places[place].when_ns)
            break;
        put_at(rank, timers.order[child]);
    }
    put_at(rank, place);
}

/* ---- places */

static size_t places_bytes(uint32_t count) {
    return count * (sizeof *timers.places + sizeof *timers.order);
}

/* Places and order are one block: twice as many, and those that are new are free. */
static bool grow(tide_scheduler *foreign) {
    uint32_t count = timers.place_count ? 2 * timers.place_count : FIRST_PLACES;
    unsigned class = tide_class_of(places_bytes(count));
    tide_alarm *places =
        class < TIDE_CLASS_COUNT ? tide_pool_get(&tide_blocks, &foreign->blocks, class) : NULL;
    if (!places)
        return false;
    uint32_t *order = (uint32_t *)(places + count);
    if (timers.places) {
        memcpy(places, timers.places, timers.place_count * sizeof *places);
        memcpy(order, timers.order, timers.armed_count * sizeof *order);
        tide_pool_put(&tide_blocks, &foreign->blocks, tide_class_of(places_bytes(timers.place_count)),
                      timers.places);
    }
    for (uint32_t place = count; place-- > timers.place_count;) {
        places[place] = (tide_alarm){.generation = timers.first_generation, .rank = timers.first_free};
        timers.first_free = place;
    }
    timers.places = places;
    timers.order = order;
    timers.place_count = count;
    return true;
}

static void count_letter(const tide_letter *letter, int sign) {
    tide_load load = tide_head_load(tide_letter_get_head(letter));
    timers.letter_bytes += (uint64_t)sign * load.bytes;
    timers.letter_allocated_bytes += (uint64_t)sign * tide_load_allocated_bytes(load);
}

static void free_letter(tide_scheduler *foreign, tide_letter *letter) {
    tide_letter_free(foreign, letter, tide_head_class(tide_letter_get_head(letter)));
}

static uint32_t arm(tide_actor to, uint64_t when_ns, tide_letter *letter) {
    uint32_t place = timers.first_free;
    tide_alarm *alarm = &timers.places[place];
    timers.first_free = alarm->rank;
    alarm->letter = letter;
    alarm->to = to;
    alarm->when_ns = when_ns;
    put_at(timers.armed_count++, place);
    sift_up(alarm->rank);
    count_letter(letter, 1);
    tide_world_arm(1);
    return place;
}

/* Take it out; the letter is the caller's. tide_world_arm(-1) is to follow. */
static tide_letter *disarm(uint32_t place) {
    tide_alarm *alarm = &timers.places[place];
    tide_letter *letter = alarm->letter;
    uint32_t rank = alarm->rank, last = timers.order[--timers.armed_count];
    if (last != place) {
        put_at(rank, last);
        sift_up(rank);
        sift_down(timers.places[last].rank);
    }
    alarm->letter = NULL;
    alarm->generation++;
    alarm->rank = timers.first_free;
    timers.first_free = place;
    count_letter(letter, -1);
    return letter;
}

/* ---- the thread */

static void send_due(tide_scheduler *foreign) {
    while (timers.armed_count && when(0) <= now_ns()) {
        tide_actor to = timers.places[timers.order[0]].to;
        tide_letter *letter = disarm(timers.order[0]);
        tide_deliver_or_free(foreign, to, letter, tide_letter_get_head(letter));
        tide_world_arm(-1); /* after it is sent: the world is never at rest in between */
    }
}

static void *timers_main(void *argument) {
    (void)argument;
    pthread_mutex_lock(&tide_rt.foreign_lock);
    while (!timers.is_over) {
        send_due(tide_rt.schedulers[tide_rt.scheduler_count]);
        if (timers.armed_count) {
            uint64_t first = when(0);
            struct timespec until = {(time_t)(first / 1000000000), (long)(first % 1000000000)};
            pthread_cond_timedwait(&timers.changed, &tide_rt.foreign_lock, &until);
        } else {
            pthread_cond_wait(&timers.changed, &tide_rt.foreign_lock);
        }
    }
    pthread_mutex_unlock(&tide_rt.foreign_lock);
    return NULL;
}

static bool has_thread(void) {
    if (!timers.has_thread)
        timers.has_thread = pthread_create(&timers.thread, NULL, timers_main, NULL) == 0;
    return timers.has_thread;
}

/* ---- the interface */

int tide_send_after(tide_actor to, uint32_t type, const void *payload, size_t bytes, uint64_t delay_ns,
                    tide_timer *ret_timer) {
    if (bytes > TIDE_PAYLOAD_MAX)
        return -EMSGSIZE;
    const tide_cell *cell = tide_cell_of(to);
    if (!cell || tide_cell_generation(cell) != tide_generation_of(to))
        return -ESTALE;
    tide_scheduler *foreign = tide_foreign_enter();
    if (!foreign)
        return -ESRCH;
    tide_letter *letter = NULL;
    if ((timers.first_free != NO_PLACE || grow(foreign)) && has_thread())
        letter = tide_letter_new(foreign, tide_class_of(sizeof *letter + bytes));
    if (letter) {
        atomic_store_explicit(&letter->head, tide_letter_head(type, bytes), memory_order_relaxed);
        if (bytes)
            memcpy(letter->payload, payload, bytes);
        uint64_t now = now_ns();
        uint32_t place = arm(to, delay_ns < UINT64_MAX / 2 - now ? now + delay_ns : UINT64_MAX / 2, letter);
        if (ret_timer)
            ret_timer->id = (uint64_t)timers.places[place].generation << 32 | (place + 1);
        if (timers.order[0] == place)
            pthread_cond_signal(&timers.changed);
    }
    tide_foreign_leave();
    return letter ? 0 : -ENOMEM;
}

int tide_timer_cancel(tide_timer timer) {
    tide_scheduler *foreign = tide_foreign_enter();
    if (!foreign)
        return -ESRCH;
    uint32_t place = (uint32_t)timer.id - 1;
    bool is_armed = place < timers.place_count && timers.places[place].letter &&
                    timers.places[place].generation == timer.id >> 32;
    if (is_armed) {
        free_letter(foreign, disarm(place));
        tide_world_arm(-1);
    }
    tide_foreign_leave();
    return is_armed ? 0 : -ESTALE;
}

/* ---- */

void tide_timers_init(void) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&timers.changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    timers.first_free = NO_PLACE;
    timers.is_over = false;
}

void tide_timers_stop(void) {
    pthread_mutex_lock(&tide_rt.foreign_lock);
    timers.is_over = true;
    pthread_cond_signal(&timers.changed);
    bool has = timers.has_thread;
    timers.has_thread = false;
    pthread_mutex_unlock(&tide_rt.foreign_lock);
    if (has)
        pthread_join(timers.thread, NULL);
}

void tide_timers_fini(tide_scheduler *foreign) {
    while (timers.armed_count)
        free_letter(foreign, disarm(timers.order[0]));
    for (uint32_t place = 0; place < timers.place_count; place++)
        if (timers.first_generation < timers.places[place].generation)
            timers.first_generation = timers.places[place].generation;
    if (timers.places)
        tide_pool_put(&tide_blocks, &foreign->blocks, tide_class_of(places_bytes(timers.place_count)),
                      timers.places);
    timers.places = NULL;
    timers.place_count = 0;
    pthread_cond_destroy(&timers.changed);
}

tide_figures tide_timers_figures(void) {
    size_t bytes = places_bytes(timers.place_count);
    return (tide_figures){timers.letter_bytes + bytes,
                          timers.letter_allocated_bytes +
                              (bytes ? tide_class_bytes(tide_class_of(bytes)) : 0)};
}
