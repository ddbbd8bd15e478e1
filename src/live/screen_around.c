#include "live/screen_around.h"

static void add(tide_weight *sum, tide_weight more) {
    sum->amount += more.amount;
    sum->blocks += more.blocks;
}

/* What a node of the tree is to the function. */
struct role {
    enum tide_screen_part part; /* TIDE_SCREEN_ROW: none that counts */
    bool is_inside;             /* it or one of its callers is the function */
    uint32_t caller;            /* inside: of the outermost call */
    uint32_t callee; /* itself, if the function calls it; kept for the calls that it makes of itself */
};

static struct role role_of(const struct role *parent, uint32_t own, uint32_t caller, uint32_t function) {
    bool is_function = own == function, is_called = parent->part == TIDE_SCREEN_ITSELF;
    struct role role = {.is_inside = parent->is_inside || is_function,
                        .caller = parent->is_inside ? parent->caller : caller,
                        .callee = own};
    if (is_function && (is_called || !parent->is_inside))
        role.part = TIDE_SCREEN_ITSELF;
    else if (is_called || (parent->part == TIDE_SCREEN_CALLEE && parent->callee == own))
        role.part = TIDE_SCREEN_CALLEE;
    return role;
}

static void count_own(tide_around *around, const struct role *role, bool is_function, tide_weight own) {
    if (is_function) {
        add(&around->of[TIDE_SCREEN_ITSELF].by_function[role->callee].own, own);
        add(&around->of[TIDE_SCREEN_CALLER].by_function[role->caller].own, own);
    } else if (role->part == TIDE_SCREEN_CALLEE)
        add(&around->of[TIDE_SCREEN_CALLEE].by_function[role->callee].own, own);
}

static void add_total(tide_around_side *side, uint32_t function, uint32_t place, tide_weight total) {
    add(&side->by_function[function].total, total);
    if (place != TIDE_NONE)
        side->by_place[place] += total.amount;
}

static void count_total(tide_around *around, const tide_tree *tree, uint32_t node, const struct role *role) {
    const tide_tree_node *at = &tree->nodes.at[node];
    add_total(&around->of[role->part], role->callee, at->item, at->total);
    if (role->part == TIDE_SCREEN_ITSELF)
        add_total(&around->of[TIDE_SCREEN_CALLER], role->caller, tree->nodes.at[at->parent].item, at->total);
}

static void count_all(tide_around *around, const tide_names *names, const tide_tree *tree,
                      uint32_t function) {
    struct role *roles = tide_xcalloc(tree->nodes.count, sizeof *roles);
    uint32_t start = (uint32_t)names->functions.count;
    for (uint32_t i = 1; i < tree->nodes.count; i++) { /* those that call come first */
        uint32_t parent = tree->nodes.at[i].parent;
        uint32_t own = names->function_of.at[tree->nodes.at[i].item];
        uint32_t caller = parent ? names->function_of.at[tree->nodes.at[parent].item] : start;
        roles[i] = role_of(&roles[parent], own, caller, function);
        count_own(around, &roles[i], own == function, tree->nodes.at[i].own);
        if (roles[i].part != TIDE_SCREEN_ROW && roles[i].part != roles[parent].part)
            count_total(around, tree, i, &roles[i]);
    }
    free(roles);
}

tide_around tide_around_find(const tide_names *names, const tide_tree *tree, uint32_t function) {
    tide_around around;
    around.of[TIDE_SCREEN_ROW] = (tide_around_side){0};
    for (int part = TIDE_SCREEN_CALLER; part <= TIDE_SCREEN_CALLEE; part++) {
        around.of[part].by_function =
            tide_xcalloc(names->functions.count + 1, sizeof *around.of[part].by_function);
        around.of[part].by_place = tide_xcalloc(names->places.count + 1, sizeof *around.of[part].by_place);
    }
    if (tree)
        count_all(&around, names, tree, function);
    return around;
}

void tide_around_free(tide_around *around) {
    for (int part = TIDE_SCREEN_CALLER; part <= TIDE_SCREEN_CALLEE; part++) {
        free(around->of[part].by_function);
        free(around->of[part].by_place);
    }
}
