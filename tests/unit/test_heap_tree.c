#include "check.h"
#include "heap/tree.h"

/* Items are the codes themselves unless a test says otherwise; items from 100 on are wrappers. */
enum { ITEM_COUNT = 128, WRAPPER = 100 };

typedef struct world {
    tide_heap heap;
    uint32_t items[ITEM_COUNT], itself[ITEM_COUNT];
    tide_item_range of_code[ITEM_COUNT];
    bool is_wrapper[ITEM_COUNT];
    TIDE_VEC(tide_weight) weights;
    tide_tree tree;
} world;

static int set_up(void **state) {
    world *it = tide_xcalloc(1, sizeof *it);
    tide_heap_init(&it->heap);
    tide_tree_init(&it->tree);
    for (uint32_t i = 0; i < ITEM_COUNT; i++) {
        it->items[i] = it->itself[i] = i;
        it->of_code[i] = (tide_item_range){.first = i, .count = 1};
        it->is_wrapper[i] = i >= WRAPPER;
    }
    *state = it;
    return 0;
}

static int tear_down(void **state) {
    world *it = *state;
    tide_heap_free(&it->heap);
    tide_tree_free(&it->tree);
    tide_vec_free(&it->weights);
    free(it);
    return 0;
}

static uint32_t push_node(world *it, uint32_t parent, uint32_t code) {
    *tide_vec_push(&it->heap.nodes) = (tide_node){.parent = parent, .code = code};
    return (uint32_t)it->heap.nodes.count - 1;
}

static void push_site(world *it, uint32_t node, uint64_t amount, uint64_t blocks) {
    tide_vec_push(&it->heap.sites)->node = node;
    *tide_vec_push(&it->weights) = (tide_weight){amount, blocks};
}

static void build(world *it) {
    tide_items items = {.items = it->items, .of_code = it->of_code, .is_wrapper = it->is_wrapper};
    tide_tree_build(&it->tree, &it->heap, &items, it->weights.at);
}

static const tide_tree_node *child(const tide_tree *tree, const tide_tree_node *parent, uint32_t item) {
    for (uint32_t i = parent->first_child; i != TIDE_NONE; i = tree->nodes.at[i].next)
        if (tree->nodes.at[i].item == item)
            return &tree->nodes.at[i];
    fail_msg("there is no child %u", item);
    return NULL;
}

static const tide_tree_node *root(const tide_tree *tree) {
    return &tree->nodes.at[0];
}

static void totals_are_sums_and_equal_stacks_are_one(void **state) {
    world *it = *state;
    uint32_t one = push_node(it, 0, 1), again = push_node(it, 0, 1); /* two nodes, one item */
    push_site(it, push_node(it, one, 2), 100, 3);
    push_site(it, push_node(it, again, 2), 20, 1);
    push_site(it, again, 3, 1);
    push_site(it, push_node(it, 0, 4), 0, 0); /* weighs nothing: is not there */
    build(it);
    const tide_tree_node *top = child(&it->tree, root(&it->tree), 1);
    assert_int_equal(top->own.amount, 3);
    assert_int_equal(top->total.amount, 123);
    assert_int_equal(top->total.blocks, 5);
    assert_int_equal(child(&it->tree, top, 2)->own.amount, 120);
    assert_int_equal(root(&it->tree)->total.amount, 123);
    assert_int_equal(it->tree.nodes.count, 3);
}

static void inlined_frames_stand_below_their_caller(void **state) {
    world *it = *state;
    it->items[5] = 7; /* code 5: 7, inlined into 6 */
    it->items[6] = 6;
    it->of_code[5] = (tide_item_range){.first = 5, .count = 2};
    push_site(it, push_node(it, 0, 5), 10, 1);
    build(it);
    const tide_tree_node *outer = child(&it->tree, root(&it->tree), 6);
    assert_int_equal(outer->own.amount, 0);
    assert_int_equal(child(&it->tree, outer, 7)->own.amount, 10);
}

static void wrappers_give_what_is_theirs_to_their_caller(void **state) {
    world *it = *state;
    uint32_t caller = push_node(it, 0, 1);
    uint32_t inner = push_node(it, push_node(it, caller, WRAPPER), WRAPPER + 1);
    push_site(it, inner, 10, 1);
    push_site(it, push_node(it, 0, WRAPPER), 5, 1); /* nobody called it: keeps it */
    push_site(it, push_node(it, inner, 2), 7, 1);   /* a wrapper that is not the innermost stays */
    build(it);
    const tide_tree_node *top = child(&it->tree, root(&it->tree), 1);
    assert_int_equal(top->own.amount, 10);
    assert_int_equal(top->total.amount, 17);
    assert_int_equal(child(&it->tree, root(&it->tree), WRAPPER)->own.amount, 5);
}

