#include "track/memo.h"
#include <string.h>

enum {
    TRIAL = 1024,
    SKIP = 16384,
    INDEX_MASK = (1 << TIDE_MEMO_INDEX_BITS) - 1,
    USED = 1 << (TIDE_MEMO_INDEX_BITS - 1), /* makes a key of memo 0 differ from a free one */
};
static_assert((uint32_t)TIDE_MEMOS <= (uint32_t)USED, "");

/* A hit saves about four times what a miss costs. */
static void judge(tide_memos *memos) {
    if (++memos->misses < TRIAL)
        return;
    if (memos->hits < TRIAL / 4)
        memos->skip = SKIP;
    memos->hits = memos->misses = 0;
}

/* A memo and a key of the set for it: a free one, the same stack's, or another one's, which is given up. */
static tide_memo *take(tide_memos *memos, uint64_t hash) {
    uint64_t *keys = tide_memo_keys(memos, hash);
    uint32_t way = 0, index = memos->next;
    while (way < TIDE_MEMO_WAYS && keys[way])
        way++;
    if (way == TIDE_MEMO_WAYS) {
        way = memos->misses % TIDE_MEMO_WAYS;
        index = keys[way] & (TIDE_MEMOS - 1);
    } else {
        memos->next = (index + 1) % TIDE_MEMOS;
    }
    tide_memo *memo = &memos->memos[index];
    uint64_t *all = &memos->keys[0][0];
    if ((all[memo->key] & INDEX_MASK) == (USED | index))
        all[memo->key] = 0;
    memo->key = (uint16_t)(&keys[way] - all);
    keys[way] = (hash & ~(uint64_t)INDEX_MASK) | USED | index;
    return memo;
}

void tide_memos_add(tide_memos *memos, const tide_chain *chain, tide_frame_state caller, uint32_t kind,
                    uint32_t site) {
    uint32_t kept = chain->kept_links, count = chain->count - kept;
    if (memos->skip)
        return;
    judge(memos);
    if (!chain->is_whole || !count || count > TIDE_MEMO_WORDS || !site)
        return;
    const uintptr_t *first = (const uintptr_t *)caller.sp - 1;
    tide_memo *memo = take(memos, tide_memo_hash(caller, kind));
    memo->sp = caller.sp;
    memo->rbp = caller.rbp;
    memo->needs_rbp = chain->marks[chain->count - 1].flags & TIDE_MARK_NEEDS_RBP;
    memo->joint_links = kept;
    if (kept) {
        memo->joint_hash = chain->marks[kept - 1].hash;
        memo->joint_rbp = chain->marks[kept - 1].rbp;
        memo->joint_offset = (uint32_t)(chain->links[kept - 1].at - first);
    }
    memo->site = site;
    memo->kind = (uint16_t)kind;
    memo->count = (uint16_t)((count + 3) / 4 * 4);
    for (uint32_t i = 0; i < memo->count; i++) {
        const tide_link *link = &chain->links[i < count ? chain->count - 1 - i : chain->count - 1];
        memo->offset[i] = (uint32_t)(link->at - first);
        memo->value[i] = link->value;
    }
}

void tide_memos_forget(tide_memos *memos) {
    memset(memos->keys, 0, sizeof memos->keys);
    memos->hits = memos->misses = memos->skip = 0;
}
