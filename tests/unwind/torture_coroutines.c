/* Stacks that are not the thread's: from mmap, kept for the next time, or a part of the thread's own stack. */
#include "torture.h"
#include <sys/mman.h>
#include <ucontext.h>

enum { STACK_BYTES = 512 << 10 };

typedef struct coroutine {
    ucontext_t inside, outside;
    int depth, rounds;
} coroutine;

static __thread coroutine *starting;

static void body(void) {
    coroutine *self = starting;
    for (int i = 0; i < self->rounds; i++) {
        torture_walk(self->depth);
        swapcontext(&self->inside, &self->outside);
        torture_touch();
    }
}

/* Let it run, and walk outside whenever it stops. */
NO_INLINE static void run(coroutine *self, void *stack, int depth) {
    getcontext(&self->inside);
    self->inside.uc_stack.ss_sp = stack;
    self->inside.uc_stack.ss_size = STACK_BYTES;
    self->inside.uc_link = &self->outside;
    self->depth = depth < 2 ? depth : 2;
    self->rounds = 1 + (int)(torture_random() % 3);
    makecontext(&self->inside, body, 0);
    starting = self;
    for (int i = 0; i <= self->rounds; i++) {
        swapcontext(&self->outside, &self->inside);
        torture_touch();
        torture_walk(depth - 3);
    }
}

static void *stack_map(void) {
    void *at = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

NO_INLINE static void run_on_own_stack(int depth) {
    char stack[STACK_BYTES];
    coroutine self;
    KEEP(stack);
    run(&self, stack, depth);
    KEEP(stack);
}

NO_INLINE static void run_on_new_stack(int depth) {
    coroutine self;
    void *stack = stack_map();
    run(&self, stack, depth);
    munmap(stack, STACK_BYTES);
}

/* Each level of the walk has its own, since the outer ones are in use. */
NO_INLINE static void run_on_kept_stack(int depth) {
    static __thread void *kept[16];
    coroutine self;
    void **stack = &kept[depth & 15];
    if (!*stack)
        *stack = stack_map();
    void *mine = *stack;
    *stack = NULL;
    run(&self, mine, depth);
    if (*stack)
        munmap(mine, STACK_BYTES);
    else
        *stack = mine;
}

void torture_switch(int depth) {
    if (depth < 3 || torture_in_handler) { /* what happens on a signal stack has to end there */
        torture_walk(depth - 1);
        return;
    }
    switch (torture_random() % 3) {
    case 0:
        run_on_own_stack(depth);
        break;
    case 1:
        run_on_new_stack(depth);
        break;
    default:
        run_on_kept_stack(depth);
        break;
    }
}
