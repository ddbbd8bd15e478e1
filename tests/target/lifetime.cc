// Allocations before main and after it: constructors, thread_local objects, atexit handlers, static destructors.
#include "truth.h"
#include <cstdlib>
#include <pthread.h>

namespace {

struct Late { // destroyed at exit, after main
    ~Late();
} late;

PLACE void in_static_destructor() {
    keep(malloc(907));
}
Late::~Late() {
    in_static_destructor();
    truth("in_static_destructor", "malloc", 907, 1, 907, 1);
}

PLACE char *in_static_constructor() {
    return static_cast<char *>(keep(malloc(901)));
}
char *made_by_constructor = in_static_constructor();

PLACE [[gnu::constructor(101)]] void early_constructor() { // before most of the C++ runtime
    free(keep(malloc(902)));
    keep(malloc(903));
}

struct PerThread {
    char *text;
    PLACE PerThread() : text(static_cast<char *>(keep(malloc(904)))) {}
    PLACE ~PerThread();
};
PLACE void in_thread_local_destructor() {
    free(keep(malloc(905)));
    keep(malloc(906));
}
PerThread::~PerThread() {
    in_thread_local_destructor();
    free(text);
}
thread_local PerThread per_thread;

void *uses_thread_local(void *) {
    per_thread.text[0] = 1;
    return nullptr;
}

PLACE void at_exit() {
    keep(malloc(908));
    truth("at_exit", "malloc", 908, 1, 908, 1);
}

PLACE [[gnu::destructor(101)]] void last_destructor() {
    keep(malloc(909));
    truth("last_destructor", "malloc", 909, 1, 909, 1);
}

} // namespace

int main() {
    atexit(at_exit);
    made_by_constructor[0] = 1;
    for (int i = 0; i < 10; i++) {
        pthread_t thread;
        if (pthread_create(&thread, nullptr, uses_thread_local, nullptr))
            abort();
        pthread_join(thread, nullptr);
    }
    truth("in_static_constructor", "malloc", 901, 1, 901, 1);
    truth("early_constructor", "malloc", 1805, 2, 903, 1);
    truth("PerThread", "malloc", 9040, 10, 0, 0);
    truth("in_thread_local_destructor", "malloc", 18110, 20, 9060, 10);
    return 0;
}
