/* Blocks that are freed where nobody can see it, a million times the same address.
 *
 * Usage: deepbind LIBRARY [in-a-thread] */
#include "truth.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

static void (*swallow)(void *);

PLACE static void *swallowed(void *arg) {
    for (unsigned i = 0; i < 1000000; i++)
        swallow(keep(malloc(100)));
    return arg;
}

/* Takes the address over. */
PLACE static void last(void) {
    keep(malloc(100));
}

int main(int argc, char **argv) {
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_DEEPBIND) : NULL;
    swallow = library ? (void (*)(void *))dlsym(library, "swallow") : NULL;
    if (!swallow)
        return 2;
    if (argc > 2) {
        pthread_t thread;
        return pthread_create(&thread, NULL, swallowed, NULL) || pthread_join(thread, NULL);
    }
    swallowed(NULL);
    last();
    truth("swallowed", "malloc", 100000000, 1000000, 0, 0);
    truth("last", "malloc", 100, 1, 100, 1);
    truth_total("lost_events", 1000000);
    return 0;
}
