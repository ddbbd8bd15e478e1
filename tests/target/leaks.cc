// Blocks that stay and blocks that do not; containers; calls on one line and on several.
#include "truth.h"
#include <cstdlib>
#include <vector>

extern "C" void *__libc_malloc(size_t); // glibc's own name for it, which nobody stands in front of

namespace {

PLACE void leaks_now_and_then() {
    for (size_t i = 1; i <= 100; i++) {
        void *block = keep(malloc(i));
        if (i % 10)
            free(block);
    }
    truth("leaks_now_and_then", "malloc", 5050, 100, 550, 10);
}

PLACE void leaks_nothing() {
    void *blocks[50];
    for (void *&block : blocks)
        block = keep(calloc(3, 7));
    for (void *block : blocks)
        free(block);
    truth("leaks_nothing", "calloc", 1050, 50, 0, 0);
}

PLACE void leaks_no_bytes() {
    keep(malloc(0));
    truth("leaks_no_bytes", "malloc", 0, 1, 0, 1);
}

PLACE void frees_what_was_not_seen() {
    for (int i = 0; i < 3; i++)
        free(keep(__libc_malloc(10)));
    truth_total("foreign_frees", 3);
}

PLACE void one_vector() {
    std::vector<char> bytes(1234);
    keep(bytes.data());
    truth("one_vector", "malloc", 1234, 1, 1234, 1);
    bytes = {};
    truth("one_vector", "malloc", 1234, 1, 0, 0);
}

PLACE void growing_vector() { // 1, 2, 4 … 64
    std::vector<long> numbers;
    for (long i = 0; i < 50; i++)
        numbers.push_back(i);
    keep(numbers.data());
    truth("growing_vector", "malloc", 127 * sizeof(long), 7, 0, 0);
}

PLACE void line(int number, size_t blocks) {
    tell("line\t%d\t%zu\n", number, blocks);
}

PLACE void lines() {
    for (int i = 0; i < 10; i++)
        keep(malloc(16));
    line(__LINE__ - 1, 10);
    keep(malloc(16)), keep(malloc(16));
    line(__LINE__ - 1, 2);
    keep(malloc(16));
    line(__LINE__ - 1, 1);
}

[[gnu::always_inline]] inline void *innermost(size_t bytes) {
    return malloc(bytes);
}
[[gnu::always_inline]] inline void *between(size_t bytes) {
    return innermost(bytes + 1);
}
PLACE void with_inlined_calls() {
    keep(between(70));
    truth("innermost", "malloc", 71, 1, 71, 1);
}

} // namespace

int main() {
    leaks_now_and_then();
    leaks_nothing();
    leaks_no_bytes();
    frees_what_was_not_seen();
    one_vector();
    growing_vector();
    lines();
    with_inlined_calls();
    return 0;
}
