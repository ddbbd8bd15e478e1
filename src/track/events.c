#include "track/events.h"
#include "track/counters.h"
#include "track/sole.h"

/* ---- from step to step */

static tide_frame_state caller_of(const void *frame) {
    const uintptr_t *words = frame;
    return (tide_frame_state){.pc = words[1], .sp = (uintptr_t)&words[2], .rbp = words[0]};
}

/* The site of the stack just unwound; 0: the tables are full, and the event is counted as lost. */
TIDE_HOT uint32_t site_of_hash(tide_thread *thread, uint64_t hash, uint32_t kind) {
    uint32_t site = tide_names_find(&thread->process->names, hash);
    if (TIDE_UNLIKELY(!site))
        site = tide_names_add(thread, hash, kind);
    if (TIDE_UNLIKELY(!site)) {
        thread->row->lost_events++;
        tide_chain_forget(&thread->chain);
        tide_memos_forget(&thread->memos);
    } else if (thread->memo_site) {
        *thread->memo_site = site;
    }
    return thread->chain_site = site;
}

/* What finding a stack takes at the moment. A constant where that matters, so that neither the memos nor Python's
 * frames cost a walk without them registers: 8 ns each on calltree. */
struct ways {
    bool memos_pay; /* look there, and add */
    bool has_python;
};

/* The stack of the hook's caller: its site if it is remembered, else 0 and a hash, never 0, by which to name it. */
TIDE_HOT uint32_t recall_or_walk(tide_thread *thread, const void *frame, uint32_t kind, struct ways ways,
                                 uint64_t *ret_hash) {
    tide_frame_state caller = caller_of(frame);
    tide_chain *chain = &thread->chain;
    uint32_t holds = tide_chain_holds(chain, caller.sp);
    uint64_t python = ways.has_python && thread->python.now ? thread->python.now->hash : 0;
    if (ways.memos_pay) {
        uint64_t beside = python ^ thread->owner_mark;
        const tide_memo *memo = tide_memos_find(&thread->memos, chain, caller, kind, beside, holds);
        if (TIDE_LIKELY(memo)) {
            *ret_hash = 0;
            return memo->site;
        }
    }
    uint64_t hash = tide_unwind(chain, &thread->process->rules, caller, holds);
    if (ways.has_python)
        tide_thread_keep_python(thread);
    /* made again: kept over the walk, it would cost it a register */
    uint64_t beside = python ^ thread->owner_mark;
    hash = tide_hash_step(hash ^ beside, (uint64_t)kind << 16 | thread->index);
    hash += !hash;
    tide_names_prefetch(&thread->process->names, hash);
    thread->memo_site = ways.memos_pay ? tide_memos_add(&thread->memos, chain, caller, kind, beside) : NULL;
    *ret_hash = hash;
    return 0;
}

TIDE_HOT uint32_t site_of(tide_thread *thread, const void *frame, uint32_t kind, struct ways ways) {
    uint64_t hash;
    uint32_t site = recall_or_walk(thread, frame, kind, ways, &hash);
    if (hash)
        site = site_of_hash(thread, hash, kind | thread->owner_bits);
    tide_check_site(thread, caller_of(frame), site, !hash);
    return site;
}

TIDE_HOT void become_due(tide_thread *thread, enum tide_event what, uint32_t site, uint64_t bytes,
                         uint64_t epoch) {
    tide_thread_row *row = thread->row;
    __builtin_prefetch(&thread->book->sites[site], 1);
    row->due_site = site;
    row->due_bytes = bytes;
    row->due_epoch = epoch;
    row->due_what = what;
}

/* A block whose address has been given out again: it was freed where no hook of ours stands (a library opened with
 * RTLD_DEEPBIND, libc's own names for free). Late, but not for ever wrong. */
static TIDE_COLD void count_unseen_free(tide_thread *thread, tide_row block, bool many) {
    uint64_t bytes = tide_row_bytes(block);
    uint64_t epoch = tide_heap_shrink(thread->book->header, bytes, many);
    tide_count_free(thread, tide_row_site(block), bytes, false, epoch);
    thread->row->lost_events++;
}

/* False: no room. */
TIDE_HOT bool add_block(tide_thread *thread, uint64_t address, uint64_t bytes, uint32_t site, bool many) {
    tide_row stale;
    bool is_added =
        tide_live_insert(thread->book, address, tide_row_make(address, bytes, site), &stale, many);
    if (TIDE_UNLIKELY(stale.place))
        count_unseen_free(thread, stale, many);
    if (TIDE_UNLIKELY(!is_added))
        thread->row->lost_events++;
    return is_added;
}

