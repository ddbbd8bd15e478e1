// samples/scopes: namespaces, templates, members, an unnamed namespace and a lambda.
#include "here.h"

#define KEEP_CALL() __asm__ volatile("" ::: "memory")

namespace {
__attribute__((noinline)) void hidden() {
    here(AT("(anonymous namespace)::hidden"), nullptr, nullptr);
    KEEP_CALL();
}
}

namespace garden {
template <typename T> struct Box {
    T value;
    __attribute__((always_inline)) void open(const char *outer_place) const {
        here(AT("garden::Box<int>::open(char const*) const"), outer_place, nullptr);
        KEEP_CALL();
    }
};

__attribute__((noinline)) void walk(int steps) {
    Box<int>{steps}.open(AT("garden::walk(int)"));
    auto look = [](const char *outer_place) __attribute__((always_inline)) {
        here(AT("garden::walk(int)::{lambda}::operator()"), outer_place, nullptr);
        KEEP_CALL();
    };
    look(AT("garden::walk(int)"));
}

struct Gate {
    __attribute__((noinline)) Gate() {
        here(AT("garden::Gate::Gate()"), nullptr, nullptr);
        KEEP_CALL();
    }
};
}

int main() {
    hidden();
    garden::walk(3);
    garden::Gate gate;
}
