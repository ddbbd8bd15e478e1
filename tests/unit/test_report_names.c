#include "check.h"
#include "report/names.h"

typedef struct world {
    tide_recording recording;
    tide_names names;
} world;

static int set_up(void **state) {
    world *it = tide_xcalloc(1, sizeof *it);
    tide_heap_init(&it->recording.heap);
    tide_strings_add(&it->recording.symbols.strings, "");
    *state = it;
    return 0;
}

static int tear_down(void **state) {
    world *it = *state;
    tide_names_free(&it->names);
    tide_recording_free(&it->recording);
    free(it);
    return 0;
}

static uint32_t push_module(world *it, const char *path) {
    tide_vec_push(&it->recording.heap.modules)->path = tide_strings_add(&it->recording.heap.strings, path);
    return (uint32_t)it->recording.heap.modules.count - 1;
}

/* A code with as many frames as `functions` has, innermost first; NULL: nothing is known. */
static uint32_t push_code(world *it, uint32_t module, uint64_t address, const char *const *functions) {
    tide_symbols *symbols = &it->recording.symbols;
    *tide_vec_push(&it->recording.heap.codes) = (tide_code){.module = module, .address = address};
    tide_frame_range *range = tide_vec_push(&symbols->of_code);
    range->first = (uint32_t)symbols->frames.count;
    for (; functions && *functions; functions++, range->count++)
        tide_vec_push(&symbols->frames)->function = tide_strings_add(&symbols->strings, *functions);
    return (uint32_t)it->recording.heap.codes.count - 1;
}

static uint32_t push_function(world *it, uint32_t module, const char *function) {
    return push_code(it, module, 16, (const char *const[]){function, NULL});
}

static const tide_place *place(const world *it, uint32_t code, uint32_t frame) {
    return &it->names.places.at[it->names.frames.at[it->names.of_code.at[code].first + frame]];
}

static const char *name(const world *it, uint32_t code, uint32_t frame) {
    return tide_names_function(&it->names, place(it, code, frame)->function);
}

static void a_function_is_its_name_and_its_module(void **state) {
    world *it = *state;
    uint32_t one = push_module(it, "/lib/one.so"), again = push_module(it, "/lib/one.so"),
             other = push_module(it, "/lib/two.so");
    uint32_t a = push_function(it, one, "f"), b = push_function(it, again, "f"),
             c = push_function(it, other, "f");
    tide_names_init(&it->names, &it->recording);
    assert_int_equal(place(it, a, 0)->function, place(it, b, 0)->function);
    assert_int_not_equal(place(it, a, 0)->function, place(it, c, 0)->function);
}

static void what_has_no_name_is_told_by_its_address(void **state) {
    world *it = *state;
    uint32_t module = push_module(it, "/usr/lib/libfoo.so.1");
    uint32_t unnamed = push_code(it, module, 0x1234, NULL), jit = push_code(it, TIDE_NONE, 0x7f00, NULL);
    uint32_t elided = push_code(it, TIDE_NONE, TIDE_CODE_ELIDED, NULL);
    uint32_t unknown = push_code(it, TIDE_NONE, TIDE_CODE_UNRESOLVED, NULL);
    tide_names_init(&it->names, &it->recording);
    assert_string_equal(name(it, unnamed, 0), "libfoo.so.1+0x1234");
    assert_string_equal(name(it, jit, 0), "0x7f00");
    assert_string_equal(name(it, elided, 0), "[... frames left out]");
    assert_string_equal(name(it, unknown, 0), "[unknown stack]");
}

static void names_that_come_later_replace_addresses_and_nothing_else(void **state) {
    world *it = *state;
    uint32_t module = push_module(it, "/lib/one.so");
    uint32_t early = push_function(it, module, "early");
    uint32_t late = push_code(it, module, 0x20, NULL);
    tide_names_init(&it->names, &it->recording);
    uint32_t early_function = place(it, early, 0)->function;
    assert_string_equal(name(it, late, 0), "one.so+0x20");

    it->recording.symbols.of_code.count = late; /* it is looked for once more, and another one has come */
    it->recording.heap.codes.count = late;
    push_code(it, module, 0x20, (const char *const[]){"early", NULL});
    uint32_t next = push_function(it, module, "operator new(unsigned long)");
    tide_names_update(&it->names, &it->recording, late);
    assert_int_equal(place(it, early, 0)->function, early_function);
    assert_int_equal(place(it, late, 0)->function, early_function);
    assert_string_equal(name(it, next, 0), "operator new(unsigned long)");
    assert_true(it->names.is_wrapper.at[it->names.frames.at[it->names.of_code.at[next].first]]);
}