TIDE_HOT void look_up_alloc(tide_thread *thread, uint64_t address, uint64_t bytes, uint32_t site, bool many) {
    if (TIDE_UNLIKELY(!site))
        return;
    if (TIDE_LIKELY(add_block(thread, address, bytes, site, many)))
        become_due(thread, TIDE_EVENT_ALLOC, site, bytes, tide_heap_grow(thread->book->header, bytes, many));
}

TIDE_HOT void look_up_free(tide_thread *thread, uint64_t address, enum tide_event what, bool many) {
    tide_row block;
    if (TIDE_UNLIKELY(!tide_live_remove(thread->book, address, &block, many))) {
        thread->row->foreign_frees++;
        return;
    }
    uint64_t bytes = tide_row_bytes(block);
    become_due(thread, what, tide_row_site(block), bytes,
               tide_heap_shrink(thread->book->header, bytes, many));
}

/* Allocated and freed with nothing between. If the heap was at a maximum in between, the block is part of it. */
TIDE_HOT void look_up_pair(tide_thread *thread, uint64_t bytes, uint32_t site) {
    tide_ledger_header *header = thread->book->header;
    uint64_t epoch = tide_heap_grow(header, bytes, false);
    if (TIDE_LIKELY(tide_heap_shrink(header, bytes, false) == epoch)) {
        become_due(thread, TIDE_EVENT_PAIR, site, bytes, epoch);
    } else {
        tide_count_alloc(thread, site, bytes, epoch);
        become_due(thread, TIDE_EVENT_FREE_TEMPORARY, site, bytes, header->epoch);
    }
}

/* Allocated and freed with nothing between, but others have events: a row is not needed, but the order is. */
static TIDE_COLD void look_up_pair_many(tide_thread *thread, uint64_t bytes, uint32_t site) {
    tide_ledger_header *header = thread->book->header;
    tide_count_alloc(thread, site, bytes, tide_heap_grow(header, bytes, true));
    become_due(thread, TIDE_EVENT_FREE_TEMPORARY, site, bytes, tide_heap_shrink(header, bytes, true));
}

/* noted → looked up; nothing may be due. */
TIDE_HOT void look_up(tide_thread *thread, bool many) {
    tide_thread_row *row = thread->row;
    uint64_t what = row->noted_what;
    if (what == TIDE_EVENT_NONE)
        return;
    if (what == TIDE_EVENT_FREE || what == TIDE_EVENT_FREE_TEMPORARY) {
        look_up_free(thread, row->noted_address, (enum tide_event)what, many);
    } else {
        uint32_t site =
            row->noted_hash ? site_of_hash(thread, row->noted_hash, row->noted_kind) : row->noted_site;
        if (TIDE_LIKELY(what == TIDE_EVENT_ALLOC))
            look_up_alloc(thread, row->noted_address, row->noted_bytes, site, many);
        else if (site)
            (many ? look_up_pair_many : look_up_pair)(thread, row->noted_bytes, site);
    }
    row->noted_what = TIDE_EVENT_NONE;
}

/* looked up → counted */
TIDE_HOT void count_due(tide_thread *thread) {
    tide_thread_row *row = thread->row;
    uint32_t what = row->due_what;
    if (what == TIDE_EVENT_NONE)
        return;
    if (what == TIDE_EVENT_ALLOC || what == TIDE_EVENT_PAIR)
        tide_count_alloc(thread, row->due_site, row->due_bytes, row->due_epoch);
    if (what != TIDE_EVENT_ALLOC)
        tide_count_free(thread, row->due_site, row->due_bytes, what != TIDE_EVENT_FREE, row->due_epoch);
    row->due_what = TIDE_EVENT_NONE;
}

/* noted, looked up and counted in one: what waits is counted, and the heap raised, while the name's line travels. */
TIDE_HOT void record_alloc_many(tide_thread *thread, uintptr_t address, uint64_t bytes, uint32_t kind,
                                const void *frame, struct ways ways) {
    tide_ledger_header *header = thread->book->header;
    uint64_t hash;
    uint32_t site = recall_or_walk(thread, frame, kind, ways, &hash);
    count_due(thread);
    uint64_t epoch = tide_heap_grow(header, bytes, true);
    if (hash)
        site = site_of_hash(thread, hash, kind | thread->owner_bits);
    tide_check_site(thread, caller_of(frame), site, !hash);
    if (TIDE_LIKELY(site && add_block(thread, address, bytes, site, true)))
        become_due(thread, TIDE_EVENT_ALLOC, site, bytes, epoch);
    else
        tide_heap_shrink(header, bytes, true);
}

