/* Ad-hoc events on seven call stacks: 97 units in 7 events and more, counted by DHAT's client request, or by ours. */
#ifdef WITH_VALGRIND
#include <valgrind/dhat.h>
#define EVENT(weight) DHAT_AD_HOC_EVENT(weight)
#else
#include <tidemark/tidemark.h>
#define EVENT(weight) tide_event("adhoc", weight)
#endif
#include <stdint.h>

static __attribute__((noinline)) void leaf(uint64_t weight) {
    EVENT(weight);
    __asm__ volatile("");
}
static __attribute__((noinline)) void left(uint64_t weight) {
    leaf(weight);
    __asm__ volatile("");
}
static __attribute__((noinline)) void right(uint64_t weight) {
    leaf(weight);
    EVENT(weight + 1);
    __asm__ volatile("");
}

int main(void) {
    left(10);
    left(20);
    right(30);
    leaf(5);
    EVENT(1);
    for (int i = 0; i < 100; i++)
        left(2);
    return 0;
}
