/* track/process: what the tracker knows, in the process that it is loaded into.
 *
 *   tide_self (TLS) ─► tide_thread ─► its row in the ledger      one per thread, written by that thread
 *                          │
 *                          └─► tide_process ─► tide_book         one per process
 *                                   ├ rules    pc → how to unwind
 *                                   ├ names    hash of a stack → site id
 *                                   └ modules  libraries met on stacks
 *
 * Forks. Both structs lie in memory that the kernel empties in a child (MADV_WIPEONFORK), and the child does not get
 * the ledger (MADV_DONTFORK). So a child, however it was made, finds its gate shut and its process struct zero: it
 * can neither write into its parent's ledger nor wait for a lock that was held at the fork. With --follow it then
 * asks for a ledger of its own. A child that shares memory (vfork) is, as far as memory goes, its parent, and is
 * counted as such.
 *
 * The gate. A thread's `gate` equals `tide_generation` when its hooks may record: one comparison covers being new,
 * being inside the tracker already, a fork, and news that all threads must hear of (tide_generation rises when a
 * library goes). */
#pragma once
#include "ledger/writer.h"
#include "python/frames.h"
#include "track/given.h"
#include "track/memo.h"
#include "track/modules.h"
#include "track/names.h"

enum { TIDE_NESTED_MAX = 4096, TIDE_OWNER_DEPTH_MAX = 64 };
#define TIDE_GATE_ATTENTION UINT32_MAX /* track/attention.h */

typedef struct tide_nested { /* an event of a signal handler that interrupted the tracker */
    uintptr_t address;
    uint64_t bytes;
    uint32_t kind; /* TIDE_KIND_COUNT: a free */
} tide_nested;

/* The highest of a tally since tide_peak_reset, before the tally's own peak began anew. */
typedef struct tide_span {
    int64_t peak_bytes, peak_blocks;
    int64_t base_bytes, base_blocks; /* of the process: what was live and is not in the tally */
    bool is_reset;
} tide_span;

typedef struct tide_process {
    uint32_t state;   /* enum tide_process_state; 0 after a fork */
    uint32_t options; /* TIDE_OPTION_* of ledger/hello.h */
    tide_book book;
    uint32_t threads_lock; /* for the thread table; cold; before sole_lock */
    struct tide_thread
        *all; /* every tide_thread of this process, dead ones to be used again; only prepended to */
    struct tide_thread *sole; /* track/sole.h; NULL: nobody; under sole_lock, but for the first thread */
    uint32_t sole_lock;
    uint32_t wants_python_allocators; /* TIDE_OPTION_PYTHON_ALLOCATORS, and they are not hooked yet */
    tide_python *python;              /* NULL: no interpreter that can be read was met; else the one below */
    uint32_t attention;     /* TIDE_ATTENTION_*, of all threads; atomic; news are told by tide_generation */
    uint32_t tallies;       /* TIDE_TALLY_*, the same */
    uint32_t sections_lock; /* of the next two, and of the peak in owner row 0; gate shut */
    struct tide_section *sections; /* open ones of the whole process; the program's memory */
    tide_span span;
    int ledger_fd; /* 0: the ledger is a tool's; else this process made it, keeps it here, and sets its clock */
    uint64_t start_ns; /* CLOCK_MONOTONIC, of a ledger of its own */
    tide_given given;
    tide_names names;
    tide_modules modules;
    tide_rules rules;
    tide_python interpreter;
} tide_process;
enum tide_process_state { TIDE_PROCESS_NEW, TIDE_PROCESS_STARTING, TIDE_PROCESS_ON, TIDE_PROCESS_OFF };

typedef struct tide_thread {
    uint32_t gate; /* see above; 0: shut */
    uint32_t nested_count;
    uint32_t index; /* of its row */
    tide_book *book;
    tide_process *process;
    tide_thread_row *row;
    uintptr_t last_address; /* its last allocation: freed before the next one, that is a temporary */
    uintptr_t shut_sp;      /* where the gate was shut: a handler that jumped out of it left it shut */
    /* the gate is shut, but nothing is done that others would have to wait for (track/sole.h) */
    uint32_t is_passive;
    uint32_t was_sole;        /* the sole writer, as far as this thread knows */
    uint32_t streak;          /* events in a row with none of another thread between */
    uint32_t *memo_site;      /* where the site of the stack just unwound goes once it has a name; or NULL */
    uint32_t chain_site;      /* of the chain's stack: in the log, the next one is a difference to it */
    uint32_t has_sites;       /* its row stands in sites: a new name is a new row */
    uint32_t exiting;         /* its pthread destructor has run; it may still allocate */
    uint32_t wants_rename;    /* set by another thread, with tide_generation raised */
    uint64_t pthread;         /* pthread_self() */
    uint64_t owner_mark;      /* of the owner that the thread is in, for hashes; 0: none */
    uint32_t owner_bits;      /* the owner << TIDE_KIND_BITS */
    uint32_t owner_depth;     /* of owners */
    uint32_t tallies;         /* TIDE_TALLY_* of track/tally.h; 0: nobody counts */
    uint32_t untracked_depth; /* regions that it is in (track/attention.h) */
    uint32_t is_calling;      /* it is in a hook of the program */
    uint32_t generation;      /* that it has heard of; the gate's when that is open */
    tide_tally tally;
    tide_span span;
    struct tide_section *sections;         /* open ones, the innermost first; the program's memory */
    uint32_t owners[TIDE_OWNER_DEPTH_MAX]; /* it was in before, one by one */
    struct tide_thread *next;              /* in process->all; constant */
    /* Of an interpreter, if it has called one; else NULL. */
    struct tide_python_stacks {
        tide_python_stack *now;    /* read for this event */
        tide_python_stack *walked; /* when the chain became what it is */
        tide_python_stack *prior;  /* when it was what it was before; in the log, a stack is a difference */
        const void *thread_name;   /* the str of which row->name was made; only compared */
    } python;
    tide_memos memos; /* first what each event reads: on the page of the above */
    tide_chain chain;
    tide_nested nested[TIDE_NESTED_MAX];
} tide_thread;

