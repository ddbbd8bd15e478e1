/* heap/tree: call stacks folded into one tree, and what each caller of this module wants to fold them by.
 *
 *   stacks, root first                 tree                      own  total
 *   main ─ parse ─ node  100           main                        0    130
 *   main ─ parse         20            ├ parse                    20    120
 *   main ─ eval          10            │ └ node                  100    100
 *                                      └ eval                     10     10
 *
 * An *item* is whatever a frame is folded by: a place in the source, a function. Items are the caller's small integers;
 * this module knows no names. Children are always made after their parent, so a loop over `nodes` backwards meets
 * children first. Not thread-safe. */
#pragma once
#include "base/map.h"
#include "heap/heap.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct tide_weight { /* of a site, under the view that is asked for */
    uint64_t amount;         /* bytes; temporary blocks when those are looked for */
    uint64_t blocks;         /* how many; all allocations when the amount is temporary ones */
} tide_weight;

typedef struct tide_tree_node {
    uint32_t parent, item;      /* node 0 is the root: its own parent, item TIDE_NONE */
    uint32_t detail;            /* of the finer items that were folded into this node, the heaviest */
    uint32_t first_child, next; /* TIDE_NONE: none */
    bool is_recursive;          /* calls of itself were folded into it */
    tide_weight own, total;
} tide_tree_node;

typedef struct tide_tree {
    TIDE_VEC(tide_tree_node) nodes;
    tide_map by_edge; /* parent, item -> node */
} tide_tree;

/* What each code of a heap stands for: one item for each frame, inlined ones too, innermost first. Borrowed. */
typedef struct tide_item_range {
    uint32_t first, count; /* of `items`; count is never 0 */
} tide_item_range;
typedef struct tide_items {
    const uint32_t *items;
    const tide_item_range *of_code; /* as long as heap.codes */
    /* per item: innermost frames that are one give what is theirs to their caller */
    const bool *is_wrapper;
} tide_items;

void tide_tree_init(tide_tree *tree);
void tide_tree_free(tide_tree *tree);

/* The child of `parent` for `item`, made when it is not there. */
uint32_t tide_tree_child(tide_tree *tree, uint32_t parent, uint32_t item);
/* Set every node's total from the `own` of itself and all below. O(nodes). */
void tide_tree_sum(tide_tree *tree);

/* Fill an empty tree with the stacks of all sites whose weight is not zero (`weights`: one per site), and sum it.
 * Malformed parents (not before their child) count as the root. Cost: O(nodes × frames per code + sites). */
void tide_tree_build(tide_tree *ret, const tide_heap *heap, const tide_items *items,
                     const tide_weight *weights);
/* The same for a heap that grows, and is weighed again and again: add what has come since the last call, whatever it
 * weighs, and set all own and total. Cost: O(new nodes × frames per code), O(nodes + sites). */
typedef TIDE_VEC(uint32_t) tide_tree_index; /* node of a heap -> node of the tree; empty at first */
void tide_tree_grow(tide_tree *tree, tide_tree_index *tree_node, const tide_heap *heap,
                    const tide_items *items);
void tide_tree_weigh(tide_tree *tree, const uint32_t *tree_node, const tide_heap *heap,
                     const tide_items *items, const tide_weight *weights);
/* The same stacks folded by a coarser item: `group_of` maps the old items. `folds_recursion`: a group that calls itself
 * directly is one node. Sums `ret`. */
void tide_tree_fold(tide_tree *ret, const tide_tree *tree, const uint32_t *group_of, bool folds_recursion);
/* tree_callers.c. The same stacks upside down, recursion folded: callers below those that they call. Totals are then
 * "what the function at the top allocated itself when it was called this way"; own is not used. Nodes lighter than
 * `min_amount` have no callers below them, unless they are the heaviest of their siblings.
 * Memory: O(nodes of `tree` + of `ret`). Cost: O(length of the stacks below heavy nodes). */
void tide_tree_invert(tide_tree *ret, const tide_tree *tree, const uint32_t *group_of, uint64_t min_amount);

typedef struct tide_share { /* of one group in a whole tree */
    tide_weight own, total; /* total: recursion counted once */
} tide_share;
/* Add up a tree by group; `ret` has a zeroed row for each group. Cost: O(nodes). */
void tide_tree_shares(tide_share *ret, size_t group_count, const tide_tree *tree, const uint32_t *group_of);
