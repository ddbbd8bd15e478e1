#include "track/unwind.h"
#include "track/cfi.h"
#include <string.h>
#include <ucontext.h>

enum { SURE_LINKS = 64, HALF = TIDE_FRESH_MAX / 2 };

static uintptr_t limit_of(const tide_chain *chain, uintptr_t sp) {
    return tide_chain_owns(chain, sp) ? chain->stack_high : UINTPTR_MAX;
}

/* A signal interrupted a function at `pc`, which is no return address: undo the "less one" of all look-ups.
 * Address 0 was called, and nothing ran there: go on with who did that. */
static uintptr_t interrupted(uintptr_t pc, uintptr_t *sp) {
    if (pc)
        return pc + 1;
    pc = *(const uintptr_t *)*sp;
    *sp += sizeof pc;
    return pc;
}

static void enter_signal_frame(const tide_chain *chain, tide_walk *walk) {
    /* sp is at it: sigreturn(2) */
    const greg_t *registers = ((const ucontext_t *)walk->sp)->uc_mcontext.gregs;
    walk->sp = (uintptr_t)registers[REG_RSP];
    walk->pc = interrupted((uintptr_t)registers[REG_RIP], &walk->sp);
    walk->rbp = (uintptr_t)registers[REG_RBP];
    walk->at = (const uintptr_t *)(walk->sp - 8);
    walk->limit = limit_of(chain, walk->sp);
    walk->keep = walk->holds = 0;
    walk->unusual |= TIDE_WALK_DROP;
}

/* Code without a description: follow rbp if it can be a frame pointer. Only on a stack whose bounds are known. */
static bool guess(tide_walk *walk, tide_rule *rule) {
    if (walk->limit == UINTPTR_MAX || !walk->rbp || walk->rbp < walk->sp || walk->rbp & 7 ||
        walk->rbp > walk->limit - 16)
        return false;
    const uintptr_t *frame = (const uintptr_t *)walk->rbp;
    if (frame[1] < TIDE_PAGE || frame[1] >> 47) /* no code of a program can be there */
        return false;
    *rule = TIDE_RULE_RBP | 16 | 2u << TIDE_RULE_SLOT_SHIFT;
    walk->rbp = frame[0];
    walk->at = &frame[1];
    walk->pc = frame[1];
    walk->sp = (uintptr_t)&frame[2];
    return true;
}

static bool follow_realigned(tide_walk *walk, tide_rule rule) {
    uintptr_t place = walk->rbp + TIDE_RULE_OFFSET(rule) - TIDE_RULE_DEREF_BIAS;
    if (place < walk->sp || place >= walk->limit || walk->rbp < walk->sp || walk->rbp >= walk->limit)
        return false;
    uintptr_t cfa = *(const uintptr_t *)place;
    if (cfa <= walk->sp || cfa > walk->limit)
        return false;
    walk->rbp = *(const uintptr_t *)walk->rbp;
    walk->at = (const uintptr_t *)(cfa - 8);
    walk->pc = *walk->at;
    walk->sp = cfa;
    return true;
}

bool tide_walk_unusual(const tide_chain *chain, tide_walk *walk, tide_rule *rule) {
    bool more = false;
    switch (TIDE_RULE_KIND(*rule)) {
    case TIDE_RULE_DEREF:
        more = follow_realigned(walk, *rule);
        break;
    case TIDE_RULE_SIGNAL:
        enter_signal_frame(chain, walk);
        return true;
    case TIDE_RULE_GUESS:
        more = guess(walk, rule);
        break;
    default:
        return false; /* the end; or the slow walk, started by tide_walk_finish_unusual */
    }
    if (more)
        return true;
    *rule = TIDE_RULE_END;
    walk->unusual |= TIDE_WALK_DROP; /* with another rbp the same words may go on */
    return false;
}

/* ---- keeping a chain with words beside the return addresses */
typedef struct appender {
    tide_chain *chain;
    uint32_t index;
    tide_mark last;
} appender;

static void append_link(appender *to, const uintptr_t *at, uintptr_t value) {
    if (to->index < TIDE_CHAIN_MAX)
        tide_chain_set(to->chain, to->index++, at, value, to->last);
}

static void append_saved(appender *to, uintptr_t place) {
    uint32_t flags = to->last.flags;
    to->last.flags = TIDE_MARK_SAVED_RBP;
    append_link(to, (const uintptr_t *)place, *(const uintptr_t *)place);
    to->last.flags = flags;
}