extern __attribute__((visibility("hidden"))) uint32_t tide_generation; /* never 0 */
extern __attribute__((visibility("hidden"), tls_model("initial-exec"))) __thread tide_thread *tide_self;

/* The calling thread, when its allocations are to be recorded and no more; NULL: ask track/attention.h. */
TIDE_HOT tide_thread *tide_thread_enter(void);
TIDE_COLD tide_thread *tide_thread_enter_slowly(void);

/* The same if it can be told at once; else NULL. */
TIDE_HOT tide_thread *tide_thread_ready(void) {
    tide_thread *thread = tide_self;
    return TIDE_LIKELY(thread && thread->gate == tide_generation) ? thread : NULL;
}

TIDE_HOT tide_thread *tide_thread_enter(void) {
    tide_thread *thread = tide_thread_ready();
    return TIDE_LIKELY(thread) ? thread : tide_thread_enter_slowly();
}

/* The calling thread for anything else; also when its allocations want attention. NULL: pass the call through. */
tide_thread *tide_thread_enter_any(void);
/* What its gate is when it may come in: the generation that it has heard of, or TIDE_GATE_ATTENTION. */
uint32_t tide_thread_open_gate(const tide_thread *thread);

/* Between these two nothing that this thread does is recorded: the tracker calls libc functions that allocate. */
TIDE_COLD tide_thread *tide_thread_step_aside(void);
TIDE_COLD void tide_thread_come_back(tide_thread *thread);

/* A thread that is inside the tracker, interrupted by the signal handler that asks; else NULL. */
tide_thread *tide_thread_interrupted(void);

/* Between these two a signal handler's events are queued instead of recorded. */
TIDE_HOT void tide_gate_shut(tide_thread *thread) {
    __asm__("movq %%rsp, %0"
            : "=r"(thread->shut_sp)); /* not the frame's address: that would cost a register */
    __atomic_store_n(&thread->gate, 0, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
TIDE_HOT void tide_gate_open(tide_thread *thread, uint32_t generation) {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&thread->gate, generation, __ATOMIC_RELAXED);
}

/* Between these two the thread does work of the tracker that takes locks: what signal handlers allocate is queued, and
 * nobody waits for it. */
TIDE_HOT uint32_t tide_work_begin(tide_thread *thread) {
    uint32_t gate = thread->gate;
    tide_gate_shut(thread);
    __atomic_store_n(&thread->is_passive, 1, __ATOMIC_RELEASE);
    return gate;
}
void tide_work_end(tide_thread *thread, uint32_t gate);

/* The process, once it has a ledger; asks for one at the first call. NULL: leave everything alone. */
tide_process *tide_process_get(void);
/* True when what this process starts asks for a ledger too (--follow). */
bool tide_process_is_followed(void);
/* Make a ledger of its own for a process that no tool has given one. Returns 0 or -errno. */
int tide_process_start_alone(void);
/* The clock of a ledger of its own is set to what it is. Cost: 20 ns. */
void tide_process_tick(tide_process *process);
/* Stop recording in this process for good; the hooks pass everything through. */
void tide_process_stop(void);
/* Memory of the tracker: whole pages, empty in a forked child. NULL when there is none. */
void *tide_private_map(uint64_t bytes);
/* Learn of threads that end. Once, at the start. */
void tide_thread_watch_exits(void);
/* This thread, or another one (`pthread`), has a new name. */
void tide_thread_renamed(uint64_t pthread);
/* The thread's stacks are unwound and named anew from here on. */
void tide_thread_forget_stacks(tide_thread *thread);
/* Read the Python frames that the thread runs into python.now. */
void tide_thread_read_python(tide_thread *thread);
/* The same, and let the thread be called what Python calls it. True: it has another row now, and nothing waits; whether
 * it is the sole writer has to be asked again. Gate shut. */
bool tide_thread_follow_python(tide_thread *thread);
/* The chain has become the stack that these frames are on. */
void tide_thread_keep_python(tide_thread *thread);
/* Tell every thread that its last stack and names may be stale. */
void tide_generation_raise(void);
