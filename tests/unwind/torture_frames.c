/* Functions whose frames are made in unusual ways: by the compiler here, by hand in torture_frames.S. */
#include "torture.h"
#include <alloca.h>
#include <setjmp.h>
#include <string.h>

/* Stack space of a size known at run time only: rbp is the frame's base. */
NO_INLINE static void with_alloca(int depth) {
    char *space = alloca(16 + torture_random() % 300);
    space[3] = 1;
    KEEP(space);
    torture_walk(depth - 1);
    torture_touch();
    KEEP(space);
}

/* Realigned: the frame is found through rbp, or through a saved register. */
NO_INLINE static void realigned(int depth) {
    _Alignas(64) char vector[128];
    KEEP(vector);
    torture_walk(depth - 1);
    KEEP(vector);
    torture_touch();
}

NO_INLINE static void realigned_with_alloca(int depth, int a, int b, int c, int d, int e, int on_stack) {
    _Alignas(32) char vector[96];
    char *space = alloca(1 + torture_random() % 100);
    KEEP(vector);
    KEEP(space);
    torture_walk(depth - 1);
    torture_touch();
    vector[0] = (char)(a + b + c + d + e + on_stack);
    KEEP(vector);
}

/* A frame too large for the cache's short form. */
NO_INLINE static void large(int depth) {
    char frame[100000];
    memset(frame, 1, sizeof frame); /* no old return addresses, for whoever takes rbp for a frame pointer */
    KEEP(frame);
    torture_walk(depth - 1);
    torture_touch();
    KEEP(frame);
}

NO_INLINE static void large_with_alloca(int depth) {
    char frame[70000], *space = alloca(1 + torture_random() % 64);
    KEEP(frame);
    KEEP(space);
    torture_walk(depth - 1);
    torture_touch();
    KEEP(frame);
}

/* rbp holds anything. */
NO_INLINE static void rbp_in_use(int depth) {
    uint64_t value = torture_random();
    __asm__ volatile("" : : "r"(value) : "rbx", "r12", "r13", "r14", "rbp");
    torture_walk(depth - 1);
    torture_touch();
    __asm__ volatile("" : : "r"(value) : "rbp");
}

NO_INLINE static void rbp_as_pointer(int depth) {
    KEEP(__builtin_frame_address(0));
    torture_touch();
    torture_walk(depth - 1);
    torture_touch();
}

/* ---- returns that are none */
static __thread jmp_buf target;
static __thread int is_set;

__attribute__((noreturn)) NO_INLINE static void jump_from(int depth) {
    char *space = alloca(torture_random() % 64 + 1);
    KEEP(space);
    torture_touch();
    if (depth > 0 && torture_random() % 4)
        jump_from(depth - 1);
    torture_in_allocator =
        1;              /* no timer: libunwind cannot do longjmp's rules for registers kept in registers */
    longjmp(target, 1); /* the last instruction is a call: its return address belongs to the next function */
}

NO_INLINE static void jumped(int depth) {
    if (is_set) {
        torture_walk(depth - 1);
        return;
    }
    is_set = 1;
    if (!setjmp(target))
        jump_from(4);
    torture_in_allocator = 0;
    is_set = 0;
    torture_touch();
    torture_walk(depth - 1);
}

/* ---- by hand */
typedef void torture_callback(int depth);
void torture_pushes(torture_callback *callback, int depth);
void torture_cfa_in_rbx(torture_callback *callback, int depth);
void torture_cfa_in_r12(torture_callback *callback, int depth);
void torture_by_expression(torture_callback *callback, int depth);
void torture_rbp_far_away(torture_callback *callback, int depth);
void torture_remembers(torture_callback *callback, int depth);
void torture_many_rows(torture_callback *callback, int depth);

void torture_shifted(torture_callback *callback, int depth);
void torture_aligns(int depth);
void torture_saves_rbp(void);

NO_INLINE static void aligned_touch(int depth) {
    _Alignas(64) char vector[64];
    vector[0] = (char)depth;
    KEEP(vector);
    torture_touch();
    KEEP(vector);
}

NO_INLINE static void aligned_save(int depth) {
    _Alignas(64) char vector[64];
    vector[0] = (char)depth;
    KEEP(vector);
    torture_saves_rbp();
    KEEP(vector);
}

static void shifted(int depth) {
    static torture_callback *const callbacks[] = {torture_aligns, aligned_touch, aligned_save};
    torture_shifted(callbacks[torture_random() % 3], depth);
    torture_walk(depth - 1);
}

void torture_odd_frames(int depth) {
    static torture_callback *const compiled[] = {with_alloca, realigned,  large,          large_with_alloca,
                                                 shifted,     rbp_in_use, rbp_as_pointer, jumped};
    static void (*const by_hand[])(torture_callback *, int) = {
        torture_pushes,       torture_cfa_in_rbx, torture_cfa_in_r12, torture_by_expression,
        torture_rbp_far_away, torture_remembers,  torture_many_rows};
    uint32_t which = torture_random() % 16;
    if (which < 8)
        compiled[which](depth);
    else if (which < 15)
        by_hand[which - 8](torture_walk, depth - 1);
    else
        realigned_with_alloca(depth, 1, 2, 3, 4, 5, 6);
    torture_touch();
}