static void recursion_counts_once(void **state) {
    world *it = *state;
    uint32_t deeper = push_node(it, push_node(it, push_node(it, 0, 1), 2), 1); /* 1 ─ 2 ─ 1 */
    push_site(it, deeper, 10, 1);
    push_site(it, push_node(it, deeper, 2), 5, 1);
    build(it);
    tide_share shares[ITEM_COUNT] = {0};
    tide_tree_shares(shares, ITEM_COUNT, &it->tree, it->itself);
    assert_int_equal(shares[1].own.amount, 10);
    assert_int_equal(shares[1].total.amount, 15);
    assert_int_equal(shares[2].own.amount, 5);
    assert_int_equal(shares[2].total.amount, 15);
}

static void shares_of_siblings_add_up(void **state) {
    world *it = *state;
    uint32_t one = push_node(it, 0, 1), two = push_node(it, 0, 2);
    push_site(it, push_node(it, one, 3), 10, 1);
    push_site(it, push_node(it, two, 3), 5, 2);
    build(it);
    tide_share shares[ITEM_COUNT] = {0};
    tide_tree_shares(shares, ITEM_COUNT, &it->tree, it->itself);
    assert_int_equal(shares[3].total.amount, 15);
    assert_int_equal(shares[3].own.blocks, 3);
    assert_int_equal(shares[1].total.amount, 10);
    assert_int_equal(shares[2].own.amount, 0);
}

static void folding_keeps_the_heaviest_detail(void **state) {
    world *it = *state;
    uint32_t group_of[ITEM_COUNT];
    for (uint32_t i = 0; i < ITEM_COUNT; i++)
        group_of[i] = i / 10;
    push_site(it, push_node(it, 0, 11), 10, 1);
    push_site(it, push_node(it, 0, 12), 30, 1);
    push_site(it, push_node(it, 0, 13), 20, 1);
    build(it);
    tide_tree folded;
    tide_tree_init(&folded);
    tide_tree_fold(&folded, &it->tree, group_of, true);
    const tide_tree_node *node = child(&folded, root(&folded), 1);
    assert_int_equal(node->own.amount, 60);
    assert_int_equal(node->total.amount, 60);
    assert_int_equal(node->detail, 12);
    assert_false(node->is_recursive);
    tide_tree_free(&folded);
}

static void folding_makes_direct_recursion_one_node(void **state) {
    world *it = *state;
    uint32_t first = push_node(it, 0, 1), second = push_node(it, first, 1), third = push_node(it, second, 1);
    push_site(it, second, 10, 1);
    push_site(it, push_node(it, third, 2), 5, 1);
    build(it);
    tide_tree folded, exact;
    tide_tree_init(&folded);
    tide_tree_init(&exact);
    tide_tree_fold(&folded, &it->tree, it->itself, true);
    tide_tree_fold(&exact, &it->tree, it->itself, false);
    const tide_tree_node *top = child(&folded, root(&folded), 1);
    assert_true(top->is_recursive);
    assert_int_equal(top->own.amount, 10);
    assert_int_equal(child(&folded, top, 2)->own.amount, 5);
    assert_int_equal(folded.nodes.count, 3);
    assert_int_equal(exact.nodes.count, 5);
    tide_tree_free(&folded);
    tide_tree_free(&exact);
}

static void inverting_puts_callers_below(void **state) {
    world *it = *state;
    push_site(it, push_node(it, push_node(it, 0, 1), 3), 10, 1);
    push_site(it, push_node(it, push_node(it, 0, 2), 3), 5, 1);
    build(it);
    tide_tree callers;
    tide_tree_init(&callers);
    tide_tree_invert(&callers, &it->tree, it->itself, 0);
    const tide_tree_node *top = child(&callers, root(&callers), 3);
    assert_int_equal(top->total.amount, 15);
    assert_int_equal(child(&callers, top, 1)->total.amount, 10);
    assert_int_equal(child(&callers, top, 2)->total.amount, 5);
    tide_tree_free(&callers);
}

