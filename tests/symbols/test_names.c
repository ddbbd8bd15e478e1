/* Programs without debug information, or without themselves: what a symbol table says, and when nothing is said. */
#include "workshop.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static uint64_t address_of(const char *program, const char *symbol) {
    char *command = tide_xasprintf("nm %s | awk '$3 == \"%s\" { print $1 }'", program, symbol);
    FILE *nm = popen(command, "r");
    unsigned long address;
    assert_non_null(nm);
    assert_int_equal(fscanf(nm, "%lx", &address), 1);
    pclose(nm);
    free(command);
    return address;
}

static enum tide_module_state resolve(tide_symbols *symbols, const tide_heap *heap) {
    tide_symbols_resolve(symbols, heap, &(tide_symbols_options){.debug_root = "debug"});
    return symbols->module_state.at[0];
}

static void assembly_reaches_to_the_next_label_or_its_section_end(void **state) {
    (void)state;
    run("gcc -shared -nostdlib $S/labels.S -o labels");
    static const struct {
        unsigned offset; /* of the call; its return address is one more */
        const char *name;
    } expected[] = {
        {0, "first"},   {11, "first"},
        {12, "second"}, {19, "second"}, /* not alias_of_second, which is longer */
        {20, "sized"},  {24, "sized"},  /* not inside, which has no size */
        {27, "sized"},  {28, ""},       /* after the end of a function that says where it ends */
        {31, ""},       {4000, ""},
    };
    tide_heap heap = heap_of("labels");
    tide_symbols symbols = {0};
    uint64_t first = address_of("labels", "first");
    size_t count = sizeof expected / sizeof *expected;
    for (size_t i = count; i-- > 0;) /* backwards: the order of codes must not matter */
        add_code(&heap, first + expected[i].offset + 1);
    add_code(&heap, 0); /* nothing is called from before the first byte */
    assert_int_equal(resolve(&symbols, &heap), TIDE_SYMBOLS_NAMES);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(describe(&symbols, count - 1 - i), expected[i].name);
    assert_string_equal(describe(&symbols, count), "");
    tide_symbols_free(&symbols);
    tide_heap_free(&heap);
}

static void aliases_give_the_exported_then_the_shorter_name(void **state) {
    (void)state;
    run("printf '%%s\\n' 'int __long_name(void) { return 1; }' "
        "'extern int zebra(void) __attribute__((weak, alias(\"__long_name\")));' "
        "'extern int apple(void) __attribute__((alias(\"__long_name\")));' "
        "'static int x(void) __attribute__((alias(\"__long_name\"), used));' "
        "'int main(void) { return x(); }' > alias.c");
    static const char *const options[] = {"", "-g"};
    for (size_t i = 0; i < 2; i++) {
        run("gcc -O2 %s alias.c -o alias", options[i]);
        tide_heap heap = heap_of("alias");
        tide_symbols symbols = {0};
        add_code(&heap, address_of("alias", "__long_name") + 1);
        resolve(&symbols, &heap);
        uint32_t name = symbols.frames.at[symbols.of_code.at[0].first].function;
        assert_string_equal(tide_strings_get(&symbols.strings, name), "apple");
        tide_symbols_free(&symbols);
        tide_heap_free(&heap);
    }
}

static void a_stripped_program_has_its_exported_names(void **state) {
    (void)state;
    run("gcc -O2 -rdynamic $S/inlined.c here.o -o exported");
    tide_heap heap = heap_of("exported");
    add_code(&heap, address_of("exported", "outer") + 6);
    add_code(&heap, address_of("exported", "only_here") + 6); /* static */
    run("strip exported");
    tide_symbols symbols = {0};
    assert_int_equal(resolve(&symbols, &heap), TIDE_SYMBOLS_NAMES);
    assert_string_equal(describe(&symbols, 0), "outer");
    assert_string_equal(describe(&symbols, 1), "");
    tide_symbols_free(&symbols);
    tide_heap_free(&heap);
}

static void a_program_that_was_built_anew_says_nothing(void **state) {
    (void)state;
    run("gcc -O2 -g $S/inlined.c here.o -o rebuilt");
    tide_heap heap = heap_of("rebuilt");
    add_code(&heap, address_of("rebuilt", "outer") + 6);
    run("gcc -O1 -g $S/inlined.c here.o -o rebuilt");
    tide_symbols symbols = {0};
    assert_int_equal(resolve(&symbols, &heap), TIDE_SYMBOLS_NONE);
    assert_string_equal(describe(&symbols, 0), "");

    heap.modules.at[0].build_id_bytes = 0; /* one that had none is another one as well */
    assert_int_equal(resolve(&symbols, &heap), TIDE_SYMBOLS_NONE);
    tide_symbols_free(&symbols);
    tide_heap_free(&heap);
}

/* A recording is opened where the program is not installed; then its debug file is brought; then nothing changes. */
static void better_symbols_are_taken_when_they_come(void **state) {
    (void)state;
    run("rm -rf debug && gcc -O2 -g $S/inlined.c here.o -o moving");
    tide_heap heap = heap_of("moving");
    uint64_t outer = address_of("moving", "outer");
    add_code(&heap, outer + 6);
    run("mv moving away && printf 'not a program' > moving");
    tide_symbols symbols = {0};
    assert_int_equal(resolve(&symbols, &heap), TIDE_SYMBOLS_NONE);
    assert_string_equal(describe(&symbols, 0), "");

    run("objcopy --strip-debug away moving");
    assert_int_equal(resolve(&symbols, &heap), TIDE_SYMBOLS_NAMES);
    assert_string_equal(describe(&symbols, 0), "outer");

    run("rm moving && id=$(readelf -n away | sed -n 's/.*Build ID: //p') && "
        "mkdir -p debug/.build-id/$(echo $id | cut -c1-2) && "
        "objcopy --only-keep-debug away debug/.build-id/$(echo $id | cut -c1-2)/$(echo $id | cut -c3-).debug");
    assert_int_equal(resolve(&symbols, &heap), TIDE_SYMBOLS_LINES);
    assert_non_null(strstr(describe(&symbols, 0), "outer:"));

    run("rm -r debug");
    size_t frames = symbols.frames.count;
    assert_int_equal(resolve(&symbols, &heap), TIDE_SYMBOLS_LINES);
    assert_int_equal(symbols.frames.count, frames);
    assert_non_null(strstr(describe(&symbols, 0), "outer:"));
    tide_symbols_free(&symbols);
    tide_heap_free(&heap);
}

