/* track/memo: stacks that this thread has had before, found again without unwinding.
 *
 * Most programs allocate from some hundred places again and again. What a walk has read between its first frame and
 * the place where it met the chain (track/unwind.h) is kept as a memo, in one cache line:
 *
 *   sp       of the hook's caller: the walk's beginning
 *   offsets  from sp, of each word of the stack that the walk has read: return addresses, and saved rbp that mattered
 *   sum      over the values of these words (and rbp itself, if it mattered), each times a constant of its own, and
 *            what a site is of beside its native stack: owner, Python frames
 *   joint    links of the chain that must hold still, and a hash of what they are
 *   site     what the stack was named
 *
 * If all words are as they were, so is the stack, for the reason that makes the chain exact: where a caller's frame is
 * depends only on pc, sp, rbp and the words read. (A sum of 64 bits may agree by chance: 5e-20 for each look.) A hit
 * does not change the chain.
 *
 *   keys   sets of four words    │ 48 bits of the hash of pc, sp, kind and the same │ index of the memo (16) │
 *                                0: free
 *   memos  handed out one after another, so that a thread with few stacks touches little memory
 *
 * Measured: of all allocations, sqlite3, python3 and redis-server find 0.99 here, cc1 and clang 0.7, and a program that
 * walks at random through a tree of calls 0.05. The table is left alone for most of the time where it does not pay. */
#pragma once
#include "track/unwind.h"

enum {
    TIDE_MEMO_WORDS = 14,
    TIDE_MEMO_WAYS = 4,
    TIDE_MEMO_SETS = 256,
    TIDE_MEMOS = TIDE_MEMO_SETS * TIDE_MEMO_WAYS,
    TIDE_MEMO_INDEX_BITS = 16,
};

typedef struct tide_memo {
    alignas(64) uintptr_t sp;
    uint64_t sum;
    uint64_t joint;        /* the joint's hash, see tide_memo_joint */
    uint16_t joint_links;  /* it is the chain's link number joint_links - 1; 0: the words go to the root */
    uint16_t joint_offset; /* offsets are in words, from sp - 8, where the first return address stands */
    uint32_t site;
    uint8_t kind, count; /* of words */
    uint8_t needs_rbp;   /* in sum */
    uint8_t unused;
    uint16_t offset[TIDE_MEMO_WORDS];
} tide_memo;
static_assert(sizeof(tide_memo) == 64, "one cache line");

typedef struct tide_memos { /* written by its thread only; zero: empty */
    uint32_t hits, misses;  /* since the last look at whether this pays */
    uint32_t skip;          /* leave the table alone for so many allocations */
    uint32_t next;          /* memo to be handed out */
    alignas(64) uint64_t keys[TIDE_MEMO_SETS][TIDE_MEMO_WAYS];
    uint16_t key_of[TIDE_MEMOS]; /* where the key of each memo stands */
    tide_memo memos[TIDE_MEMOS];
} tide_memos;

TIDE_HOT uint64_t tide_memo_hash(tide_frame_state caller, uint32_t kind, uint64_t beside) {
    return tide_hash_step(caller.pc ^ kind << 1, caller.sp ^ beside);
}
TIDE_HOT uint64_t *tide_memo_keys(tide_memos *memos, uint64_t hash) {
    return memos->keys[hash % TIDE_MEMO_SETS];
}

/* Whether to look, and to add. */
TIDE_HOT bool tide_memos_pay(tide_memos *memos) {
    if (TIDE_LIKELY(!memos->skip))
        return true;
    memos->skip--;
    return false;
}

/* The memo of the stack that the hook's caller has now; NULL: none. `holds`: of the chain's links, as many hold.
 * `beside`: hash of the owner and of the Python frames on it; 0: none. */
TIDE_HOT const tide_memo *tide_memos_find(tide_memos *memos, const tide_chain *chain, tide_frame_state caller,
                                          uint32_t kind, uint64_t beside, uint32_t holds);

/* Keep what tide_unwind has just found. Returns where its site goes; NULL: too long, or the chain is not the whole
 * stack. */
uint32_t *tide_memos_add(tide_memos *memos, const tide_chain *chain, tide_frame_state caller, uint32_t kind,
                         uint64_t beside);

/* Forget all: the thread's sites, its stack or the code have changed. */
void tide_memos_forget(tide_memos *memos);

/* ---- how it is done */
extern __attribute__((visibility("hidden"))) const uint64_t tide_memo_factor[TIDE_MEMO_WORDS + 1];

TIDE_HOT uint64_t tide_memo_sum(const tide_memo *memo, const uintptr_t *first, uintptr_t rbp) {
    uint64_t sum = memo->needs_rbp ? rbp * tide_memo_factor[TIDE_MEMO_WORDS] : 0;
    for (uint32_t i = 0; i < memo->count; i++)
        sum += first[memo->offset[i]] * tide_memo_factor[i];
    return sum;
}

/* What must be as it was where the walk met the chain: all return addresses further out, and rbp if it matters. */
TIDE_HOT uint64_t tide_memo_joint(const tide_mark *mark) {
    return mark->flags & TIDE_MARK_NEEDS_RBP ? tide_hash_step(mark->hash, mark->rbp) : mark->hash;
}

TIDE_HOT bool tide_memo_meets(const tide_memo *memo, const tide_chain *chain, const uintptr_t *first,
                              uint32_t holds) {
    uint32_t links = memo->joint_links;
    return !links || (links <= holds && chain->links[links - 1].at == first + memo->joint_offset &&
                      tide_memo_joint(&chain->marks[links - 1]) == memo->joint);
}

TIDE_HOT const tide_memo *tide_memos_find(tide_memos *memos, const tide_chain *chain, tide_frame_state caller,
                                          uint32_t kind, uint64_t beside, uint32_t holds) {
    uint64_t hash = tide_memo_hash(caller, kind, beside);
    const uint64_t *keys = tide_memo_keys(memos, hash);
    const uintptr_t *first = (const uintptr_t *)caller.sp - 1;
    for (uint32_t way = 0; way < TIDE_MEMO_WAYS; way++) {
        if ((keys[way] ^ hash) >> TIDE_MEMO_INDEX_BITS || !keys[way])
            continue;
        const tide_memo *memo = &memos->memos[keys[way] & (TIDE_MEMOS - 1)];
        if (memo->sp == caller.sp && memo->kind == kind &&
            tide_memo_sum(memo, first, caller.rbp) + beside == memo->sum &&
            tide_memo_meets(memo, chain, first, holds)) {
            memos->hits++;
            return memo;
        }
    }
    return NULL;
}
