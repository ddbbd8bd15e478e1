#include "track/merge.h"
#include "ledger/layout.h"

/* ---- Python frames, counted from the root */
typedef struct frame_cursor {
    const tide_python_stack *stack;
    uint32_t index, run; /* of `words` and `runs`, which go from the inside: the next one is index - 1 */
} frame_cursor;

static frame_cursor from_root(const tide_python_stack *stack) {
    return (frame_cursor){stack, stack ? stack->count : 0, stack ? stack->run_count : 0};
}

static uint64_t word_of(const frame_cursor *at) {
    return at->stack && at->index ? at->stack->words[at->index - 1] : 0;
}

/* 0: no more frames. */
static uintptr_t anchor_of(const frame_cursor *at) {
    return at->stack && at->index ? at->stack->runs[at->run - 1].anchor : 0;
}

static void next(frame_cursor *at) {
    at->index--;
    if (at->run > 1 && at->index == at->stack->runs[at->run - 2].end)
        at->run--;
}

/* ---- native frames, counted from the root */
typedef struct native_cursor {
    const tide_chain *chain;
    uint32_t depth, link; /* frames gone by; the next link to look at, while they are kept ones */
} native_cursor;

static uint32_t native_depth(const tide_chain *chain) {
    return chain->kept_depth + chain->fresh_count;
}

/* The next frame; `ret_at` NULL: its place is not known. */
static uintptr_t next_native(native_cursor *cursor, const uintptr_t **ret_at) {
    const tide_chain *chain = cursor->chain;
    if (cursor->depth >= chain->kept_depth) {
        const tide_fresh *fresh =
            &chain->fresh[chain->fresh_count - 1 - (cursor->depth++ - chain->kept_depth)];
        *ret_at = fresh->at;
        return fresh->pc & ~TIDE_FRAME_ROUTINE;
    }
    while (chain->marks[cursor->link].flags & TIDE_MARK_SAVED_RBP)
        cursor->link++;
    const tide_link *link = &chain->links[cursor->link++];
    cursor->depth++;
    *ret_at = link->at;
    return link->value & ~TIDE_FRAME_ROUTINE;
}

/* ---- both */

/* Frames of both stacks that are the same, from the root, in native frames that both share. The cursors then stand at
 * the first that are not. */
static uint32_t common_frames(frame_cursor *now, frame_cursor *before, uintptr_t shared_above) {
    uint32_t count = 0;
    while (anchor_of(now) && anchor_of(now) == anchor_of(before) && anchor_of(now) > shared_above &&
           word_of(now) == word_of(before)) {
        next(now);
        next(before);
        count++;
    }
    return count;
}

/* How many of the native frames that both share are further out than `anchor`, and the one it lies in. `ret_at`: where
 * the last of these stands. */
static uint32_t shared_frames_to(const tide_chain *chain, uintptr_t anchor, uintptr_t *ret_at) {
    native_cursor cursor = {.chain = chain};
    *ret_at = UINTPTR_MAX;
    while (cursor.depth<chain->kept_depth && * ret_at> anchor) {
        const uintptr_t *at;
        next_native(&cursor, &at);
        *ret_at = (uintptr_t)at;
    }
    return cursor.depth;
}

tide_merge tide_merge_begin(const tide_chain *chain, const tide_python_stack *python,
                            const tide_python_stack *prior) {
    frame_cursor now = from_root(python), before = from_root(prior);
    tide_merge merge = {.kept_native = chain->kept_depth};
    if (anchor_of(&now) || anchor_of(&before)) {
        uintptr_t innermost_shared;
        shared_frames_to(chain, 0, &innermost_shared);
        merge.kept_python = common_frames(&now, &before, innermost_shared);
        uintptr_t first_other = anchor_of(&now) > anchor_of(&before) ? anchor_of(&now) : anchor_of(&before);
        merge.kept_native = shared_frames_to(chain, first_other, &innermost_shared);
    }
    merge.kept = merge.kept_native + merge.kept_python;
    merge.count = native_depth(chain) + (python ? python->count : 0) - merge.kept;
    return merge;
}

void tide_merge_write(const tide_merge *merge, const tide_chain *chain, const tide_python_stack *python,
                      uint64_t *ret) {
    frame_cursor frames = from_root(python);
    native_cursor native = {.chain = chain, .depth = python ? 0 : merge->kept_native};
    const uintptr_t *at = NULL;
    uint64_t *end = ret + merge->count;
    for (uint32_t i = 0; i < merge->kept_python; i++)
        next(&frames);
    while (native.depth < merge->kept_native)
        next_native(&native, &at);
    while (ret < end) {
        if (anchor_of(&frames) &&
            (native.depth == native_depth(chain) || (at && anchor_of(&frames) > (uintptr_t)at))) {
            *ret++ = word_of(&frames);
            next(&frames);
        } else
            *ret++ = next_native(&native, &at);
    }
}
