/* track/unwind: the call stack of an allocation, from .eh_frame, without frame pointers.
 *
 * Between two allocations of a thread most of its stack stays as it is (measured: 2–6 frames of 13–39 change). So a
 * thread keeps the last stack as a *chain* of words in memory that were read to find it, from the root inwards:
 *
 *   link      0              1              2               3
 *   at        0x7ffe…f8  >   0x7ffe…c8  >   0x7ffe…90   >   0x7ffe…60        address of a return address on the stack
 *   value     _start+0x25    main+0x40      parse+0x12      eval+0x99        what stood there
 *   hash      h(0)           h(0,1)         h(0,1,2)        h(0,1,2,3)       of the values up to here
 *
 * Next time, (1) all words are read again, from the root: n of them still hold; (2) the stack is unwound from the
 * inside until a frame's return address lies at the place of a link that holds. There the two meet. That is exact,
 * not a guess: where the caller's frame is depends only on pc, the stack pointer, rbp and the words read, and those
 * are the same. Where rbp matters further out, the word it is saved in is one more link, and rbp itself is compared
 * where the two meet.
 *
 * A stack outside the thread's own (coroutine, signal stack), with a signal frame in it, or that needed the slow walk
 * is unwound in full and not kept. */
#pragma once
#include "track/rules.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    TIDE_CHAIN_MAX = 16384, /* links kept */
    TIDE_FRESH_MAX = 2048,  /* frames unwound at a time; of more, the middle is left out */
};

typedef struct tide_link {
    const uintptr_t *at;
    uintptr_t value;
} tide_link;

typedef struct tide_mark { /* what is known at a link */
    uint64_t hash;         /* of all return addresses up to and with this one */
    uintptr_t rbp;         /* in that frame; compared when TIDE_MARK_NEEDS_RBP */
    uint32_t depth;        /* return addresses up to and with this one */
    uint32_t flags;
} tide_mark;
enum {
    TIDE_MARK_NEEDS_RBP = 1, /* rbp as it is in this frame matters further out */
    TIDE_MARK_SAVED_RBP = 2, /* this link is a saved rbp, or another word; not a return address */
};

typedef struct tide_fresh { /* a frame found by this unwind */
    const uintptr_t *at;
    uintptr_t pc, rbp;
    tide_rule rule;
} tide_fresh;

typedef struct tide_chain {          /* written by its thread only */
    uintptr_t stack_low, stack_high; /* of the thread's own stack */
    uintptr_t never;                 /* 0; what the links behind the last one point to */
    uint32_t count;                  /* links */
    uint32_t is_whole;               /* they are the last stack, all of it */
    uint32_t kept_links;             /* result: links shared with the stack before this one, … */
    uint32_t kept_depth;             /* … return addresses among them … */
    uint32_t fresh_count;            /* … and those after them, innermost first in `fresh` */
    tide_fresh fresh[TIDE_FRESH_MAX];
    tide_mark marks[TIDE_CHAIN_MAX];
    alignas(64) tide_link links[TIDE_CHAIN_MAX + 4]; /* three links that never hold stand behind the last */
} tide_chain;

typedef struct tide_frame_state { /* of the function that called the hook, just after the call */
    uintptr_t pc, sp, rbp;
} tide_frame_state;

/* How many of the kept links hold for a stack of which `sp` is the inner end. Cost: 0.4 ns per link. */
TIDE_HOT uint32_t tide_chain_holds(const tide_chain *chain, uintptr_t sp);

/* Unwind: the stack is then described by kept_depth and fresh. Returns the hash of all return addresses. `holds`: what
 * tide_chain_holds said. Cost: 8–10 ns per fresh frame. */
TIDE_HOT uint64_t tide_unwind(tide_chain *chain, tide_rules *rules, tide_frame_state state, uint32_t holds);

TIDE_HOT bool tide_chain_owns(const tide_chain *chain, uintptr_t sp) {
    return sp - chain->stack_low < chain->stack_high - chain->stack_low;
}

/* Forget the last stack: the next one is unwound in full. */
TIDE_HOT void tide_chain_forget(tide_chain *chain) {
    chain->count = chain->is_whole = 0;
}

/* ---- how it is done: the walk of one unwind, and its cold twins in unwind.c */
typedef struct tide_walk {
    uintptr_t pc, sp, rbp;
    const uintptr_t *at; /* where pc stands on the stack */
    uintptr_t limit;     /* no frame ends above */
    uint32_t holds;      /* links that hold */
    uint32_t keep;       /* links that may still be shared */
    uint32_t count;      /* fresh frames so far */
    /* 1: some rule was not TIDE_RULE_RSP; 2: this stack must not be kept; 4: the root was met */
    uint32_t unusual;
} tide_walk;
enum { TIDE_WALK_RULES = 1, TIDE_WALK_DROP = 2, TIDE_WALK_ENDED = 4 };

__attribute__((noinline)) bool tide_walk_unusual(const tide_chain *chain, tide_walk *walk, tide_rule *rule);
__attribute__((noinline)) uint64_t tide_walk_finish_unusual(tide_chain *chain, tide_rules *rules,
                                                            tide_walk *walk);

TIDE_HOT uint64_t tide_hash_step(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15ull;
    return hash ^ hash >> 32;
}

