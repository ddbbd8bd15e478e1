#include "track/sole.h"
#include "ledger/system.h"
#include "track/events.h"
#include <errno.h>
#include <linux/membarrier.h>

/* `sole` while it is being changed: nobody's */
#define CHANGING ((tide_thread *)1)
enum {
    /* Where there is no membarrier: longer than a store can wait in a processor on its way to the others. */
    DRAIN_SPINS = 20000,
    WAIT_NS = 20000,
    /* One second: a sleep takes 80 us and more. A thread that stays inside for longer was stopped there, and may be
     * waiting for this one. */
    WAITS_MAX = 12000,
};

/* The kernel wants to know beforehand who will ask; cheap while there is one thread. */
void tide_sole_register(void) {
    int saved_errno = errno;
    syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
    errno = saved_errno;
}

/* Every other thread that runs has passed a barrier. Not asked of a kernel that may kill for it (seccomp). */
static void barrier_everywhere(void) {
    int saved_errno = errno;
    bool done = !tide_sys_prctl(PR_GET_SECCOMP, NULL, NULL, 0, NULL) &&
                !syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    errno = saved_errno;
    for (int i = 0; !done && i < DRAIN_SPINS; i++)
        __builtin_ia32_pause();
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static bool is_inside(const tide_thread *thread) {
    return !__atomic_load_n(&thread->gate, __ATOMIC_ACQUIRE) &&
           !__atomic_load_n(&thread->is_passive, __ATOMIC_ACQUIRE);
}

/* Nobody is the sole writer any more. Lock held. */
static void dismiss(tide_process *process) {
    tide_thread *sole = process->sole;
    if (!sole)
        return;
    __atomic_store_n(&process->sole, CHANGING, __ATOMIC_SEQ_CST);
    barrier_everywhere();
    for (int waits = 0; is_inside(sole) && waits < WAITS_MAX; waits++)
        tide_sys_sleep_ns(WAIT_NS);
    if (is_inside(sole)) /* it goes on in the middle of its event, and finishes what waits itself */
        __atomic_add_fetch(&process->book.header->lost_events, 1, __ATOMIC_RELAXED);
    else
        tide_events_finish(sole, true);
    __atomic_store_n(&process->sole, NULL, __ATOMIC_RELEASE);
}

void tide_sole_join(tide_thread *thread) {
    tide_process *process = thread->process;
    __atomic_store_n(&thread->is_passive, 1, __ATOMIC_RELEASE);
    tide_spin_lock(&process->sole_lock);
    if (process->sole != thread)
        dismiss(process);
    if (thread->was_sole) /* whoever dismissed it has finished its events, but for one that was stopped */
        tide_events_finish(thread, true);
    thread->was_sole = 0;
    /* before the lock is free: else another one could become sole in between, and take this one for passive */
    __atomic_store_n(&thread->is_passive, 0, __ATOMIC_RELEASE);
    tide_spin_unlock(&process->sole_lock);
}

void tide_sole_leave(tide_thread *thread) {
    tide_process *process = thread->process;
    tide_spin_lock(&process->sole_lock);
    if (process->sole == thread)
        dismiss(process);
    tide_spin_unlock(&process->sole_lock);
    thread->was_sole = 0;
}

void tide_sole_claim(tide_thread *thread) {
    tide_process *process = thread->process;
    thread->streak = 0;
    if (__atomic_exchange_n(&process->sole_lock, 1,
                            __ATOMIC_ACQUIRE)) /* never wait for it here: not passive */
        return;
    if (!process->sole) {
        __atomic_store_n(&process->sole, thread, __ATOMIC_SEQ_CST);
        barrier_everywhere();
        thread->was_sole = 1;
        for (tide_thread *other = __atomic_load_n(&process->all, __ATOMIC_ACQUIRE); other;
             other = other->next)
            if (other != thread && is_inside(other))
                thread->was_sole = 0;
        if (!thread->was_sole) /* next time */
            __atomic_store_n(&process->sole, NULL, __ATOMIC_RELEASE);
    }
    tide_spin_unlock(&process->sole_lock);
}
