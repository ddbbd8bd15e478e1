/* annotated: what the calls of include/tidemark/tidemark.h cost, in ns of CPU each, one "name value" a line. Without
 * the tracker, only what they cost then; it links nothing of Tidemark. Each value is the least of several stretches. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <tidemark/tidemark.h>
#include <time.h>

enum { STRETCHES = 15, CALLS = 400000, PAIRS = 200000, LIVE = 256 };

static uint64_t cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The least of several stretches of `count` times `statement`, each. */
#define LEAST_NS(ret, count, statement)                                       \
    do {                                                                      \
        (ret) = 1e9;                                                          \
        for (int stretch = 0; stretch < STRETCHES; stretch++) {               \
            uint64_t start_ns = cpu_ns();                                     \
            for (uint64_t i = 0; i < (count); i++) {                          \
                statement;                                                    \
                __asm__ volatile("" ::: "memory");                            \
            }                                                                 \
            double each_ns = (double)(cpu_ns() - start_ns) / (double)(count); \
            if (each_ns < (ret))                                              \
                (ret) = each_ns;                                              \
        }                                                                     \
    } while (0)

static void *live[LIVE];

/* A free and an allocation, of a block that lives for LIVE others. */
static __attribute__((noinline)) void pair(uint64_t i) {
    free(live[i % LIVE]);
    live[i % LIVE] = malloc(16 + i % 200);
}

static void say(const char *name, double ns) {
    printf("%s %.2f\n", name, ns);
}

int main(void) {
    double nothing, annotation, entered, pairs, owned, ended;
    tide_owner owner = tide_owner_create("owner", TIDE_UNOWNED), parent = owner;
    LEAST_NS(nothing, CALLS, (void)0);
    LEAST_NS(annotation, CALLS, tide_owner_current());
    say("annotation", annotation - nothing);
    LEAST_NS(entered, CALLS, tide_owner_enter(owner); tide_owner_leave(owner));
    say("enter_or_leave", (entered - nothing) / 2);
    if (!tide_is_tracking())
        return 0;
    owner = tide_owner_create("component", parent);
    owned = pairs = 1e9;
    for (int round = 0; round < 5; round++) { /* in turn, since the machine may be slower now and then */
        double ns;
        LEAST_NS(ns, PAIRS, pair(i));
        pairs = ns < pairs ? ns : pairs;
        tide_owner_enter(owner);
        LEAST_NS(ns, PAIRS, pair(i));
        owned = ns < owned ? ns : owned;
        tide_owner_leave(owner);
    }
    say("pair", pairs);
    say("pair_with_owner", owned);
    tide_section section;
    LEAST_NS(ended, CALLS / 10, tide_section_begin(&section, "section", TIDE_THREAD);
             tide_section_end(&section, NULL));
    say("section", ended);
    tide_stop();
    LEAST_NS(ended, PAIRS, pair(i));
    say("pair_stopped", ended);
    return 0;
}
