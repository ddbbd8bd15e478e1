/* track/rules: return address → how to find the caller's frame, in one 64-bit word.
 *
 *   63          30   29   28 27 26   23 22       3 2    0
 *   │ tag (34 bits) │ used │ 0  │ rbp/8 │ offset/8 │ kind │
 *
 * One table for the process, four words to a set. A word is complete in itself, so threads read and replace words
 * without locks. It is filled from .eh_frame the first time an address is met; a miss costs about a microsecond. The
 * set is chosen by the address's bits 5–18, so that the calls of one function lie in one or two cache lines, xor bits
 * 19–32, which keeps libraries apart; the tag is all other bits, so a wrong hit is impossible. */
#pragma once
#include "ledger/writer.h"
#include <stdint.h>

enum { TIDE_RULE_SET_BITS = 14, TIDE_RULE_WAYS = 4, TIDE_RULE_TAG_SHIFT = 30 };
#define TIDE_RULE_USED (1ull << 29)

enum tide_rule_kind {
    TIDE_RULE_END, /* the outermost frame, or nothing is known and no frame pointer chain either */
    TIDE_RULE_RSP, /* CFA = rsp + offset */
    TIDE_RULE_RBP, /* CFA = rbp + offset */
    /* CFA = *(rbp + offset − TIDE_RULE_DEREF_BIAS): frames realigned for vectors; rbp = *rbp */
    TIDE_RULE_DEREF,
    TIDE_RULE_SIGNAL, /* a signal handler's frame: registers are in the ucontext_t at rsp */
    TIDE_RULE_SLOW,   /* anything else: the whole stack is walked again by track/cfi */
    TIDE_RULE_GUESS,  /* no description (JIT code): a frame pointer chain, if it looks like one */
};
enum { TIDE_RULE_OFFSET_MAX = 0x7ffff8, TIDE_RULE_SLOT_SHIFT = 23, TIDE_RULE_DEREF_BIAS = 512 };

typedef uint32_t tide_rule;
#define TIDE_RULE_KIND(rule) ((rule)&7u)
#define TIDE_RULE_OFFSET(rule) ((rule)&TIDE_RULE_OFFSET_MAX) /* bytes; frames of up to 8 MiB */
#define TIDE_RULE_RBP_SLOT(rule) \
    ((rule) >> TIDE_RULE_SLOT_SHIFT) /* rbp was saved at CFA − 8 × this; 0: it was not */

typedef struct tide_rules {
    alignas(TIDE_PAGE) uint64_t sets[1 << TIDE_RULE_SET_BITS][TIDE_RULE_WAYS]; /* any thread, whole words */
    uint32_t next_victim;
    uint32_t has_guesses; /* an address without description was met: a later dlopen may put code there */
} tide_rules;

TIDE_COLD tide_rule tide_rules_miss(tide_rules *rules, uintptr_t pc);
void tide_rules_clear(tide_rules *rules); /* after a library has gone */

TIDE_HOT uint64_t tide_rule_tag(uintptr_t pc) {
    return (pc >> 19 << 5 | (pc & 31)) << TIDE_RULE_TAG_SHIFT | TIDE_RULE_USED;
}
TIDE_HOT uint64_t *tide_rule_set(tide_rules *rules, uintptr_t pc) {
    return rules->sets[(pc >> 5 ^ pc >> 19) & ((1 << TIDE_RULE_SET_BITS) - 1)];
}

/* `pc` is a return address: the rule is that of the call instruction before it. Cost: 2-4 ns. */
TIDE_HOT tide_rule tide_rules_get(tide_rules *rules, uintptr_t pc) {
    const uint64_t *set = tide_rule_set(rules, pc);
    uint64_t tag = tide_rule_tag(pc);
    for (int way = 0; way < 2; way++) { /* the other ways are looked at by the cold twin */
        uint64_t word = __atomic_load_n(&set[way], __ATOMIC_RELAXED) ^ tag;
        if (TIDE_LIKELY(word < TIDE_RULE_USED))
            return (tide_rule)word;
    }
    return tide_rules_miss(rules, pc);
}
