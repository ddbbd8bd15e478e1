#include "ledger/system.h"
#include "python/text.h"
#include "python/thread_name.h"
#include "track/events.h"
#include "track/hooks_python.h"
#include "track/sole.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

enum {
    /* short-lived threads of one name share rows after that many, so that sites stay few */
    ROWS_BEFORE_SHARING = 256,
    /* no row for a further name after that: renamed threads keep their row, new ones share any dead thread's */
    ROWS_WITH_NAMES = 4096,
    /* the kernel maps nothing of its own accord this close below the main stack */
    MAIN_STACK_BYTES = 128 << 20,
    THREAD_PRIVATE_BYTES = 24 << 10, /* of a tide_thread, what is touched at usual depths */
};
extern void *__libc_stack_end;

static const char OTHERS[TIDE_THREAD_NAME_BYTES] = "(others)"; /* row shared by threads of several names */

static __thread uint32_t is_aside __attribute__((tls_model("initial-exec")));
static pthread_key_t exit_key;
static bool has_exit_key;

/* Runs in the thread, with the destructors of the program's keys; the thread may allocate and free after it. */
static void on_thread_exit(void *argument) {
    tide_thread *thread = argument;
    if (thread != tide_self || !thread->process)
        return;
    if (thread->gate)
        tide_events_settle(thread); /* nothing of a thread that has gone is to wait */
    thread->row->end_ns = thread->book->header->clock_ns;
    thread->exiting = 1;
}

/* Before there is a second thread: another one must not see the key half made. */
void tide_thread_watch_exits(void) {
    has_exit_key =
        has_exit_key || !pthread_key_create(&exit_key, on_thread_exit); /* a forked child has it already */
}

static void find_stack(tide_chain *chain) {
    uintptr_t main_high = (uintptr_t)__libc_stack_end + 64, here = (uintptr_t)__builtin_frame_address(0);
    if (main_high - here < MAIN_STACK_BYTES) {
        chain->stack_low = main_high - MAIN_STACK_BYTES;
        chain->stack_high = main_high;
        return;
    }
    pthread_attr_t attributes;
    void *low;
    size_t bytes;
    /* no bounds: every stack is unwound in full */
    if (pthread_getattr_np(pthread_self(), &attributes))
        return;
    if (!pthread_attr_getstack(&attributes, &low, &bytes)) {
        chain->stack_low = (uintptr_t)low;
        chain->stack_high = (uintptr_t)low + bytes;
    }
    pthread_attr_destroy(&attributes);
}

static bool is_dead(const tide_thread *thread) {
    return thread->exiting && syscall(SYS_tgkill, getpid(), thread->row->tid, 0) && errno == ESRCH;
}

/* A row of its own, or NULL when the table is full. Lock held. */
static tide_thread_row *row_new(tide_process *process, uint32_t *ret_index) {
    uint32_t index = process->book.header->thread_count;
    if (index >= TIDE_THREADS_MAX ||
        !tide_book_reach(&process->book.threads_open, (index + 1ull) * sizeof(tide_thread_row)))
        return NULL;
    *ret_index = index;
    return &process->book.threads[index];
}

static void row_publish(tide_process *process, uint32_t index) {
    if (process->book.header->thread_count <= index)
        __atomic_store_n(&process->book.header->thread_count, index + 1, __ATOMIC_RELEASE);
}

static void row_fill(tide_process *process, tide_thread_row *row, const char name[TIDE_THREAD_NAME_BYTES]) {
    row->tid = (uint32_t)syscall(SYS_gettid);
    row->threads_count++;
    row->end_ns = 0;
    if (row->threads_count == 1)
        row->start_ns = process->book.header->clock_ns;
    memcpy(row->name, name, sizeof row->name);
}

/* A tide_thread whose thread is dead; `with_row`: to go on in its row, which must have that name, if one is given. Lock
 * held. */
static tide_thread *take_dead(tide_process *process, const char *name, bool with_row) {
    for (tide_thread *thread = process->all; thread; thread = thread->next) {
        if (!thread->exiting ||
            (with_row && name && strncmp(thread->row->name, name, TIDE_THREAD_NAME_BYTES)) ||
            !is_dead(thread))
            continue;
        thread->exiting = 0;
        return thread;
    }
    return NULL;
}

