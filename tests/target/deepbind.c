/* Blocks that are freed where nobody can see it, a million times the same address.
 *
 * Usage: deepbind LIBRARY */
#include "truth.h"
#include <dlfcn.h>
#include <stdlib.h>

PLACE static void swallowed(void (*swallow)(void *)) {
    for (unsigned i = 0; i < 1000000; i++)
        swallow(keep(malloc(100)));
}

/* Takes the address over. */
PLACE static void last(void) {
    keep(malloc(100));
}

int main(int argc, char **argv) {
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_DEEPBIND) : NULL;
    void (*swallow)(void *) = library ? (void (*)(void *))dlsym(library, "swallow") : NULL;
    if (!swallow)
        return 2;
    swallowed(swallow);
    last();
    truth("swallowed", "malloc", 100000000, 1000000, 0, 0);
    truth("last", "malloc", 100, 1, 100, 1);
    truth_total("lost_events", 1000000);
    return 0;
}
