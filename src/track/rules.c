#include "track/rules.h"
#include "track/cfi.h"
#include <string.h>

/* How rbp comes back in this row: as a slot number below the CFA, or -1 when the fast form cannot say it. */
static int rbp_slot(const tide_cfi_row *row) {
    int64_t offset = row->of[TIDE_RBP].offset;
    if (row->of[TIDE_RBP].where == TIDE_SAME)
        return 0;
    if (row->of[TIDE_RBP].where != TIDE_AT_CFA || offset >= 0 || offset < -15 * 8 || offset % 8)
        return -1;
    return (int)(-offset / 8);
}

/* gcc's frames that align the stack: CFA = *(rbp + n), rbp = *(rbp + 0). Returns false for any other expression. */
static bool is_realigned(const tide_cfi_row *row, int64_t *ret_offset) {
    const uint8_t *at = row->cfa_expr, *rbp = row->of[TIDE_RBP].expr;
    enum { BREG6 = 0x76, DEREF = 0x06 };
    if (at[0] != 3 || at[1] != BREG6 || at[3] != DEREF || at[2] & 0x80)
        return false;
    if (row->of[TIDE_RBP].where != TIDE_AT_EXPR || rbp[0] != 2 || rbp[1] != BREG6 || rbp[2] != 0)
        return false;
    *ret_offset = (int64_t)(at[2] & 0x40 ? at[2] - 0x80 : at[2]);
    return true;
}

static tide_rule rule_make(enum tide_rule_kind kind, int64_t offset, int slot) {
    if (offset < 0 || offset > TIDE_RULE_OFFSET_MAX || offset % 8)
        return TIDE_RULE_SLOW;
    return (tide_rule)kind | (tide_rule)offset | (tide_rule)slot << TIDE_RULE_SLOT_SHIFT;
}

static tide_rule rule_of(const tide_cfi_row *row) {
    int64_t offset;
    if (row->of[TIDE_RIP].where == TIDE_UNDEFINED)
        return TIDE_RULE_END;
    if (row->is_signal_frame)
        return TIDE_RULE_SIGNAL;
    if (row->of[TIDE_RIP].where != TIDE_AT_CFA || row->of[TIDE_RIP].offset != -8)
        return TIDE_RULE_SLOW;
    if (row->cfa_expr)
        return is_realigned(row, &offset) ? rule_make(TIDE_RULE_DEREF, offset + TIDE_RULE_DEREF_BIAS, 0)
                                          : TIDE_RULE_SLOW;
    int slot = rbp_slot(row);
    if (slot < 0 || row->of[TIDE_RSP].where != TIDE_SAME)
        return TIDE_RULE_SLOW;
    if (row->cfa_register == TIDE_RSP)
        return rule_make(TIDE_RULE_RSP, row->cfa_offset, slot);
    if (row->cfa_register == TIDE_RBP)
        return rule_make(TIDE_RULE_RBP, row->cfa_offset, slot);
    return TIDE_RULE_SLOW;
}

tide_rule tide_rules_miss(tide_rules *rules, uintptr_t pc) {
    uint64_t *set = tide_rule_set(rules, pc), tag = tide_rule_tag(pc);
    for (int way = 2; way < TIDE_RULE_WAYS; way++) {
        uint64_t word = __atomic_load_n(&set[way], __ATOMIC_RELAXED) ^ tag;
        if (word < TIDE_RULE_USED)
            return (tide_rule)word;
    }
    tide_cfi_row row;
    tide_rule rule = TIDE_RULE_GUESS;
    if (tide_cfi_find(pc - 1, &row))
        rule = rule_of(&row);
    else if (tide_cfi_find(pc, &row)) /* not after a call: where makecontext() makes a stack begin */
        rule = TIDE_RULE_END;
    else
        rules->has_guesses = 1;
    int way = 0;
    while (way < TIDE_RULE_WAYS && __atomic_load_n(&set[way], __ATOMIC_RELAXED))
        way++;
    if (way == TIDE_RULE_WAYS)
        way = (int)(rules->next_victim++ % TIDE_RULE_WAYS);
    __atomic_store_n(&set[way], tag | rule, __ATOMIC_RELAXED);
    return rule;
}

void tide_rules_clear(tide_rules *rules) {
    for (size_t i = 0; i < sizeof rules->sets / sizeof rules->sets[0]; i++)
        for (int way = 0; way < TIDE_RULE_WAYS; way++)
            __atomic_store_n(&rules->sets[i][way], 0, __ATOMIC_RELAXED);
    rules->has_guesses = 0;
}
