// Objects whose constructors and destructors allocate and free, outside main and after a thread's function.
#include "tally.h"
#include <thread>

namespace {
tally made;
}

extern "C" PLACE void *life_make(size_t bytes) {
    tally_made(&made, bytes);
    return ::operator new(bytes);
}
extern "C" PLACE void life_end(void *block, size_t bytes) {
    tally_freed(&made, bytes);
    ::operator delete(block);
}

struct Global {
    void *block;
    PLACE Global() : block(life_make(300)) {}
    PLACE ~Global() {
        life_make(301);
        life_end(block, 300);
        tally_print("life_make", &made);
    }
};
struct Local {
    void *block = nullptr;
    PLACE void use() { block = life_make(302); }
    PLACE ~Local() {
        life_end(block, 302);
        life_make(303);
    }
};

Global global;
thread_local Local local;

int main() {
    local.use();
    for (int i = 0; i < 100; i++)
        std::thread([] { local.use(); }).join();
    return 0;
}
