/* samples/inlined: two levels of inlining, a static function, and a call that nothing follows. */
#include "here.h"

#define KEEP_CALL() __asm__ volatile("" ::: "memory") /* no jump instead of the call */

static inline __attribute__((always_inline)) void inner(const char *middle_place, const char *outer_place) {
    here(AT("inner"), middle_place, outer_place);
    KEEP_CALL();
}

static inline __attribute__((always_inline)) void middle(const char *outer_place) {
    inner(AT("middle"), outer_place);
}

void outer(void);
__attribute__((noinline)) void outer(void) {
    middle(AT("outer"));
    middle(AT("outer"));
    here(AT("outer"), 0, 0);
    KEEP_CALL();
}

static __attribute__((noinline)) void only_here(void) {
    here(AT("only_here"), 0, 0);
    KEEP_CALL();
}

/* The return address of this call is the first byte of whatever comes next. */
void last(void);
__attribute__((noinline, noreturn)) void last(void) {
    here_at_last(AT("last"));
}

int main(void) {
    only_here();
    outer();
    last();
}