/* Append one frame whose caller's frame begins at `cfa` (0: it has none). */
static void append_frame(appender *to, const tide_fresh *frame, uintptr_t cfa) {
    enum tide_rule_kind kind = TIDE_RULE_KIND(frame->rule);
    uint32_t needs = to->last.flags & TIDE_MARK_NEEDS_RBP, slot = TIDE_RULE_RBP_SLOT(frame->rule);
    if (kind == TIDE_RULE_DEREF) {
        append_saved(to, frame->rbp);
        append_saved(to, frame->rbp + TIDE_RULE_OFFSET(frame->rule) - TIDE_RULE_DEREF_BIAS);
        needs = TIDE_MARK_NEEDS_RBP;
    } else if (kind == TIDE_RULE_RSP || kind == TIDE_RULE_RBP) {
        if (slot && needs && cfa)
            append_saved(to, cfa - 8 * slot);
        if (slot)
            needs = 0;
        if (kind == TIDE_RULE_RBP)
            needs = TIDE_MARK_NEEDS_RBP;
    }
    to->last = (tide_mark){.hash = tide_hash_step(to->last.hash, frame->pc),
                           .rbp = frame->rbp,
                           .depth = to->last.depth + 1,
                           .flags = needs};
    append_link(to, frame->at, frame->pc);
}

/* Make the chain its first `keep` links and then `frames` (innermost first). What does not fit is not kept. */
static uint64_t keep_exactly(tide_chain *chain, uint32_t keep, const tide_fresh *frames, uint32_t count) {
    appender to = {.chain = chain, .index = keep};
    if (keep)
        to.last = chain->marks[keep - 1];
    uintptr_t cfa = keep ? (uintptr_t)chain->links[keep - 1].at + 8 : 0;
    for (uint32_t i = count; i-- > 0;) {
        append_frame(&to, &frames[i], cfa);
        cfa = (uintptr_t)frames[i].at + 8;
    }
    tide_chain_end(chain, to.index);
    chain->is_whole = to.index < TIDE_CHAIN_MAX; /* else the inner frames may not have fitted */
    chain->kept_links = keep;
    return to.last.hash;
}

static uint64_t hash_frames(uint64_t hash, const tide_fresh *frames, uint32_t count) {
    for (uint32_t i = count; i-- > 0;)
        hash = tide_hash_step(hash, frames[i].pc);
    return hash;
}

/* ---- stacks of which the middle is left out: the innermost half of `fresh` stays, the other half is a ring */
static void collect(tide_chain *chain, uint32_t *count, tide_fresh frame) {
    chain->fresh[*count < TIDE_FRESH_MAX ? *count : HALF + *count % HALF] = frame;
    ++*count;
}

static void swap_frames(tide_fresh *frames, uint32_t first, uint32_t last) { /* reverse [first, last) */
    while (first + 1 < last) {
        tide_fresh frame = frames[first];
        frames[first++] = frames[--last];
        frames[last] = frame;
    }
}

/* After `count` frames were collected: innermost first again, and a mark where some are missing. */
static void put_in_order(tide_chain *chain, uint32_t count) {
    chain->kept_depth = 0;
    chain->fresh_count = count < TIDE_FRESH_MAX ? count : TIDE_FRESH_MAX;
    if (count <= TIDE_FRESH_MAX)
        return;
    tide_fresh *ring = chain->fresh + HALF;
    swap_frames(ring, 0, count % HALF);
    swap_frames(ring, count % HALF, HALF);
    swap_frames(ring, 0, HALF);
    chain->fresh[HALF - 1] = (tide_fresh){.pc = TIDE_PC_ELIDED};
}

/* ---- rows that need all registers (resolver stubs, odd assembly): from here outwards with the full description */
static bool guess_slowly(const tide_chain *chain, uintptr_t registers[TIDE_REGISTERS]) {
    tide_rule rule;
    tide_walk guessed = {
        .sp = registers[TIDE_RSP], .rbp = registers[TIDE_RBP], .limit = limit_of(chain, registers[TIDE_RSP])};
    if (!guess(&guessed, &rule))
        return false;
    memset(registers, 0, TIDE_REGISTERS * sizeof *registers); /* of the others nothing is known */
    registers[TIDE_RIP] = guessed.pc;
    registers[TIDE_RSP] = guessed.sp;
    registers[TIDE_RBP] = guessed.rbp;
    return true;
}

static bool step_slowly(const tide_chain *chain, uintptr_t registers[TIDE_REGISTERS]) {
    tide_cfi_row row;
    if (!tide_cfi_find(registers[TIDE_RIP] - 1, &row))
        return !tide_cfi_find(registers[TIDE_RIP], &row) && guess_slowly(chain, registers);
    if (!tide_cfi_step(&row, registers, limit_of(chain, registers[TIDE_RSP])))
        return false;
    if (row.is_signal_frame)
        registers[TIDE_RIP] = interrupted(registers[TIDE_RIP], &registers[TIDE_RSP]);
    return registers[TIDE_RIP] >= TIDE_PAGE;
}