TIDE_HOT void on_alloc(tide_thread *thread, uintptr_t address, uint64_t bytes, uint32_t kind,
                       const void *frame, struct ways ways) {
    uint32_t generation = thread->gate;
    bool is_alone = tide_sole_begin(thread);
    if (ways.has_python && TIDE_UNLIKELY(tide_thread_follow_python(thread)))
        is_alone = tide_sole_begin(thread);
    tide_thread_row *row = thread->row;
    tide_live_prefetch(thread->book, address);
    if (TIDE_LIKELY(is_alone)) {
        count_due(thread);
        look_up(thread, false);
        row->noted_address = address;
        row->noted_bytes = bytes;
        row->noted_kind = kind | thread->owner_bits;
        if (TIDE_IS_CHECKED)
            row->noted_hash = 0, row->noted_site = site_of(thread, frame, kind, ways);
        else
            row->noted_site = recall_or_walk(thread, frame, kind, ways, &row->noted_hash);
        __atomic_store_n(&row->noted_what, TIDE_EVENT_ALLOC, __ATOMIC_RELEASE);
    } else {
        record_alloc_many(thread, address, bytes, kind, frame, ways);
        tide_sole_count(thread);
    }
    thread->last_address = address;
    tide_events_end(thread, generation);
}

static __attribute__((noinline)) void on_alloc_remembered(tide_thread *thread, uintptr_t address,
                                                          uint64_t bytes, uint32_t kind, const void *frame) {
    on_alloc(thread, address, bytes, kind, frame, (struct ways){.memos_pay = true});
}

static __attribute__((noinline)) void on_alloc_python(tide_thread *thread, uintptr_t address, uint64_t bytes,
                                                      uint32_t kind, const void *frame, bool memos_pay) {
    on_alloc(thread, address, bytes, kind, frame, (struct ways){.memos_pay = memos_pay, .has_python = true});
}

void tide_on_alloc(tide_thread *thread, uintptr_t address, uint64_t bytes, uint32_t kind, const void *frame) {
    bool memos_pay = tide_memos_pay(&thread->memos);
    if (TIDE_UNLIKELY(thread->process->python))
        on_alloc_python(thread, address, bytes, kind, frame, memos_pay);
    else if (memos_pay)
        on_alloc_remembered(thread, address, bytes, kind, frame);
    else
        on_alloc(thread, address, bytes, kind, frame, (struct ways){0});
}

void tide_on_free(tide_thread *thread, uintptr_t address) {
    tide_thread_row *row = thread->row;
    bool is_temporary = address == thread->last_address;
    enum tide_event what = is_temporary ? TIDE_EVENT_FREE_TEMPORARY : TIDE_EVENT_FREE;
    uint32_t generation = thread->gate;
    /* The allocator looks there next, at its header of the block: 20 ns of waiting that pass meanwhile. */
    __builtin_prefetch((const void *)(address - 16), 1);
    bool is_alone = tide_sole_begin(thread);
    if (is_temporary) {
        thread->last_address = 0;
        if (row->noted_what == TIDE_EVENT_ALLOC && row->noted_address == address) {
            row->noted_what = TIDE_EVENT_PAIR;
            tide_events_end(thread, generation);
            return;
        }
    }
    tide_live_prefetch(thread->book, address);
    count_due(thread);
    if (TIDE_LIKELY(is_alone)) {
        look_up(thread, false);
        row->noted_address = address;
        __atomic_store_n(&row->noted_what, what, __ATOMIC_RELEASE);
    } else {
        look_up_free(thread, address, what, true);
        tide_sole_count(thread);
    }
    tide_events_end(thread, generation);
}

/* Called by the mapping hooks. */
uint32_t tide_events_site(tide_thread *thread, const void *frame, uint32_t kind) {
    bool has_python = thread->process->python;
    if (has_python)
        tide_thread_read_python(thread);
    return site_of(thread, frame, kind, (struct ways){.has_python = has_python});
}

void tide_events_finish(tide_thread *thread, bool many) {
    count_due(thread);
    if (many)
        look_up(thread, true);
    else
        look_up(thread, false);
    count_due(thread);
}

void tide_events_settle(tide_thread *thread) {
    uint32_t generation = thread->gate;
    bool is_alone = tide_sole_begin(thread);
    tide_events_finish(thread, !is_alone);
    if (generation)
        tide_events_end(thread, generation);
}

bool tide_events_find(tide_thread *thread, uintptr_t address, tide_row *ret_row) {
    uint32_t generation = thread->gate;
    bool many = !tide_sole_begin(thread);
    tide_events_finish(thread, many);
    tide_shard *shard = &thread->book->shards[tide_shard_of(address)];
    if (many)
        tide_spin_lock(&shard->lock);
    const tide_row *row = tide_live_find(thread->book, shard, address);
    if (row)
        *ret_row = *row;
    if (many)
        tide_spin_unlock(&shard->lock);
    tide_events_end(thread, generation);
    return row;
}

