/* tests/unwind/torture: programs whose stacks are hard to follow. Random walks over functions that do odd things with
 * their frames; each allocates before and after what it does, so that the stack is taken again when most of it is as it
 * was. Deterministic: a seed in, the same walk out. */
#pragma once
#include <stdint.h>
#include <stdlib.h>

#ifdef __clang__
#define NO_INLINE __attribute__((noinline))
#else
#define NO_INLINE __attribute__((noinline, noclone))
#endif
/* Keep a value in memory, and the compiler from seeing that nobody needs it. */
#define KEEP(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

uint32_t torture_random(void); /* per thread */
void torture_seed(uint64_t seed);
void torture_touch(void);     /* allocate, or free what was allocated before */
void torture_walk(int depth); /* one of the functions below, which goes on with torture_walk(depth - 1) */

void torture_odd_frames(int depth);  /* torture_frames.c and .S */
void torture_without_cfi(int depth); /* torture_jit.c: code that was made at run time */
void torture_switch(int depth);      /* torture_coroutines.c */
void torture_signal(int depth);      /* torture_signals.c */
void torture_signals_begin(void);    /* before a thread's first walk */
void torture_signals_end(void);

/* Two libraries, loaded and unloaded in turns; returns whether they ever stood at the same addresses.
 * torture_plugins.c */
int torture_plugins(const char *const paths[2], int depth);

extern __thread volatile int torture_in_allocator; /* a timer's handler must not allocate now */
extern __thread volatile int torture_in_handler;