static bool thread_attach_row(tide_process *process, tide_thread **ret_thread, const char *name) {
    uint32_t index = 0;
    tide_thread_row *row = NULL;
    bool share = process->book.header->thread_count >= ROWS_BEFORE_SHARING;
    tide_thread *thread = share ? take_dead(process, name, true) : NULL;
    if (!thread && process->book.header->thread_count >= ROWS_WITH_NAMES) {
        name = OTHERS;
        thread = take_dead(process, NULL, true);
    }
    if (thread)
        index = thread->index, row = thread->row;
    else
        row = row_new(process, &index);
    if (!row)
        return false;
    if (!thread)
        thread = take_dead(process, name, false);
    if (!thread) {
        if (!(thread = *ret_thread) && !(thread = tide_private_map(sizeof *thread)))
            return false;
        thread->next = process->all;
        thread->was_sole = !process->all;
        if (thread->was_sole)
            __atomic_store_n(&process->sole, thread, __ATOMIC_RELEASE);
        __atomic_store_n(&process->all, thread, __ATOMIC_RELEASE);
        process->book.header->private_bytes += THREAD_PRIVATE_BYTES;
    }
    if (thread->row)
        tide_sole_leave(thread); /* what waits is in the old row, and about the old stack */
    if (thread->row != row)
        thread->has_sites = 0;
    thread->index = index;
    thread->row = row;
    row_fill(process, row, name);
    row_publish(process, index);
    *ret_thread = thread;
    return true;
}

void tide_thread_forget_stacks(tide_thread *thread) {
    tide_chain_forget(&thread->chain);
    tide_memos_forget(&thread->memos);
    thread->chain_site = 0;
}

/* `old`: this thread's memory from before a fork, empty now; or NULL. */
static tide_thread *thread_new(tide_process *process, tide_thread *old) {
    char name[TIDE_THREAD_NAME_BYTES] = "";
    if (is_aside)
        return NULL;
    int saved_errno = errno;
    is_aside = 1; /* what is called here may allocate; that is not the program's */
    tide_sys_prctl(PR_GET_NAME, name, NULL, 0, NULL);
    tide_thread *thread = old;
    tide_spin_lock(&process->threads_lock);
    bool made = thread_attach_row(process, &thread, name);
    tide_spin_unlock(&process->threads_lock);
    if (made) {
        thread->process = process;
        thread->book = &process->book;
        thread->pthread = pthread_self();
        thread->last_address = 0;
        thread->nested_count = 0;
        thread->python.thread_name = NULL;
        thread->is_passive = 0;
        thread->tallies = __atomic_load_n(&process->tallies, __ATOMIC_ACQUIRE);
        thread->owner_mark = thread->owner_bits = thread->owner_depth = thread->untracked_depth = 0;
        thread->tally = (tide_tally){0};
        thread->span = (tide_span){0};
        thread->sections = NULL;
        tide_chain_end(&thread->chain, 0);
        tide_thread_forget_stacks(thread);
        find_stack(&thread->chain);
        if (thread->row->tid != process->book.header->pid)
            pthread_setspecific(exit_key, thread);
        thread->generation = tide_generation;
        thread->gate = tide_thread_open_gate(thread);
        tide_self = thread;
    } else
        __atomic_add_fetch(&process->book.header->lost_events, 1, __ATOMIC_RELAXED);
    is_aside = 0;
    errno = saved_errno;
    return made ? thread : NULL;
}

/* From now on the thread is another one in the tables, so that what it allocated before keeps its old name. */
static void take_name(tide_thread *thread, const char name[TIDE_THREAD_NAME_BYTES]) {
    tide_process *process = thread->process;
    uint32_t index;
    if (!strncmp(name, thread->row->name, TIDE_THREAD_NAME_BYTES))
        return;
    uint32_t generation = thread->gate;
    tide_gate_shut(thread); /* an event of a signal handler must not be left in the old row */
    tide_events_settle(thread);
    __atomic_store_n(&thread->is_passive, 1, __ATOMIC_RELEASE);
    tide_spin_lock(&process->threads_lock);
    tide_thread_row *row = thread->has_sites && process->book.header->thread_count < ROWS_WITH_NAMES
                               ? row_new(process, &index)
                               : NULL;
    if (row) {
        thread->row->end_ns = process->book.header->clock_ns;
        thread->index = index;
        thread->row = row;
        thread->has_sites = 0;
        row_fill(process, row, name);
        row_publish(process, index);
        tide_thread_forget_stacks(thread);
    } else if (!thread->has_sites) /* else the table is nearly full, and what is in the row keeps its name */
        memcpy(thread->row->name, name, TIDE_THREAD_NAME_BYTES);
    tide_spin_unlock(&process->threads_lock);
    __atomic_store_n(&thread->is_passive, 0, __ATOMIC_RELEASE);
    tide_events_end(thread, generation);
}

static void take_kernel_name(tide_thread *thread) {
    char name[TIDE_THREAD_NAME_BYTES] = "";
    tide_sys_prctl(PR_GET_NAME, name, NULL, 0, NULL);
    take_name(thread, name);
}

static bool has_python_stacks(tide_thread *thread) {
    struct tide_python_stacks *python = &thread->python;
    if (TIDE_UNLIKELY(!python->now)) {
        tide_python_stack *three = tide_private_map(3 * sizeof *three);
        if (three)
            *python = (struct tide_python_stacks){.now = three, .walked = three + 1, .prior = three + 2};
    }
    return python->now;
}