/* ---- events of signal handlers */
void tide_events_nested(uintptr_t address, uint64_t bytes, uint32_t kind) {
    tide_thread *thread = tide_thread_interrupted();
    if (!thread || !address)
        return;
    uint32_t index = thread->nested_count;
    if (index == TIDE_NESTED_MAX) {
        thread->row->lost_events++;
        return;
    }
    thread->nested[index] = (tide_nested){.address = address, .bytes = bytes, .kind = kind};
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    thread->nested_count = index + 1;
}

static void record_nested(tide_thread *thread, const tide_nested *event) {
    count_due(thread);
    if (event->kind == TIDE_KIND_COUNT) {
        look_up_free(thread, event->address, TIDE_EVENT_FREE, true);
        return;
    }
    uint32_t kind = event->kind | thread->owner_bits;
    uint64_t hash = tide_hash_step(TIDE_PC_UNRESOLVED, (uint64_t)kind << 16 | thread->index);
    uint32_t site = tide_names_add_unresolved(thread, hash, kind);
    look_up_alloc(thread, event->address, event->bytes, site, true);
    thread->row->lost_events += !site;
}

static void drain_nested(tide_thread *thread) {
    tide_gate_shut(thread);
    tide_events_settle(thread); /* the handler ran after what waits, and may have freed it */
    uint32_t done = 0, expected;
    do {
        while (done < __atomic_load_n(&thread->nested_count, __ATOMIC_RELAXED))
            record_nested(thread, &thread->nested[done++]);
        expected = done;
    } while (!__atomic_compare_exchange_n(&thread->nested_count, &expected, 0, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
}

void tide_events_drain_nested(tide_thread *thread, uint32_t generation) {
    do {
        drain_nested(thread);
        tide_gate_open(thread, generation);
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
    } while (thread->nested_count);
}

/* ---- resizing */
tide_resize tide_resize_begin(tide_thread *thread, uintptr_t address) {
    tide_resize resize = {0};
    uint32_t generation = thread->gate;
    tide_live_prefetch(thread->book, address);
    bool is_alone = tide_sole_begin(thread);
    tide_events_finish(thread, !is_alone);
    if (!tide_live_remove(thread->book, address, &resize.block, !is_alone))
        resize.block.place = 0;
    tide_events_end(thread, generation);
    return resize;
}

/* The site's block was old_bytes and is new_bytes. Peaks see the difference only: there is no moment with both, or
 * none. */
static void count_resize(tide_thread *thread, uint32_t site_id, uint64_t old_bytes, uint64_t new_bytes,
                         bool many) {
    tide_ledger_header *header = thread->book->header;
    tide_site_note *note = &thread->book->site_notes[site_id];
    uint64_t epoch = new_bytes >= old_bytes ? tide_heap_grow(header, new_bytes - old_bytes, many)
                                            : tide_heap_shrink(header, old_bytes - new_bytes, many);
    tide_site_keep_peak(&thread->book->sites[site_id], note, header->epoch, epoch, new_bytes - old_bytes, 0);
    __atomic_fetch_add(&note->resized_bytes, new_bytes, __ATOMIC_RELAXED);
    __atomic_fetch_add(&note->resized_blocks, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&note->foreign_bytes, old_bytes, __ATOMIC_RELAXED);
    __atomic_fetch_add(&note->foreign_blocks, 1, __ATOMIC_RELAXED);
    thread->row->size_blocks[tide_size_class(new_bytes)]++;
    if (TIDE_UNLIKELY(thread->tallies))
        tide_tally_resize(thread, site_id, old_bytes, new_bytes);
}

void tide_resize_end(tide_thread *thread, const tide_resize *resize, uintptr_t address, uint64_t bytes,
                     bool was_freed) {
    uint32_t generation = thread->gate, site = tide_row_site(resize->block);
    uint64_t old_bytes = tide_row_bytes(resize->block);
    bool many = !tide_sole_begin(thread);
    tide_events_finish(thread, many); /* a signal handler's, since the beginning */
    if (address) {
        add_block(thread, address, bytes, site, many);
        count_resize(thread, site, old_bytes, bytes, many);
        thread->last_address = address;
    } else if (was_freed) {
        uint64_t epoch = tide_heap_shrink(thread->book->header, old_bytes, many);
        tide_count_free(thread, site, old_bytes, false, epoch);
    } else {
        add_block(thread, tide_row_address(resize->block), old_bytes, site, many);
    }
    tide_events_end(thread, generation);
}
