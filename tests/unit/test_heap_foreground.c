#include "check.h"
#include "heap/foreground.h"

/* main ─ eval ─ run (line 7) ─ malloc      one site below malloc, one below main */
static void fill(tide_heap *heap) {
    tide_heap_init(heap);
    *tide_vec_push(&heap->routines) = (tide_routine){.line = 5};
    for (uint64_t address = 0x1000; address < 0x4000; address += 0x1000)
        *tide_vec_push(&heap->codes) = (tide_code){.module = TIDE_NONE, .address = address};
    *tide_vec_push(&heap->codes) = tide_code_in_routine(0, 7);
    static const uint32_t codes[] = {0, 1, 3, 2};
    for (uint32_t i = 0; i < 4; i++)
        *tide_vec_push(&heap->nodes) = (tide_node){.parent = i, .code = codes[i]};
    *tide_vec_push(&heap->sites) = (tide_site){.node = 4};
    *tide_vec_push(&heap->sites) = (tide_site){.node = 1};
}

static void only_frames_of_routines_are_left(void **state) {
    (void)state;
    tide_heap heap;
    tide_foreground foreground = {0};
    fill(&heap);
    tide_foreground_show(&foreground, &heap);
    tide_node shown = heap.nodes.at[heap.sites.at[0].node];
    assert_int_equal(shown.parent, 0);
    assert_int_equal(shown.code, 3);
    assert_int_equal(heap.sites.at[1].node, 1);
    tide_foreground_free(&foreground);
    tide_heap_free(&heap);
}

static void a_heap_that_grows_is_shown_again_and_can_be_as_it_was(void **state) {
    (void)state;
    tide_heap heap;
    tide_foreground foreground = {0};
    fill(&heap);
    tide_foreground_show(&foreground, &heap);
    uint32_t first = heap.sites.at[0].node;
    *tide_vec_push(&heap.nodes) = (tide_node){.parent = 3, .code = 1};
    uint32_t added = (uint32_t)heap.nodes.count - 1;
    *tide_vec_push(&heap.sites) = (tide_site){.node = added};
    tide_foreground_show(&foreground, &heap);
    tide_foreground_show(&foreground, &heap);
    assert_int_equal(heap.sites.at[0].node, first);
    assert_int_equal(heap.sites.at[2].node, first); /* the same routine at the same line */
    tide_foreground_hide(&foreground, &heap);
    assert_int_equal(heap.sites.at[0].node, 4);
    assert_int_equal(heap.sites.at[1].node, 1);
    assert_int_equal(heap.sites.at[2].node, added);
    tide_foreground_free(&foreground);
    tide_heap_free(&heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_frames_of_routines_are_left),
        cmocka_unit_test(a_heap_that_grows_is_shown_again_and_can_be_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
