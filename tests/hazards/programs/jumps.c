/* Stacks that are not what they were: left by longjmp, swapped and unmapped, made by code without a description.
 * Usage: jumps longjmp|coroutines|jit */
#include "tally.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

static tally made;

PLACE static void *jump_make(size_t bytes) {
    void *block = malloc(bytes);
    REQUIRE(block);
    tally_made(&made, bytes);
    return block;
}

PLACE static void jump_free(void *block, size_t bytes) {
    tally_freed(&made, bytes);
    free(block);
}

/* ---- longjmp over frames that have allocated, into one that goes on allocating */
static jmp_buf back;

PLACE static void descend(int levels) {
    jump_free(jump_make(30), 30);
    if (!levels)
        longjmp(back, 1);
    descend(levels - 1);
    __asm__ volatile("");
}

static void run_longjmp(void) {
    for (volatile int i = 0; i < 1000; i++) {
        if (!setjmp(back))
            descend(i % 50);
        jump_make(20);
    }
}

/* ---- coroutines: their stacks are mapped, used by turns, and unmapped */
enum { COROUTINES = 64, TURNS = 20, STACK_BYTES = 64 << 10 };
static ucontext_t scheduler, coroutines[COROUTINES];

PLACE static void coroutine_work(int number, int levels) {
    jump_free(jump_make((size_t)number + 1), (size_t)number + 1);
    if (levels)
        coroutine_work(number, levels - 1);
    else
        swapcontext(&coroutines[number], &scheduler);
    __asm__ volatile("");
}

static void coroutine_run(int number) {
    for (int turn = 0; turn < TURNS; turn++) {
        coroutine_work(number, turn);
        jump_make(1000);
    }
}

static void run_coroutines(void) {
    for (int round = 0; round < 4; round++) {
        char *stacks = mmap(NULL, (size_t)COROUTINES * STACK_BYTES, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(stacks != MAP_FAILED);
        for (int i = 0; i < COROUTINES; i++) {
            getcontext(&coroutines[i]);
            coroutines[i].uc_stack.ss_sp = stacks + (size_t)i * STACK_BYTES;
            coroutines[i].uc_stack.ss_size = STACK_BYTES;
            coroutines[i].uc_link = &scheduler;
            makecontext(&coroutines[i], (void (*)(void))coroutine_run, 1, i);
        }
        for (int turn = 0; turn <= TURNS; turn++)
            for (int i = 0; i < COROUTINES; i++)
                swapcontext(&scheduler, &coroutines[i]);
        REQUIRE(!munmap(stacks, (size_t)COROUTINES * STACK_BYTES));
        jump_make(2000);
    }
}

/* ---- code made at run time, with a frame pointer and no description: calls its argument */
static void *jit_make(void *(*function)(size_t), size_t bytes) {
    static const uint8_t code[] = {0x55,                   /* push %rbp */
                                   0x48, 0x89, 0xe5,       /* mov %rsp, %rbp */
                                   0x48, 0x83, 0xec, 0x20, /* sub $32, %rsp */
                                   0x48, 0x89, 0xf8,       /* mov %rdi, %rax */
                                   0x48, 0x89, 0xf7,       /* mov %rsi, %rdi */
                                   0xff, 0xd0,             /* call *%rax */
                                   0xc9, 0xc3};            /* leave; ret */
    static void *(*enter)(void *(*)(size_t), size_t);
    if (!enter) {
        void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(page != MAP_FAILED);
        memcpy(page, code, sizeof code);
        REQUIRE(!mprotect(page, 4096, PROT_READ | PROT_EXEC));
        *(void **)(void *)&enter = page;
    }
    return enter(function, bytes);
}

PLACE static void call_jit(void) {
    for (size_t i = 0; i < 1000; i++)
        jit_make(jump_make, i); /* by way of a function that is described */
    for (size_t i = 0; i < 1000; i++)
        jump_free(jit_make(jump_make, 40), 40);
}

/* malloc itself is called by the code without a description. */
static tally direct;
PLACE static void jit_calls_malloc(void) {
    for (size_t i = 0; i < 1000; i++) {
        tally_made(&direct, i);
        REQUIRE(jit_make(malloc, i));
    }
}

static void run_jit(void) {
    call_jit();
    jit_calls_malloc();
    tally_print("jit_calls_malloc", &direct);
}

int main(int argc, char **argv) {
    const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {{"longjmp", run_longjmp}, {"coroutines", run_coroutines}, {"jit", run_jit}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc > 1 && !strcmp(argv[1], cases[i].name)) {
            cases[i].run();
            tally_print("jump_make", &made);
            return 0;
        }
    return 2;
}