void tide_thread_read_python(tide_thread *thread) {
    tide_process *process = thread->process;
    bool holds_lock = false;
    if (TIDE_UNLIKELY(process->wants_python_allocators) &&
        tide_python_thread_state(process->python, &holds_lock) && holds_lock &&
        __atomic_exchange_n(&process->wants_python_allocators, 0, __ATOMIC_RELAXED))
        tide_python_hook_allocators(process->python);
    if (has_python_stacks(thread))
        tide_python_look(process->python, thread->python.now);
}

bool tide_thread_follow_python(tide_thread *thread) {
    tide_thread_read_python(thread);
    struct tide_python_stacks *python = &thread->python;
    const void *name = python->now ? tide_python_thread_name(thread->process->python, python->now) : NULL;
    if (TIDE_LIKELY(!name || name == python->thread_name))
        return false;
    char text[TIDE_THREAD_NAME_BYTES] = "";
    tide_python_text_read(&thread->process->python->layout, name, text, sizeof text - 1);
    python->thread_name = name;
    take_name(thread, text);
    return true;
}

void tide_thread_keep_python(tide_thread *thread) {
    struct tide_python_stacks *python = &thread->python;
    tide_python_stack *spare = python->prior;
    python->prior = python->walked;
    python->walked = python->now;
    python->now = spare;
}

static void catch_up(tide_thread *thread) {
    uint32_t generation = __atomic_load_n(&tide_generation, __ATOMIC_ACQUIRE);
    tide_events_settle(thread); /* what is pending was unwound before the news */
    thread->generation = generation;
    thread->tallies |= __atomic_load_n(&thread->process->tallies, __ATOMIC_ACQUIRE);
    thread->gate = tide_thread_open_gate(thread);
    tide_thread_forget_stacks(thread);
    if (__atomic_exchange_n(&thread->wants_rename, 0, __ATOMIC_ACQ_REL))
        take_kernel_name(thread);
}

/* A signal handler that left the tracker by longjmp left the gate shut: the stack has been unwound beyond it since.
 * On a signal stack nothing can be told from addresses, and a gate opened too early would do harm. */
static bool was_jumped_over(const tide_thread *thread) {
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t size = thread->chain.stack_high - thread->chain.stack_low;
    stack_t signal_stack;
    return here - thread->chain.stack_low < size && thread->shut_sp - thread->chain.stack_low < size &&
           here > thread->shut_sp + 256 && !sigaltstack(NULL, &signal_stack) &&
           !(signal_stack.ss_flags & SS_ONSTACK);
}

uint32_t tide_thread_open_gate(const tide_thread *thread) {
    bool wants_attention =
        thread->untracked_depth || __atomic_load_n(&thread->process->attention, __ATOMIC_ACQUIRE);
    return wants_attention ? TIDE_GATE_ATTENTION : thread->generation;
}

tide_thread *tide_thread_enter_any(void) {
    tide_process *process = tide_process_get();
    if (!process)
        return NULL;
    tide_thread *thread = tide_self;
    if (!thread || !thread->process)
        return thread_new(process, thread);
    if (!thread->gate && !was_jumped_over(thread))
        return NULL;
    if (!thread->gate || thread->generation != tide_generation)
        catch_up(thread);
    return thread;
}

tide_thread *tide_thread_enter_slowly(void) {
    tide_thread *thread = tide_thread_enter_any();
    return thread && thread->gate != TIDE_GATE_ATTENTION ? thread : NULL;
}

void tide_work_end(tide_thread *thread, uint32_t gate) {
    __atomic_store_n(&thread->is_passive, 0, __ATOMIC_RELEASE);
    tide_events_end(thread, gate);
}

tide_thread *tide_thread_step_aside(void) {
    tide_thread *thread = tide_self;
    is_aside = 1;
    tide_self = NULL;
    return thread;
}

void tide_thread_come_back(tide_thread *thread) {
    tide_self = thread;
    is_aside = 0;
}

tide_thread *tide_thread_interrupted(void) {
    tide_thread *thread = tide_self;
    return thread && thread->process && !thread->gate ? thread : NULL;
}

void tide_thread_renamed(uint64_t pthread) {
    tide_process *process = tide_process_get();
    if (!process)
        return;
    if (pthread == pthread_self()) {
        tide_thread *self = tide_thread_enter_any();
        if (self)
            take_kernel_name(self);
        return;
    }
    tide_spin_lock(&process->threads_lock);
    for (tide_thread *thread = process->all; thread; thread = thread->next)
        if (thread->pthread == pthread && !thread->exiting)
            __atomic_store_n(&thread->wants_rename, 1, __ATOMIC_RELEASE);
    tide_spin_unlock(&process->threads_lock);
    tide_generation_raise();
}
