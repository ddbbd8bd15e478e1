/* Functions made at run time, of which no table knows anything. */
#include "torture.h"
#include <string.h>
#include <sys/mman.h>

/* void f(void (*callback)(int), int depth) */
static const uint8_t with_frame_pointer[] = {
    0x55,             /* push rbp */
    0x48, 0x89, 0xe5, /* mov rbp, rsp */
    0x48, 0x89, 0xf8, /* mov rax, rdi */
    0x89, 0xf7,       /* mov edi, esi */
    0xff, 0xd0,       /* call rax */
    0x5d,             /* pop rbp */
    0xc3,             /* ret */
};
static const uint8_t without_frame_pointer[] = {
    0x48, 0x83, 0xec, 0x28, /* sub rsp, 40 */
    0x48, 0x89, 0xf8,       /* mov rax, rdi */
    0x89, 0xf7,             /* mov edi, esi */
    0xff, 0xd0,             /* call rax */
    0x48, 0x83, 0xc4, 0x28, /* add rsp, 40 */
    0xc3,                   /* ret */
};

typedef void jit_function(void (*callback)(int), int depth);

static jit_function *make(const uint8_t *code, size_t bytes) {
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        abort();
    memcpy(at, code, bytes);
    return (jit_function *)(uintptr_t)at;
}

/* From a function with a frame pointer, so that rbp leads somewhere. */
NO_INLINE static void call(jit_function *function, int depth) {
    KEEP(__builtin_frame_address(0));
    torture_touch();
    function(torture_walk, depth - 1);
    torture_touch();
}

void torture_without_cfi(int depth) {
    static __thread jit_function *made[2];
    if (!made[0])
        made[0] = make(with_frame_pointer, sizeof with_frame_pointer);
    if (!made[1])
        made[1] = make(without_frame_pointer, sizeof without_frame_pointer);
    uint32_t which = torture_random() % 4;
    if (which < 3)
        call(made[which & 1], depth);
    else
        made[1](torture_walk, depth - 1);
}
