#include "track/memo.h"
#include <string.h>

enum {
    TRIAL = 1024,
    SKIP = 65536,
    INDEX_MASK = (1 << TIDE_MEMO_INDEX_BITS) - 1,
    USED = 1 << (TIDE_MEMO_INDEX_BITS - 1), /* makes a key of memo 0 differ from a free one */
};
static_assert((uint32_t)TIDE_MEMOS <= (uint32_t)USED, "");

/* Stacks that come again and again are quick to walk, too, since all that this needs is in the cache: where less than
 * four of five are found, looking costs as much as it saves (cc1, clang: 0.7). */
static void judge(tide_memos *memos) {
    if (++memos->misses < TRIAL)
        return;
    if (memos->hits < TRIAL * 4)
        memos->skip = SKIP;
    memos->hits = memos->misses = 0;
}

/* odd, so that no bit of a word is lost; taken from the digits of pi after the point */
const uint64_t tide_memo_factor[TIDE_MEMO_WORDS + 1] = {
    0x243F6A8885A308D3, 0x13198A2E03707345, 0xA4093822299F31D1, 0x082EFA98EC4E6C89, 0x452821E638D01377,
    0xBE5466CF34E90C6D, 0xC0AC29B7C97C50DD, 0x3F84D5B5B5470917, 0x9216D5D98979FB1B, 0xD1310BA698DFB5AD,
    0x2FFD72DBD01ADFB7, 0xB8E1AFED6A267E97, 0xBA7C9045F12C7F99, 0x24A19947B3916CF7, 0x0801F2E2858EFC17,
};

/* A memo and a key of the set for it: a free one, or another one's, which is given up. */
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
        uint64_t *old = &memos->keys[0][memos->key_of[index]];
        if ((*old & INDEX_MASK) == (USED | index))
            *old = 0;
    }
    keys[way] = (hash & ~(uint64_t)INDEX_MASK) | USED | index;
    memos->key_of[index] = (uint16_t)(&keys[way] - memos->keys[0]);
    return &memos->memos[index];
}

/* False: a word is too far away. */
static bool describe(tide_memo *memo, const tide_chain *chain, tide_frame_state caller) {
    const uintptr_t *first = (const uintptr_t *)caller.sp - 1;
    uint32_t joint = chain->kept_links;
    for (uint32_t i = joint ? joint - 1 : 0; i < chain->count; i++)
        if (joint > UINT16_MAX || (uint64_t)(chain->links[i].at - first) > UINT16_MAX)
            return false;
    memo->sp = caller.sp;
    memo->count = (uint8_t)(chain->count - joint);
    memo->needs_rbp = chain->marks[chain->count - 1].flags & TIDE_MARK_NEEDS_RBP;
    for (uint32_t i = 0; i < memo->count; i++)
        memo->offset[i] = (uint16_t)(chain->links[chain->count - 1 - i].at - first);
    memo->sum = tide_memo_sum(memo, first, caller.rbp);
    memo->joint_links = (uint16_t)joint;
    if (joint) {
        memo->joint_offset = (uint16_t)(chain->links[joint - 1].at - first);
        memo->joint = tide_memo_joint(&chain->marks[joint - 1]);
    }
    return true;
}

uint32_t *tide_memos_add(tide_memos *memos, const tide_chain *chain, tide_frame_state caller, uint32_t kind,
                         uint64_t beside) {
    uint32_t count = chain->count - chain->kept_links;
    tide_memo memo = {.kind = (uint8_t)kind};
    judge(memos);
    if (!chain->is_whole || !count || count > TIDE_MEMO_WORDS || !describe(&memo, chain, caller))
        return NULL;
    memo.sum += beside;
    tide_memo *to = take(memos, tide_memo_hash(caller, kind, beside));
    *to = memo;
    return &to->site;
}

void tide_memos_forget(tide_memos *memos) {
    memset(memos->keys, 0, sizeof memos->keys);
    memos->hits = memos->misses = memos->skip = 0;
}
