// Exceptions through frames whose destructors free, some of them caught and thrown again on the way.
#include "tally.h"
#include <stdexcept>

enum { FRAMES = 100, ROUNDS = 500 };
static tally made;

extern "C" {
PLACE static void *throw_make(size_t bytes) {
    void *block = ::operator new(bytes);
    tally_made(&made, bytes);
    return block;
}
PLACE static void throw_free(void *block, size_t bytes) {
    tally_freed(&made, bytes);
    ::operator delete(block);
}
}

struct Holder {
    size_t bytes;
    void *block;
    explicit Holder(size_t n) : bytes(n), block(throw_make(n)) {}
    ~Holder() {
        throw_free(throw_make(bytes + 1), bytes + 1); // allocates while the stack is being unwound
        throw_free(block, bytes);
    }
};

PLACE static void descend(int levels) {
    Holder holder(levels + 10);
    if (levels == 0)
        throw std::runtime_error("from the bottom, with a text that is too long for a small string");
    if (levels % 25) {
        descend(levels - 1);
        return;
    }
    try {
        descend(levels - 1);
    } catch (const std::exception &) {
        throw_free(throw_make(5), 5);
        throw;
    }
}

int main() {
    int caught = 0;
    for (int i = 0; i < ROUNDS; i++) {
        try {
            descend(FRAMES);
        } catch (const std::runtime_error &) {
            caught++;
            throw_make(7);
        }
    }
    REQUIRE(caught == ROUNDS && made.total_blocks - made.freed_blocks == ROUNDS);
    tally_print("throw_make", &made);
    return 0;
}
