#include "heap/tree.h"

/* A stack on its way from where it allocates to its root. All stacks that have come the same way are a range of one
 * array; each step up sorts a range by the next caller, so that each caller's stacks are a range again:
 *
 *   node_new: [ a b c d e ]  ─ step ─►  parse: [ a c d ]  eval: [ b e ] */
struct climber {
    uint32_t node; /* of the tree */
    uint32_t group;
    tide_weight weight;
};

struct range {
    uint32_t at; /* inverted node whose callers are to be found */
    size_t first, count;
};

struct climb {
    tide_tree *inverted;
    const tide_tree *tree;
    const uint32_t *group_of;
    uint64_t min_amount;
    TIDE_VEC(struct climber) climbers;
    TIDE_VEC(struct range) todo;
};

static int by_group(const void *left, const void *right) {
    const struct climber *a = left, *b = right;
    return (a->group > b->group) - (a->group < b->group);
}

/* To the next caller that is another function. False: that was the root. */
static bool step_up(struct climb *climb, struct climber *climber, uint32_t inverted) {
    do {
        climber->node = climb->tree->nodes.at[climber->node].parent;
        if (!climber->node)
            return false;
        climber->group = climb->group_of[climb->tree->nodes.at[climber->node].item];
        if (climber->group == climb->inverted->nodes.at[inverted].item)
            climb->inverted->nodes.at[inverted].is_recursive = true;
    } while (climber->group == climb->inverted->nodes.at[inverted].item);
    return true;
}

/* How many of the range start with the same group. */
static size_t run_count(const struct climber *climbers, size_t count) {
    size_t run = 1;
    while (run < count && climbers[run].group == climbers[0].group)
        run++;
    return run;
}

static void add_child(struct climb *climb, struct range run) {
    const struct climber *climbers = climb->climbers.at + run.first;
    uint64_t heaviest = 0;
    uint32_t child = tide_tree_child(climb->inverted, run.at, climbers[0].group);
    tide_tree_node *node = &climb->inverted->nodes.at[child];
    for (size_t i = 0; i < run.count; i++) {
        node->total.amount += climbers[i].weight.amount;
        node->total.blocks += climbers[i].weight.blocks;
        if (!i || climbers[i].weight.amount > heaviest) {
            heaviest = climbers[i].weight.amount;
            node->detail = climb->tree->nodes.at[climbers[i].node].item;
        }
    }
    *tide_vec_push(&climb->todo) = (struct range){.at = child, .first = run.first, .count = run.count};
}

/* Make a child of `all.at` for each group in the range; those that are heavy enough stay to be done. */
static void branch(struct climb *climb, struct range all) {
    size_t first_todo = climb->todo.count, kept = first_todo;
    uint64_t heaviest = 0;
    qsort(climb->climbers.at + all.first, all.count, sizeof(struct climber), by_group);
    for (size_t done = 0; done < all.count;) {
        size_t count = run_count(climb->climbers.at + all.first + done, all.count - done);
        add_child(climb, (struct range){.at = all.at, .first = all.first + done, .count = count});
        done += count;
    }
    for (size_t i = first_todo; i < climb->todo.count; i++) {
        uint64_t amount = climb->inverted->nodes.at[climb->todo.at[i].at].total.amount;
        heaviest = amount > heaviest ? amount : heaviest;
    }
    for (size_t i = first_todo; i < climb->todo.count; i++) {
        uint64_t amount = climb->inverted->nodes.at[climb->todo.at[i].at].total.amount;
        if (amount >= climb->min_amount || amount == heaviest)
            climb->todo.at[kept++] = climb->todo.at[i];
    }
    climb->todo.count = kept;
}

void tide_tree_invert(tide_tree *ret, const tide_tree *tree, const uint32_t *group_of, uint64_t min_amount) {
    struct climb climb = {.inverted = ret, .tree = tree, .group_of = group_of, .min_amount = min_amount};
    for (uint32_t i = 1; i < tree->nodes.count; i++) {
        const tide_tree_node *node = &tree->nodes.at[i];
        if (node->own.amount || node->own.blocks)
            *tide_vec_push(&climb.climbers) =
                (struct climber){.node = i, .group = group_of[node->item], .weight = node->own};
    }
    if (climb.climbers.count)
        branch(&climb, (struct range){.at = 0, .first = 0, .count = climb.climbers.count});
    while (climb.todo.count) {
        struct range range = climb.todo.at[--climb.todo.count];
        size_t kept = 0;
        for (size_t i = 0; i < range.count; i++) {
            struct climber climber = climb.climbers.at[range.first + i];
            if (step_up(&climb, &climber, range.at))
                climb.climbers.at[range.first + kept++] = climber;
        }
        range.count = kept;
        if (kept)
            branch(&climb, range);
    }
    tide_vec_free(&climb.climbers);
    tide_vec_free(&climb.todo);
}