static void light_callers_are_not_followed(void **state) {
    world *it = *state;
    uint32_t above = push_node(it, push_node(it, 0, 9), 8); /* 9 calls 8 calls 1 and 2, which call 3 */
    push_site(it, push_node(it, push_node(it, above, 1), 3), 100, 1);
    push_site(it, push_node(it, push_node(it, above, 2), 3), 5, 1);
    push_site(it, push_node(it, push_node(it, above, 2), 4), 7, 1);
    build(it);
    tide_tree callers;
    tide_tree_init(&callers);
    tide_tree_invert(&callers, &it->tree, it->itself, 50);
    const tide_tree_node *top = child(&callers, root(&callers), 3);
    assert_int_equal(child(&callers, child(&callers, top, 1), 8)->total.amount, 100);
    assert_int_equal(child(&callers, top, 2)->total.amount, 5);
    assert_int_equal(child(&callers, top, 2)->first_child, TIDE_NONE);
    assert_int_equal(child(&callers, root(&callers), 4)->first_child, TIDE_NONE);
    tide_tree_free(&callers);
}

static void callers_of_a_recursive_function_are_others(void **state) {
    world *it = *state;
    uint32_t first = push_node(it, push_node(it, 0, 1), 2), second = push_node(it, first, 2);
    push_site(it, second, 10, 1);
    push_site(it, first, 5, 1);
    build(it);
    tide_tree callers;
    tide_tree_init(&callers);
    tide_tree_invert(&callers, &it->tree, it->itself, 0);
    const tide_tree_node *top = child(&callers, root(&callers), 2);
    assert_true(top->is_recursive);
    assert_int_equal(child(&callers, top, 1)->total.amount, 15);
    tide_tree_free(&callers);
}

static void a_stack_as_deep_as_the_table_is_walked(void **state) {
    world *it = *state;
    uint32_t at = 0;
    for (int i = 0; i < 300000; i++)
        at = push_node(it, at, (uint32_t)i % 50);
    push_site(it, at, 10, 1);
    build(it);
    tide_share shares[ITEM_COUNT] = {0};
    tide_tree_shares(shares, ITEM_COUNT, &it->tree, it->itself);
    assert_int_equal(shares[0].total.amount, 10);
    assert_int_equal(shares[49].own.amount, 10);
}

static void a_parent_that_comes_later_is_the_root(void **state) {
    world *it = *state;
    uint32_t lost = push_node(it, 7, 1);
    push_site(it, push_node(it, lost, 2), 10, 1);
    build(it);
    assert_int_equal(child(&it->tree, root(&it->tree), 1)->total.amount, 10);
}

static void a_tree_that_grows_is_weighed_anew(void **state) {
    world *it = *state;
    tide_items items = {.items = it->items, .of_code = it->of_code, .is_wrapper = it->is_wrapper};
    tide_tree_index tree_node = {0};
    uint32_t caller = push_node(it, 0, 1);
    push_site(it, push_node(it, caller, 2), 100, 3);
    tide_tree_grow(&it->tree, &tree_node, &it->heap, &items);
    tide_tree_weigh(&it->tree, tree_node.at, &it->heap, &items, it->weights.at);
    it->weights.at[0] = (tide_weight){0};
    push_site(it, push_node(it, caller, WRAPPER), 10, 1);
    push_site(it, push_node(it, push_node(it, 0, 1), 3), 5, 1); /* the same item again */
    tide_tree_grow(&it->tree, &tree_node, &it->heap, &items);
    tide_tree_weigh(&it->tree, tree_node.at, &it->heap, &items, it->weights.at);
    const tide_tree_node *top = child(&it->tree, root(&it->tree), 1);
    assert_int_equal(top->own.amount, 10);
    assert_int_equal(top->total.amount, 15);
    assert_int_equal(child(&it->tree, top, 2)->total.amount, 0);
    assert_int_equal(root(&it->tree)->total.amount, 15);
    tide_vec_free(&tree_node);
}

static void nothing_gives_nothing(void **state) {
    world *it = *state;
    build(it);
    tide_share shares[ITEM_COUNT] = {0};
    tide_tree_shares(shares, ITEM_COUNT, &it->tree, it->itself);
    assert_int_equal(it->tree.nodes.count, 1);
    assert_int_equal(shares[0].total.amount, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(totals_are_sums_and_equal_stacks_are_one),
        CASE(inlined_frames_stand_below_their_caller),
        CASE(wrappers_give_what_is_theirs_to_their_caller),
        CASE(recursion_counts_once),
        CASE(shares_of_siblings_add_up),
        CASE(folding_keeps_the_heaviest_detail),
        CASE(folding_makes_direct_recursion_one_node),
        CASE(inverting_puts_callers_below),
        CASE(light_callers_are_not_followed),
        CASE(callers_of_a_recursive_function_are_others),
        CASE(a_stack_as_deep_as_the_table_is_walked),
        CASE(a_parent_that_comes_later_is_the_root),
        CASE(a_tree_that_grows_is_weighed_anew),
        CASE(nothing_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