static void codes_without_symbols_at_all_have_a_frame(void **state) {
    world *it = *state;
    uint32_t code = push_code(it, push_module(it, "/bin/cut"), 0x10, NULL);
    it->recording.symbols.of_code.count = 0; /* a recording that was cut before its names */
    tide_names_init(&it->names, &it->recording);
    assert_int_equal(it->names.of_code.at[code].count, 1);
    assert_string_equal(name(it, code, 0), "cut+0x10");
}

static void names_out_of_range_are_not_read(void **state) {
    world *it = *state;
    uint32_t code = push_code(it, 77, 0x10, (const char *const[]){"f", NULL});
    it->recording.symbols.frames.at[0].function = 1000000;
    it->recording.symbols.frames.at[0].file = 1000000;
    tide_names_init(&it->names, &it->recording);
    assert_string_equal(name(it, code, 0), "0x10");
}

static void allocators_and_what_surrounds_them_are_wrappers(void **state) {
    world *it = *state;
    static const char *const wrappers[] = {
        "malloc",
        "posix_memalign",
        "_Znwm",
        "_Znam",
        "_ZnwmSt11align_val_t",
        "_ZNSt16allocator_traitsISaIiEE8allocateERS0_m",
        "_ZN9__gnu_cxx13new_allocatorIiE8allocateEmPKv",
        "_ZNSt12_Vector_baseIiSaIiEE11_M_allocateEm",
        "alloc::alloc::exchange_malloc",
        "<alloc::alloc::Global as core::alloc::Allocator>::allocate",
        "alloc::raw_vec::RawVec<T,A>::grow_one",
        "__rust_alloc",
    };
    static const char *const others[] = {"main",
                                         "xmalloc",
                                         "my_malloc",
                                         "mallocate",
                                         "_ZNSt6vectorIiSaIiEE6resizeEm",
                                         "alloc::string::String::with_capacity",
                                         "_ZN3app9allocatorEv"};
    uint32_t module = push_module(it, "/bin/program");
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
        push_function(it, module, wrappers[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        push_function(it, module, others[i]);
    tide_names_init(&it->names, &it->recording);
    for (uint32_t i = 0; i < it->recording.heap.codes.count; i++)
        if (it->names.is_wrapper.at[it->names.frames.at[i]] != (i < sizeof wrappers / sizeof *wrappers))
            fail_msg("%s", name(it, i, 0));
}

static void the_own_place_is_the_innermost_that_is_no_wrapper(void **state) {
    world *it = *state;
    tide_heap *heap = &it->recording.heap;
    uint32_t module = push_module(it, "/bin/program");
    uint32_t caller =
        push_code(it, module, 1, (const char *const[]){"alloc::alloc::alloc", "grow", "fill", NULL});
    uint32_t wrapper = push_function(it, module, "malloc");
    *tide_vec_push(&heap->nodes) = (tide_node){.parent = 0, .code = caller};
    *tide_vec_push(&heap->nodes) = (tide_node){.parent = 1, .code = wrapper};
    *tide_vec_push(&heap->nodes) = (tide_node){.parent = 0, .code = wrapper};
    tide_names_init(&it->names, &it->recording);
    assert_int_equal(tide_names_own_place(&it->names, heap, 2), it->names.frames.at[1]);
    assert_int_equal(tide_names_own_place(&it->names, heap, 3), it->names.frames.at[3]); /* only a wrapper */
    assert_int_equal(tide_names_own_place(&it->names, heap, 0), TIDE_NONE);
}

static void a_code_has_no_more_frames_than_any_compiler_inlines(void **state) {
    world *it = *state;
    uint32_t code = push_code(it, TIDE_NONE, 0x20, (const char *const[]){"f", NULL});
    tide_vec_extend(&it->recording.symbols.frames, 100000);
    it->recording.symbols.of_code.at[code].count = 100000;
    tide_names_init(&it->names, &it->recording);
    assert_in_range(it->names.of_code.at[code].count, 1, 1000);
    assert_int_equal(it->names.frames.count, it->names.of_code.at[code].count);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_function_is_its_name_and_its_module),
        CASE(what_has_no_name_is_told_by_its_address),
        CASE(names_that_come_later_replace_addresses_and_nothing_else),
        CASE(codes_without_symbols_at_all_have_a_frame),
        CASE(names_out_of_range_are_not_read),
        CASE(allocators_and_what_surrounds_them_are_wrappers),
        CASE(the_own_place_is_the_innermost_that_is_no_wrapper),
        CASE(a_code_has_no_more_frames_than_any_compiler_inlines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
