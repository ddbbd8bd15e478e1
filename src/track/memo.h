/* track/memo: stacks that this thread has had before, found again without unwinding.
 *
 * Most programs allocate from some hundred places again and again. What a walk has found between its first frame and
 * the place where it met the chain (track/unwind.h) is kept as a memo:
 *
 *   sp, rbp at the hook's caller      the walk's beginning
 *   words   offset from sp, value     each word of the stack that the walk has read: return addresses and saved rbp
 *   joint   links of the chain        that must hold still, and the hash of the return addresses up to there
 *   site                              what it was named
 *
 * If all words are as they were, so is the stack, for the reason that makes the chain exact: where a caller's frame is
 * depends only on pc, sp, rbp and the words read. A hit does not change the chain.
 *
 *   keys   sets of four words    │ 48 bits of the hash of pc, sp and kind │ index of the memo (16) │     0: free
 *   memos  handed out one after another, so that a thread with few stacks touches little memory
 *
 * Measured: of all allocations, sqlite3 and redis-server find 0.99 here, cc1 and clang about two thirds; a program
 * that walks at random through a tree of calls, 0.05: there the table is left alone most of the time. A hit costs
 * 5-10 ns and half a nanosecond a word. */
#pragma once
#include "track/unwind.h"

enum {
    TIDE_MEMO_WORDS = 16,
    TIDE_MEMO_WAYS = 4,
    TIDE_MEMO_SETS = 256,
    TIDE_MEMOS = TIDE_MEMO_SETS * TIDE_MEMO_WAYS,
    TIDE_MEMO_INDEX_BITS = 16,
};

typedef struct tide_memo {
    alignas(64) uintptr_t sp;
    uintptr_t rbp;        /* compared when needs_rbp */
    uint64_t joint_hash;  /* the mark's of the joint, which is the chain's link number joint_links - 1 */
    uintptr_t joint_rbp;  /* compared when the mark says so */
    uint32_t joint_links; /* 0: the words go to the root */
    uint32_t joint_offset;
    uint32_t site;
    uint16_t kind, count; /* of words, a multiple of 4: the first one stands again behind the last */
    uint16_t key;         /* where the key stands */
    uint16_t needs_rbp;
    uint32_t offset[TIDE_MEMO_WORDS]; /* in words, from sp - 8, where the first return address stands */
    uintptr_t value[TIDE_MEMO_WORDS];
} tide_memo;
static_assert(sizeof(tide_memo) == 256, "four cache lines");

typedef struct tide_memos { /* written by its thread only; zero: empty */
    uint32_t hits, misses;  /* since the last look at whether this pays */
    uint32_t skip;          /* leave the table alone for so many allocations */
    uint32_t next;          /* memo to be handed out */
    alignas(64) uint64_t keys[TIDE_MEMO_SETS][TIDE_MEMO_WAYS];
    tide_memo memos[TIDE_MEMOS];
} tide_memos;

TIDE_HOT uint64_t tide_memo_hash(tide_frame_state caller, uint32_t kind) {
    return tide_hash_step(caller.pc ^ kind << 1, caller.sp);
}
TIDE_HOT uint64_t *tide_memo_keys(tide_memos *memos, uint64_t hash) {
    return memos->keys[hash % TIDE_MEMO_SETS];
}

/* The memo of the stack that the hook's caller has now; NULL: none. `holds`: of the chain's links, as many hold. The
 * caller must be on the thread's own stack. */
TIDE_HOT const tide_memo *tide_memos_find(tide_memos *memos, const tide_chain *chain, tide_frame_state caller,
                                          uint32_t kind, uint32_t holds);

/* Keep what tide_unwind has just found, unless it is too long, or the chain is not the whole stack. */
void tide_memos_add(tide_memos *memos, const tide_chain *chain, tide_frame_state caller, uint32_t kind,
                    uint32_t site);

/* Forget all: the thread's sites, its stack or the code have changed. */
void tide_memos_forget(tide_memos *memos);

/* ---- how it is done */
TIDE_HOT bool tide_memo_meets(const tide_memo *memo, const tide_chain *chain, const uintptr_t *first,
                              uint32_t holds) {
    if (!memo->joint_links)
        return true;
    const tide_mark *mark = &chain->marks[memo->joint_links - 1];
    return memo->joint_links <= holds && mark->hash == memo->joint_hash &&
           chain->links[memo->joint_links - 1].at == first + memo->joint_offset &&
           (!(mark->flags & TIDE_MARK_NEEDS_RBP) || mark->rbp == memo->joint_rbp);
}

TIDE_HOT bool tide_memo_holds(const tide_memo *memo, const uintptr_t *first) {
    for (uint32_t i = 0; i < memo->count; i += 4) {
        const uint32_t *offset = &memo->offset[i];
        const uintptr_t *value = &memo->value[i];
        if ((first[offset[0]] ^ value[0]) | (first[offset[1]] ^ value[1]) | (first[offset[2]] ^ value[2]) |
            (first[offset[3]] ^ value[3]))
            return false;
    }
    return true;
}

TIDE_HOT const tide_memo *tide_memos_find(tide_memos *memos, const tide_chain *chain, tide_frame_state caller,
                                          uint32_t kind, uint32_t holds) {
    if (TIDE_UNLIKELY(memos->skip)) {
        memos->skip--;
        return NULL;
    }
    uint64_t hash = tide_memo_hash(caller, kind);
    const uint64_t *keys = tide_memo_keys(memos, hash);
    const uintptr_t *first = (const uintptr_t *)caller.sp - 1;
    for (uint32_t way = 0; way < TIDE_MEMO_WAYS; way++) {
        if ((keys[way] ^ hash) >> TIDE_MEMO_INDEX_BITS || !keys[way])
            continue;
        const tide_memo *memo = &memos->memos[keys[way] & (TIDE_MEMOS - 1)];
        if (memo->sp == caller.sp && memo->kind == kind && (!memo->needs_rbp || memo->rbp == caller.rbp) &&
            tide_memo_holds(memo, first) && tide_memo_meets(memo, chain, first, holds)) {
            memos->hits++;
            return memo;
        }
    }
    return NULL;
}
