/* track/attention: threads whose allocations need more than to be recorded, or are not to be recorded at all: there are
 * hooks or limits of the program, recording is stopped, or this thread is in an untracked region.
 *
 * Such a thread's gate is TIDE_GATE_ATTENTION, which is never the generation: so the fast way is closed to it, and
 * others do not pay for the question. Its events are settled one by one. */
#pragma once
#include "track/process.h"

enum { /* bits of process.attention */
       TIDE_ATTENTION_HOOKS = 1 << 0,
       TIDE_ATTENTION_LIMITS = 1 << 1,
       TIDE_ATTENTION_STOPPED = 1 << 2,
};

typedef struct
    tide_seen { /* an event, for whoever wants to know; as tide_hook_event of include/tidemark/tidemark.h */
    uintptr_t address;
    uint64_t bytes;
    uint32_t owner, owner_now, tid, site;
    bool is_free;
} tide_seen;
/* Set by src/api before the attention bit is; called between events, where the thread is untracked. */
extern __attribute__((visibility("hidden"))) void (*tide_attention_call)(tide_thread *thread,
                                                                         const tide_seen *event);

/* The calling thread, if it wants attention; else NULL. */
__attribute__((noinline)) tide_thread *tide_attentive(void);

/* What the allocator's hooks do when tide_thread_ready says NULL: the thread is new, or has to hear news, or the above,
 * or it is a signal handler's event. */
__attribute__((noinline)) void tide_attend_alloc(uintptr_t address, uint64_t bytes, uint32_t kind,
                                                 const void *frame);
__attribute__((noinline)) void tide_attend_free(uintptr_t address);
/* A block is about to be resized, and has been: `now` as it is then. */
TIDE_COLD void tide_attend_resize(tide_thread *thread, tide_row old);
TIDE_COLD void tide_attend_resized(tide_thread *thread, tide_row now);

/* Whether new blocks of the thread are left out. */
bool tide_attention_leaves_out(const tide_thread *thread);

/* Change what all threads attend to, with the bits set or cleared. */
void tide_attention_set(tide_process *process, uint32_t bits, bool is_set);
/* Begin and end an untracked region of the calling thread. */
void tide_untracked_enter(tide_thread *thread);
void tide_untracked_leave(tide_thread *thread);