/* What lies there when the recording is read may be another program of the same name. */
static void names_without_a_build_id_stay(void **state) {
    (void)state;
    run("gcc -O2 -Wl,--build-id=none $S/inlined.c here.o -o nameless");
    tide_heap heap = heap_of("nameless");
    add_code(&heap, address_of("nameless", "outer") + 6);
    tide_symbols symbols = {0};
    assert_int_equal(resolve(&symbols, &heap), TIDE_SYMBOLS_NAMES);
    run("gcc -O1 -g -Wl,--build-id=none $S/inlined.c here.o -o nameless");
    assert_int_equal(resolve(&symbols, &heap), TIDE_SYMBOLS_NAMES);
    assert_string_equal(describe(&symbols, 0), "outer");
    tide_symbols_free(&symbols);
    tide_heap_free(&heap);
}

/* A folder stands in for a server: libdebuginfod takes file:// as well. */
static void servers_are_asked_only_on_request(void **state) {
    (void)state;
    if (!dlopen("libdebuginfod.so.1", RTLD_NOW)) /* stays: what it keeps would look like leaks without it */
        skip();
    run("rm -rf debug server && gcc -O2 -g $S/inlined.c here.o -o served");
    tide_heap heap = heap_of("served");
    add_code(&heap, address_of("served", "outer") + 6);
    run("place=server/buildid/$(readelf -n served | sed -n 's/.*Build ID: //p') && mkdir -p $place && "
        "objcopy --only-keep-debug served $place/debuginfo && objcopy --strip-debug served");
    char folder[PATH_MAX];
    assert_non_null(realpath("server", folder));
    char *url = tide_xasprintf("file://%s", folder);
    setenv("DEBUGINFOD_URLS", url, true);
    setenv("DEBUGINFOD_CACHE_PATH", "cache", true);
    tide_symbols symbols = {0};
    assert_int_equal(resolve(&symbols, &heap), TIDE_SYMBOLS_NAMES);
    assert_int_equal(access("cache", F_OK), -1);

    tide_symbols_resolve(&symbols, &heap, &(tide_symbols_options){.debug_root = "debug", .debuginfod = true});
    assert_int_equal(symbols.module_state.at[0], TIDE_SYMBOLS_LINES);
    assert_non_null(strstr(describe(&symbols, 0), "outer:"));
    free(url);
    tide_symbols_free(&symbols);
    tide_heap_free(&heap);
}

static void new_codes_are_added_to_what_is_known(void **state) {
    (void)state;
    run("gcc -O2 -g $S/inlined.c here.o -o growing");
    tide_heap heap = heap_of("growing");
    tide_symbols symbols = {0};
    add_code(&heap, address_of("growing", "outer") + 6);
    resolve(&symbols, &heap);
    uint32_t first = symbols.of_code.at[0].first;
    add_code(&heap, address_of("growing", "only_here") + 6);
    *tide_vec_push(&heap.codes) = (tide_code){.module = TIDE_NONE, .address = TIDE_CODE_ELIDED};
    resolve(&symbols, &heap);
    assert_int_equal(symbols.of_code.count, 3);
    assert_int_equal(symbols.of_code.at[0].first, first);
    assert_non_null(strstr(describe(&symbols, 1), "only_here:"));
    assert_int_equal(symbols.of_code.at[2].count, 0);
    tide_symbols_free(&symbols);
    tide_heap_free(&heap);
}

static void what_has_no_file_is_passed_over(void **state) {
    (void)state;
    static const char *const paths[] = {"", "[vdso]", "linux-vdso.so.1", "/gone/for/ever", "/", "/dev/null"};
    tide_heap heap;
    tide_heap_init(&heap);
    for (uint32_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        tide_vec_push(&heap.modules)->path = tide_strings_add(&heap.strings, paths[i]);
        *tide_vec_push(&heap.codes) = (tide_code){.module = i, .address = 0x1234};
    }
    tide_symbols symbols = {0};
    resolve(&symbols, &heap);
    for (size_t i = 0; i < heap.modules.count; i++) {
        assert_int_equal(symbols.module_state.at[i], TIDE_SYMBOLS_NONE);
        assert_int_equal(symbols.of_code.at[i].count, 0);
    }
    tide_symbols_free(&symbols);
    tide_heap_free(&heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assembly_reaches_to_the_next_label_or_its_section_end),
        cmocka_unit_test(aliases_give_the_exported_then_the_shorter_name),
        cmocka_unit_test(a_stripped_program_has_its_exported_names),
        cmocka_unit_test(a_program_that_was_built_anew_says_nothing),
        cmocka_unit_test(better_symbols_are_taken_when_they_come),
        cmocka_unit_test(names_without_a_build_id_stay),
        cmocka_unit_test(servers_are_asked_only_on_request),
        cmocka_unit_test(new_codes_are_added_to_what_is_known),
        cmocka_unit_test(what_has_no_file_is_passed_over),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