static uint64_t unwind_slowly(tide_chain *chain, uintptr_t caller_sp) {
    uintptr_t registers[TIDE_REGISTERS] = {0};
    __asm__ volatile(
        "movq %%rbx, 24(%0)\n\tmovq %%rbp, 48(%0)\n\tmovq %%rsp, 56(%0)\n\tmovq %%r12, 96(%0)\n\t"
        "movq %%r13, 104(%0)\n\tmovq %%r14, 112(%0)\n\tmovq %%r15, 120(%0)\n\t"
        "leaq 0(%%rip), %%rax\n\tmovq %%rax, 128(%0)"
        :
        : "r"(registers)
        : "rax", "memory");
    uint32_t count = 0;
    bool more = true;
    while (more && registers[TIDE_RSP] != caller_sp) /* the hooks' own frames */
        more = step_slowly(chain, registers);
    while (more) {
        collect(chain, &count,
                (tide_fresh){.at = (const uintptr_t *)(registers[TIDE_RSP] - 8),
                             .pc = registers[TIDE_RIP],
                             .rbp = registers[TIDE_RBP]});
        more = step_slowly(chain, registers);
    }
    put_in_order(chain, count);
    tide_chain_forget(chain);
    return hash_frames(0, chain->fresh, chain->fresh_count);
}

/* ---- deep recursion */

/* The walk has filled `fresh` and goes on. False: it met a frame that needs the slow walk. */
static bool walk_to_root(tide_chain *chain, tide_rules *rules, tide_walk *walk) {
    uint32_t count = TIDE_FRESH_MAX;
    for (bool more = true; more;) {
        tide_fresh frame = {
            .at = walk->at, .pc = walk->pc, .rbp = walk->rbp, .rule = tide_rules_get(rules, walk->pc)};
        more = tide_walk_step(chain, walk, &frame.rule);
        if (!more && TIDE_RULE_KIND(frame.rule) == TIDE_RULE_SLOW)
            return false;
        collect(chain, &count, frame);
    }
    put_in_order(chain, count);
    if (walk->unusual & TIDE_WALK_DROP)
        tide_chain_forget(chain);
    else
        keep_exactly(chain, 0, chain->fresh + HALF, HALF);
    chain->is_whole = 0;
    return true;
}

static uint64_t finish_deep(tide_chain *chain, tide_rules *rules, tide_walk *walk) {
    uintptr_t caller_sp = (uintptr_t)chain->fresh[0].at + 8;
    uint32_t keep = walk->holds;
    while (keep && chain->marks[keep - 1].flags & TIDE_MARK_SAVED_RBP)
        keep--;
    if (keep < SURE_LINKS)
        return walk_to_root(chain, rules, walk) ? hash_frames(0, chain->fresh, chain->fresh_count)
                                                : unwind_slowly(chain, caller_sp);
    /* The outer words have not changed, so those frames are still there: no need to walk all the way at each allocation
     * of a recursion that is 100,000 deep. */
    chain->fresh[TIDE_FRESH_MAX - 1] = (tide_fresh){.pc = TIDE_PC_ELIDED};
    chain->kept_depth = chain->marks[keep - 1].depth;
    chain->fresh_count = TIDE_FRESH_MAX;
    tide_chain_end(chain, keep);
    chain->is_whole = 0;
    return hash_frames(chain->marks[keep - 1].hash, chain->fresh, chain->fresh_count);
}

uint64_t tide_walk_finish_unusual(tide_chain *chain, tide_rules *rules, tide_walk *walk) {
    bool ended = walk->unusual & TIDE_WALK_ENDED;
    if (ended && TIDE_RULE_KIND(chain->fresh[walk->count - 1].rule) == TIDE_RULE_SLOW)
        return unwind_slowly(chain, (uintptr_t)chain->fresh[0].at + 8);
    if (walk->count == TIDE_FRESH_MAX && !ended)
        return finish_deep(chain, rules, walk);
    chain->kept_depth = walk->keep ? chain->marks[walk->keep - 1].depth : 0;
    chain->fresh_count = walk->count;
    if (!(walk->unusual & TIDE_WALK_DROP))
        return keep_exactly(chain, walk->keep, chain->fresh, walk->count);
    tide_chain_forget(chain);
    return hash_frames(0, chain->fresh, chain->fresh_count);
}