/* From the root, four at a time: the loads do not wait for each other. */
TIDE_HOT uint32_t tide_chain_holds(const tide_chain *chain, uintptr_t sp) {
    if (TIDE_UNLIKELY(!tide_chain_owns(chain, sp)))
        return 0;
    const tide_link *link = chain->links;
    for (uint32_t i = 0; i < chain->count; i += 4, link += 4) {
        unsigned differs =
            (unsigned)(*link[0].at != link[0].value) | (unsigned)(*link[1].at != link[1].value) << 1 |
            (unsigned)(*link[2].at != link[2].value) << 2 | (unsigned)(*link[3].at != link[3].value) << 3;
        if (differs)
            return i + (uint32_t)__builtin_ctz(differs);
    }
    return chain->count;
}

/* Do the walk and the kept links meet here? Links nearer than the walk belong to frames that are gone. */
TIDE_HOT bool tide_walk_meets(const tide_chain *chain, tide_walk *walk) {
    while (walk->keep && chain->links[walk->keep - 1].at < walk->at)
        walk->keep--;
    if (!walk->keep || chain->links[walk->keep - 1].at != walk->at)
        return false;
    const tide_mark *mark = &chain->marks[walk->keep - 1];
    return TIDE_LIKELY(!mark->flags) || (mark->flags == TIDE_MARK_NEEDS_RBP && mark->rbp == walk->rbp);
}

/* Go from a frame to its caller. False: this was the outermost. `*rule` becomes what was really done. */
TIDE_HOT bool tide_walk_step(const tide_chain *chain, tide_walk *walk, tide_rule *rule) {
    uintptr_t cfa;
    tide_rule how = *rule;
    if (TIDE_LIKELY(TIDE_RULE_KIND(how) == TIDE_RULE_RSP)) {
        cfa = walk->sp + TIDE_RULE_OFFSET(how);
    } else if (TIDE_RULE_KIND(how) == TIDE_RULE_RBP) {
        cfa = walk->rbp + TIDE_RULE_OFFSET(how);
    } else { /* by copies, so that the walk itself can live in registers */
        tide_walk copy = *walk;
        bool more = tide_walk_unusual(chain, &copy, &how);
        *walk = copy;
        *rule = how;
        return more;
    }
    if (TIDE_UNLIKELY(cfa <= walk->sp || cfa > walk->limit))
        return false;
    uintptr_t slot = TIDE_RULE_RBP_SLOT(how);
    uintptr_t saved = *(const uintptr_t *)(cfa - 8 * (slot + !slot)); /* read either way: no branch */
    walk->rbp = slot ? saved : walk->rbp;
    walk->at = (const uintptr_t *)(cfa - 8);
    walk->pc = *walk->at;
    walk->sp = cfa;
    return true;
}

TIDE_HOT void tide_chain_set(tide_chain *chain, uint32_t index, const uintptr_t *at, uintptr_t value,
                             tide_mark mark) {
    chain->links[index] = (tide_link){at, value};
    chain->marks[index] = mark;
}

TIDE_HOT void tide_chain_end(tide_chain *chain, uint32_t count) {
    for (uint32_t i = count; i < count + 3; i++)
        chain->links[i] = (tide_link){&chain->never, 1};
    chain->count = count;
    chain->is_whole = 1;
}

TIDE_HOT uint64_t tide_unwind(tide_chain *chain, tide_rules *rules, tide_frame_state state, uint32_t holds) {
    bool own = tide_chain_owns(chain, state.sp);
    tide_walk walk = {.pc = state.pc,
                      .sp = state.sp,
                      .rbp = state.rbp,
                      .at = (const uintptr_t *)(state.sp - 8),
                      .limit = own ? chain->stack_high : UINTPTR_MAX,
                      .holds = holds,
                      .keep = holds,
                      .unusual = own ? 0 : TIDE_WALK_DROP};
    while (!tide_walk_meets(chain, &walk)) {
        if (TIDE_UNLIKELY(walk.count == TIDE_FRESH_MAX))
            break;
        tide_rule rule = tide_rules_get(rules, walk.pc);
        tide_fresh *fresh = &chain->fresh[walk.count++];
        fresh->at = walk.at;
        fresh->pc = walk.pc;
        fresh->rbp = walk.rbp;
        bool more = tide_walk_step(chain, &walk, &rule);
        fresh->rule = rule;
        if (TIDE_UNLIKELY(!more)) {
            walk.unusual |= TIDE_WALK_ENDED | (TIDE_RULE_KIND(rule) == TIDE_RULE_SLOW);
            walk.keep = 0;
            break;
        }
        walk.unusual |= TIDE_RULE_KIND(rule) != TIDE_RULE_RSP;
    }
    uint64_t hash = 0;
    uint32_t depth = 0, flags = 0, index = walk.keep;
    if (walk.keep) {
        const tide_mark *mark = &chain->marks[walk.keep - 1];
        hash = mark->hash, depth = mark->depth, flags = mark->flags;
    }
    if (TIDE_UNLIKELY((walk.unusual & (TIDE_WALK_RULES | TIDE_WALK_DROP)) | flags) ||
        TIDE_UNLIKELY(walk.count == TIDE_FRESH_MAX || index + walk.count > TIDE_CHAIN_MAX)) {
        tide_walk copy = walk;
        return tide_walk_finish_unusual(chain, rules, &copy);
    }
    chain->kept_links = index;
    chain->kept_depth = depth;
    chain->fresh_count = walk.count;
    for (uint32_t i = walk.count; i-- > 0; index++) {
        hash = tide_hash_step(hash, chain->fresh[i].pc);
        tide_chain_set(chain, index, chain->fresh[i].at, chain->fresh[i].pc,
                       (tide_mark){.hash = hash, .depth = ++depth});
    }
    tide_chain_end(chain, index);
    return hash;
}
