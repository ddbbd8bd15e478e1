/* Handlers that allocate: on the stack that was interrupted, on one of their own, nested, left by siglongjmp; after
 * raise(), after a fault at a function's first instruction, after a call of address 0, and from a timer at any
 * instruction. */
#include "torture.h"
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { SIGNAL_STACK_BYTES = 2 << 20, TIMER_NS = 400000, NESTED_MAX = 3 };

static __thread sigjmp_buf target;
static __thread volatile int wants_jump;
static __thread timer_t timer;
static __thread void *signal_stack;
int torture_load(const int *from); /* torture_frames.S: its first instruction loads */

static void on_raised(int number) {
    (void)number;
    if (torture_in_handler >= NESTED_MAX)
        return;
    torture_in_handler++;
    torture_touch();
    torture_walk(2);
    torture_in_handler--;
    if (wants_jump) {
        wants_jump = 0;
        torture_in_allocator = 1; /* as in torture_frames.c */
        siglongjmp(target, 1);
    }
}

static void on_fault(int number, siginfo_t *info, void *context) {
    static const int loaded;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    uintptr_t pc = (uintptr_t)registers[REG_RIP];
    (void)info;
    if (pc && pc != (uintptr_t)torture_load) { /* not on purpose: end by it */
        signal(number, SIG_DFL);
        return;
    }
    torture_in_handler++;
    torture_touch();
    torture_walk(1);
    torture_in_handler--;
    if (pc) {
        registers[REG_RDI] = (greg_t)(uintptr_t)&loaded;
    } else { /* return from the function that is not there */
        registers[REG_RIP] = *(const greg_t *)registers[REG_RSP];
        registers[REG_RSP] += 8;
    }
}

static void on_timer(int number) {
    (void)number;
    if (torture_in_allocator || torture_in_handler)
        return;
    torture_in_handler++;
    torture_touch();
    torture_walk(2);
    torture_in_handler--;
}

/* ---- what a walk does */
NO_INLINE static void jump_out(int signal_number) {
    if (!sigsetjmp(target, 1)) {
        int nested = torture_in_handler;
        wants_jump = nested < NESTED_MAX;
        raise(signal_number);
        wants_jump = 0;
    }
    torture_in_allocator = 0;
    torture_touch();
}

NO_INLINE static void call_nothing(void) {
    void (*volatile nothing)(void) = NULL;
    torture_touch();
    nothing();
    torture_touch();
}

void torture_signal(int depth) {
    switch (torture_random() % 5) {
    case 0:
        raise(SIGUSR1);
        break;
    case 1:
        raise(SIGUSR2);
        break;
    case 2:
        jump_out(torture_random() & 1 ? SIGUSR1 : SIGUSR2);
        break;
    case 3:
        torture_load(NULL);
        break;
    default:
        call_nothing();
        break;
    }
    torture_touch();
    torture_walk(depth - 1);
}

/* ---- before and after */
static void handle(int number, void (*handler)(int), void (*informed)(int, siginfo_t *, void *), int flags) {
    struct sigaction action = {.sa_flags = flags};
    if (informed)
        action.sa_sigaction = informed;
    else
        action.sa_handler = handler;
    sigaction(number, &action, NULL);
}

void torture_signals_begin(void) {
    handle(SIGUSR1, on_raised, NULL, SA_NODEFER);
    handle(SIGUSR2, on_raised, NULL, SA_NODEFER | SA_ONSTACK);
    handle(SIGSEGV, NULL, on_fault, SA_NODEFER | SA_SIGINFO);
    handle(SIGALRM, on_timer, NULL, SA_RESTART);
    signal_stack = mmap(NULL, SIGNAL_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaltstack(&(stack_t){.ss_sp = signal_stack, .ss_size = SIGNAL_STACK_BYTES}, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};
    event._sigev_un._tid = gettid();
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    struct timespec period = {.tv_nsec = TIMER_NS};
    timer_settime(timer, 0, &(struct itimerspec){.it_interval = period, .it_value = period}, NULL);
}

void torture_signals_end(void) {
    timer_delete(timer);
    sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    munmap(signal_stack, SIGNAL_STACK_BYTES);
}
