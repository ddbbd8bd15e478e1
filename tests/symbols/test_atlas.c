/* Names found once for many heaps are those that each heap would have got alone. */
#include "symbols/atlas.h"
#include "workshop.h"
#include <stdio.h>

/* The addresses that the program prints, the same two in any order. */
static tide_heap heap_with(const char *program, bool is_reversed) {
    tide_heap heap = heap_of(program);
    run("./%s > places", program);
    FILE *places = fopen("places", "r");
    assert_non_null(places);
    unsigned long address[2];
    assert_int_equal(fscanf(places, "%lx %*[^\n]", &address[0]), 1);
    assert_int_equal(fscanf(places, "%lx", &address[1]), 1);
    fclose(places);
    add_code(&heap, address[is_reversed]);
    add_code(&heap, address[!is_reversed]);
    *tide_vec_push(&heap.codes) = (tide_code){.module = TIDE_NONE, .address = TIDE_CODE_ELIDED};
    return heap;
}

static void check(tide_atlas *atlas, const tide_heap *heap) {
    const tide_symbols_options options = {.debug_root = "debug"};
    tide_symbols alone = {0}, shared = {0};
    tide_symbols_resolve(&alone, heap, &options);
    tide_atlas_resolve(atlas, &shared, heap, &options);
    assert_int_equal(shared.of_code.count, heap->codes.count);
    assert_int_equal(shared.module_state.at[0], alone.module_state.at[0]);
    for (size_t i = 0; i < heap->codes.count; i++) {
        char *expected = tide_xstrdup(describe(&alone, i));
        assert_string_equal(describe(&shared, i), expected);
        assert_true((*expected != 0) == (heap->codes.at[i].module != TIDE_NONE));
        free(expected);
    }
    tide_symbols_free(&alone);
    tide_symbols_free(&shared);
}

static void each_heap_gets_its_names_in_its_own_order(void **state) {
    (void)state;
    run("gcc -O2 -g $S/inlined.c here.o -o one && gcc -O1 -g $S/inlined.c here.o -o two");
    tide_atlas atlas = {0};
    const char *const programs[] = {"one", "one", "two", "one"};
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        tide_heap heap = heap_with(programs[i], i % 2);
        check(&atlas, &heap);
        tide_heap_free(&heap);
    }
    assert_int_equal(atlas.places.modules.count, 2);
    assert_int_equal(atlas.places.codes.count, 4);
    tide_atlas_free(&atlas);
}

static void what_was_found_is_not_looked_up_again(void **state) {
    (void)state;
    run("gcc -O2 -g $S/inlined.c here.o -o one");
    tide_atlas atlas = {0};
    tide_heap heap = heap_with("one", false);
    check(&atlas, &heap);
    run("rm one");
    tide_symbols again = {0};
    tide_atlas_resolve(&atlas, &again, &heap, &(tide_symbols_options){0});
    assert_string_not_equal(describe(&again, 0), "");
    tide_symbols_free(&again);
    tide_heap_free(&heap);
    tide_atlas_free(&atlas);
}

/* Without a build-id, a path says little: the program may have been built anew since. */
static void files_without_a_build_id_are_never_taken_for_one_another(void **state) {
    (void)state;
    tide_atlas atlas = {0};
    run("gcc -O2 -g -Wl,--build-id=none $S/inlined.c here.o -o one");
    tide_heap first = heap_with("one", false);
    check(&atlas, &first);
    run("gcc -O0 -g -Wl,--build-id=none $S/inlined.c here.o -o one");
    tide_heap second = heap_with("one", false);
    check(&atlas, &second);
    assert_int_equal(atlas.places.modules.count, 2);
    tide_heap_free(&first);
    tide_heap_free(&second);
    tide_atlas_free(&atlas);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_heap_gets_its_names_in_its_own_order),
        cmocka_unit_test(what_was_found_is_not_looked_up_again),
        cmocka_unit_test(files_without_a_build_id_are_never_taken_for_one_another),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
