#include "heap/tree.h"

static void add(tide_weight *sum, tide_weight more) {
    sum->amount += more.amount;
    sum->blocks += more.blocks;
}

static bool is_zero(tide_weight weight) {
    return !weight.amount && !weight.blocks;
}

void tide_tree_init(tide_tree *tree) {
    *tree = (tide_tree){0};
    *tide_vec_push(&tree->nodes) =
        (tide_tree_node){.item = TIDE_NONE, .detail = TIDE_NONE, .first_child = TIDE_NONE, .next = TIDE_NONE};
}

void tide_tree_free(tide_tree *tree) {
    tide_vec_free(&tree->nodes);
    tide_map_free(&tree->by_edge);
}

uint32_t tide_tree_child(tide_tree *tree, uint32_t parent, uint32_t item) {
    bool is_new;
    uint32_t fresh = (uint32_t)tree->nodes.count;
    uint32_t child = tide_map_put(&tree->by_edge, (uint64_t)parent << 32 | item, fresh, &is_new);
    if (is_new) {
        *tide_vec_push(&tree->nodes) = (tide_tree_node){.parent = parent,
                                                        .item = item,
                                                        .detail = item,
                                                        .first_child = TIDE_NONE,
                                                        .next = tree->nodes.at[parent].first_child};
        tree->nodes.at[parent].first_child = child;
    }
    return child;
}

void tide_tree_sum(tide_tree *tree) {
    for (size_t i = 0; i < tree->nodes.count; i++)
        tree->nodes.at[i].total = tree->nodes.at[i].own;
    for (size_t i = tree->nodes.count; i-- > 1;)
        add(&tree->nodes.at[tree->nodes.at[i].parent].total, tree->nodes.at[i].total);
}

static uint32_t sane_parent(const tide_heap *heap, uint32_t node) {
    uint32_t parent = heap->nodes.at[node].parent;
    return parent < node ? parent : 0;
}

/* Which nodes are on the stack of a site that weighs something. Owned (free). */
static bool *used_nodes(const tide_heap *heap, const tide_weight *weights) {
    bool *is_used = tide_xcalloc(heap->nodes.count, sizeof *is_used);
    for (size_t i = 0; i < heap->sites.count; i++)
        if (!is_zero(weights[i]))
            is_used[heap->sites.at[i].node] = true;
    for (uint32_t node = (uint32_t)heap->nodes.count; node-- > 1;)
        if (is_used[node])
            is_used[sane_parent(heap, node)] = true;
    return is_used;
}

/* Below `at`, the frames of one code: outermost first. */
static uint32_t add_code(tide_tree *tree, uint32_t at, const tide_items *items, uint32_t code) {
    tide_item_range range = items->of_code[code];
    for (uint32_t i = range.count; i-- > 0;)
        at = tide_tree_child(tree, at, items->items[range.first + i]);
    return at;
}

/* The innermost frame that does more than pass an allocation on; the innermost of all when none does. */
static uint32_t allocating_node(const tide_tree *tree, uint32_t node, const tide_items *items) {
    for (uint32_t at = node; at; at = tree->nodes.at[at].parent)
        if (!items->is_wrapper[tree->nodes.at[at].item])
            return at;
    return node;
}

void tide_tree_build(tide_tree *ret, const tide_heap *heap, const tide_items *items,
                     const tide_weight *weights) {
    bool *is_used = used_nodes(heap, weights);
    uint32_t *tree_node = tide_xcalloc(heap->nodes.count, sizeof *tree_node);
    for (uint32_t node = 1; node < heap->nodes.count; node++)
        if (is_used[node])
            tree_node[node] =
                add_code(ret, tree_node[sane_parent(heap, node)], items, heap->nodes.at[node].code);
    tide_tree_weigh(ret, tree_node, heap, items, weights);
    free(tree_node);
    free(is_used);
}

