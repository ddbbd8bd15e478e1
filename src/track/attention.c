#include "track/attention.h"
#include "track/events.h"

void (*tide_attention_call)(tide_thread *thread, const tide_seen *event);

tide_thread *tide_attentive(void) {
    tide_thread *thread = tide_self;
    return thread && thread->gate == TIDE_GATE_ATTENTION ? thread : NULL;
}

/* The calling thread when that is so, and it has heard all news. */
TIDE_HOT tide_thread *attentive_at_once(void) {
    tide_thread *thread = tide_self;
    return thread && thread->gate == TIDE_GATE_ATTENTION && thread->generation == tide_generation ? thread
                                                                                                  : NULL;
}

bool tide_attention_leaves_out(const tide_thread *thread) {
    return thread->untracked_depth || thread->process->attention & TIDE_ATTENTION_STOPPED;
}

/* Whether the block is in no row, and can be in none of what waits: a short way out of programs that are stopped. */
static bool is_nobodys(const tide_thread *thread, uintptr_t address) {
    tide_shard *shard = &thread->book->shards[tide_shard_of(address)];
    const tide_thread *sole = __atomic_load_n(&thread->process->sole, __ATOMIC_RELAXED);
    if (thread->row->noted_what || (sole && sole != thread))
        return false;
    if (!__atomic_load_n(&shard->row_count, __ATOMIC_RELAXED))
        return true;
    if (sole)
        return !tide_live_find(thread->book, shard, address);
    tide_spin_lock(&shard->lock);
    bool is_known = tide_live_find(thread->book, shard, address);
    tide_spin_unlock(&shard->lock);
    return !is_known;
}

static void call(tide_thread *thread, tide_row block, bool is_free) {
    uint32_t site = tide_row_site(block);
    tide_seen event = {.address = tide_row_address(block),
                       .bytes = tide_row_bytes(block),
                       .owner = (uint32_t)thread->book->site_notes[site].owner,
                       .owner_now = thread->owner_bits >> TIDE_KIND_BITS,
                       .tid = thread->row->tid,
                       .site = site,
                       .is_free = is_free};
    tide_untracked_enter(thread);
    thread->is_calling = 1;
    tide_attention_call(thread, &event);
    thread->is_calling = 0;
    tide_untracked_leave(thread);
}

static bool is_watched(const tide_thread *thread) {
    return thread->process->attention & (TIDE_ATTENTION_HOOKS | TIDE_ATTENTION_LIMITS) && !thread->is_calling;
}

void tide_attend_alloc(uintptr_t address, uint64_t bytes, uint32_t kind, const void *frame) {
    tide_thread *thread = attentive_at_once();
    tide_row block;
    if (!thread && (thread = tide_thread_enter())) {
        tide_on_alloc(thread, address, bytes, kind, frame);
        return;
    }
    if (!thread && !(thread = tide_attentive())) {
        tide_events_nested(address, bytes, kind);
        return;
    }
    if (!address || tide_attention_leaves_out(thread))
        return;
    tide_on_alloc(thread, address, bytes, kind, frame);
    if (!is_watched(thread))
        tide_events_settle(thread);
    else if (tide_events_find(thread, address, &block))
        call(thread, block, false);
}

void tide_attend_free(uintptr_t address) {
    tide_thread *thread = attentive_at_once();
    tide_row block;
    if (!thread && (thread = tide_thread_enter())) {
        tide_on_free(thread, address);
        return;
    }
    if (!thread && !(thread = tide_attentive())) {
        tide_events_nested(address, 0, TIDE_KIND_COUNT);
        return;
    }
    bool leaves_out = tide_attention_leaves_out(thread);
    if (leaves_out && is_nobodys(thread, address))
        return;
    if ((leaves_out || is_watched(thread)) && !tide_events_find(thread, address, &block)) {
        thread->row->foreign_frees += !leaves_out;
        return;
    }
    if (is_watched(thread))
        call(thread, block, true);
    tide_on_free(thread, address);
    tide_events_settle(thread);
}

void tide_attend_resize(tide_thread *thread, tide_row old) {
    if (is_watched(thread))
        call(thread, old, true);
}

void tide_attend_resized(tide_thread *thread, tide_row now) {
    if (is_watched(thread))
        call(thread, now, false);
}

void tide_attention_set(tide_process *process, uint32_t bits, bool is_set) {
    if (is_set)
        __atomic_or_fetch(&process->attention, bits, __ATOMIC_ACQ_REL);
    else
        __atomic_and_fetch(&process->attention, ~bits, __ATOMIC_ACQ_REL);
    tide_generation_raise();
}

void tide_untracked_enter(tide_thread *thread) {
    if (!thread->untracked_depth++)
        tide_events_settle(thread);
    thread->gate = TIDE_GATE_ATTENTION;
}

void tide_untracked_leave(tide_thread *thread) {
    if (!--thread->untracked_depth)
        thread->gate = tide_thread_open_gate(thread);
}