void tide_tree_grow(tide_tree *tree, tide_tree_index *tree_node, const tide_heap *heap,
                    const tide_items *items) {
    size_t first = tree_node->count;
    tide_vec_extend(tree_node, heap->nodes.count - first);
    for (uint32_t node = first ? (uint32_t)first : 1; node < heap->nodes.count; node++)
        tree_node->at[node] =
            add_code(tree, tree_node->at[sane_parent(heap, node)], items, heap->nodes.at[node].code);
}

void tide_tree_weigh(tide_tree *tree, const uint32_t *tree_node, const tide_heap *heap,
                     const tide_items *items, const tide_weight *weights) {
    for (size_t i = 0; i < tree->nodes.count; i++)
        tree->nodes.at[i].own = (tide_weight){0};
    for (size_t i = 0; i < heap->sites.count; i++)
        if (!is_zero(weights[i])) {
            uint32_t node = allocating_node(tree, tree_node[heap->sites.at[i].node], items);
            add(&tree->nodes.at[node].own, weights[i]);
        }
    tide_tree_sum(tree);
}

/* The child of `parent` for `group`, which is `parent` itself when that is of the group. Before the sum, a node's total
 * holds its heaviest detail's amount. */
static uint32_t folded_child(tide_tree *tree, uint32_t parent, uint32_t group, uint32_t item,
                             uint64_t amount) {
    uint32_t child =
        parent && tree->nodes.at[parent].item == group ? parent : tide_tree_child(tree, parent, group);
    tide_tree_node *node = &tree->nodes.at[child];
    node->is_recursive |= child == parent;
    if (!node->total.blocks++ || amount > node->total.amount) {
        node->total.amount = amount;
        node->detail = item;
    }
    return child;
}

void tide_tree_fold(tide_tree *ret, const tide_tree *tree, const uint32_t *group_of, bool folds_recursion) {
    uint32_t *folded = tide_xcalloc(tree->nodes.count, sizeof *folded);
    add(&ret->nodes.at[0].own, tree->nodes.at[0].own);
    for (size_t i = 1; i < tree->nodes.count; i++) {
        const tide_tree_node *node = &tree->nodes.at[i];
        if (is_zero(node->total))
            continue; /* only wrappers */
        uint32_t parent = folded[node->parent];
        folded[i] = folds_recursion
                        ? folded_child(ret, parent, group_of[node->item], node->item, node->total.amount)
                        : tide_tree_child(ret, parent, group_of[node->item]);
        add(&ret->nodes.at[folded[i]].own, node->own);
    }
    tide_tree_sum(ret);
    free(folded);
}

/* One step of a walk in depth-first order that keeps no stack: the next node after `at`, leaving it (and maybe some of
 * its ancestors) on the way. What is below a node that weighs nothing is left out. `depth_of` counts how often each
 * group is open. */
static uint32_t walk_on(const tide_tree *tree, uint32_t at, uint32_t *depth_of, const uint32_t *group_of) {
    if (tree->nodes.at[at].first_child != TIDE_NONE && !is_zero(tree->nodes.at[at].total))
        return tree->nodes.at[at].first_child;
    for (; at; at = tree->nodes.at[at].parent) {
        depth_of[group_of[tree->nodes.at[at].item]]--;
        if (tree->nodes.at[at].next != TIDE_NONE)
            return tree->nodes.at[at].next;
    }
    return 0;
}

void tide_tree_shares(tide_share *ret, size_t group_count, const tide_tree *tree, const uint32_t *group_of) {
    uint32_t *depth_of = tide_xcalloc(group_count, sizeof *depth_of);
    for (uint32_t at = 0; (at = walk_on(tree, at, depth_of, group_of));) {
        const tide_tree_node *node = &tree->nodes.at[at];
        uint32_t group = group_of[node->item];
        add(&ret[group].own, node->own);
        if (!depth_of[group]++)
            add(&ret[group].total, node->total);
    }
    free(depth_of);
}
