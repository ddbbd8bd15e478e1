/* Real programs that print the return addresses of calls and where these are: DWARF has to say the same. */
#include "workshop.h"
#include <stdio.h>

/* The two ways in which Rust mangles names differ in <names::Gate>::pass. Static, good for two calls. */
static const char *drop_angles(const char *text) {
    static char plain[2][4096];
    static unsigned turn;
    char *out = plain[++turn % 2], *end = out;
    for (; *text; text++)
        if (*text != '<' && *text != '>')
            *end++ = *text;
    *end = '\0';
    return out;
}

/* Runs `program`, resolves every address that it prints and compares with its own description. */
static void check_program(const char *program, const char *source) {
    tide_heap heap = heap_of(program);
    run("./%s > %s.places", program, program);
    char *path = tide_xasprintf("%s.places", program);
    FILE *places = fopen(path, "r");
    assert_non_null(places);
    char expected[16][512] = {{0}};
    unsigned long address;
    while (heap.codes.count < 16 &&
           fscanf(places, "%lx %511[^\n]", &address, expected[heap.codes.count]) == 2)
        add_code(&heap, address);
    fclose(places);
    free(path);

    tide_symbols symbols = {0};
    tide_symbols_resolve(&symbols, &heap, &(tide_symbols_options){.debug_root = "debug"});
    assert_int_equal(symbols.module_state.at[0], TIDE_SYMBOLS_LINES);
    assert_true(heap.codes.count >= 2);
    for (size_t i = 0; i < heap.codes.count; i++)
        assert_string_equal(drop_angles(describe(&symbols, i)), drop_angles(expected[i]));
    assert_true(all_lines_in(&symbols, source));
    tide_symbols_free(&symbols);
    tide_heap_free(&heap);
}

static void c_in_every_form(void **state) {
    (void)state;
    static const char *const forms[] = {
        "-gdwarf-4",        "-gdwarf-5",
        "-g -no-pie",       "-g -gz",
        "-g -gsplit-dwarf", "-gdwarf-4 -gsplit-dwarf",
        "-g -flto",         "-g -ffunction-sections -Wl,--gc-sections",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        run("gcc -O2 %s $S/inlined.c here.o -o c", forms[i]);
        check_program("c", "inlined.c");
    }
}

/* clang writes no .debug_aranges, no DW_AT_sibling, and DWARF 5's indexed forms. */
static void c_from_clang(void **state) {
    (void)state;
    if (!has_command("clang"))
        skip();
    static const char *const forms[] = {"-gdwarf-4", "-gdwarf-5", "-g -gsplit-dwarf"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        run("clang -O2 %s $S/inlined.c here.o -o c", forms[i]);
        check_program("c", "inlined.c");
    }
}

static void cpp_names_have_their_scopes(void **state) {
    (void)state;
    run("g++ -O2 -gdwarf-5 $S/scopes.cc here.o -o cc");
    check_program("cc", "scopes.cc");
    run("g++ -O2 -gdwarf-4 $S/scopes.cc here.o -o cc");
    check_program("cc", "scopes.cc");
}

static void rust_names_have_no_hash(void **state) {
    (void)state;
    if (!has_command("rustc"))
        skip();
    run("rustc --edition 2021 -O -g $S/names.rs -C link-arg=here.o -o rust");
    check_program("rust", "names.rs");
    run("rustc --edition 2021 -O -g -C symbol-mangling-version=v0 $S/names.rs -C link-arg=here.o -o rust");
    check_program("rust", "names.rs");
}

/* The addresses that `program` prints. */
static void add_all_places(tide_heap *heap, const char *program) {
    run("./%s > places", program);
    FILE *places = fopen("places", "r");
    unsigned long address;
    assert_non_null(places);
    while (fscanf(places, "%lx %*[^\n]", &address) == 1)
        add_code(heap, address);
    fclose(places);
    assert_true(heap->codes.count >= 2);
}

static void split_off(const char *program) {
    run("rm -rf debug && id=$(readelf -n %s | sed -n 's/.*Build ID: //p') && "
        "file=debug/.build-id/$(echo $id | cut -c1-2)/$(echo $id | cut -c3-).debug && "
        "mkdir -p $(dirname $file) && objcopy --only-keep-debug %s $file && strip %s",
        program, program, program);
}

static void debug_files_are_found_by_build_id(void **state) {
    (void)state;
    run("g++ -O2 -g $S/scopes.cc here.o -o stripped");
    split_off("stripped");
    check_program("stripped", "scopes.cc");
}

/* What a recording keeps when the lines are left to its reader, and what the reader makes of it. */
static void what_is_installed_can_wait(void **state) {
    (void)state;
    run("gcc -O2 -g $S/inlined.c here.o -o waiting");
    tide_heap heap = heap_of("waiting");
    add_all_places(&heap, "waiting");
    split_off("waiting");
    const tide_symbols_options whole = {.debug_root = "debug"};
    const tide_symbols_options names = {.debug_root = "debug", .defers_installed = true};
    tide_symbols at_once = {0}, later = {0};
    tide_symbols_resolve(&at_once, &heap, &whole);
    assert_int_equal(at_once.module_state.at[0], TIDE_SYMBOLS_LINES);
    tide_symbols_resolve(&later, &heap, &names);
    assert_int_equal(later.module_state.at[0], TIDE_SYMBOLS_NAMES);
    size_t frame_count = later.frames.count;
    for (size_t i = 0; i < heap.codes.count; i++) { /* the function that all there was inlined into */
        const char *name =
            tide_strings_get(&later.strings, later.frames.at[later.of_code.at[i].first].function);
        assert_int_equal(later.of_code.at[i].count, 1);
        assert_non_null(strstr(describe(&at_once, i), name));
    }
    tide_symbols_resolve(&later, &heap, &names); /* nothing new, and not looked for */
    assert_int_equal(later.frames.count, frame_count);
    tide_symbols_resolve(&later, &heap, &whole);
    assert_int_equal(later.module_state.at[0], TIDE_SYMBOLS_LINES);
    for (size_t i = 0; i < heap.codes.count; i++) {
        char *expected = tide_xstrdup(describe(&at_once, i));
        assert_string_equal(describe(&later, i), expected);
        free(expected);
    }
    tide_symbols_free(&at_once);
    tide_symbols_free(&later);
    tide_heap_free(&heap);
}

/* Debug files beside a program are its builder's own, and on no other machine. */
static void what_lies_beside_the_program_cannot_wait(void **state) {
    (void)state;
    run("rm -rf debug && gcc -O2 -g $S/inlined.c here.o -o beside");
    tide_heap heap = heap_of("beside");
    add_all_places(&heap, "beside");
    run("objcopy --only-keep-debug beside beside.debug && strip beside && "
        "objcopy --add-gnu-debuglink=beside.debug beside");
    tide_symbols symbols = {0};
    tide_symbols_resolve(&symbols, &heap,
                         &(tide_symbols_options){.debug_root = "debug", .defers_installed = true});
    assert_int_equal(symbols.module_state.at[0], TIDE_SYMBOLS_LINES);
    tide_symbols_free(&symbols);
    tide_heap_free(&heap);
}

static void debug_files_are_found_by_link(void **state) {
    (void)state;
    static const char *const ids[] = {"sha1", "none"}; /* without build-ids the checksum decides */
    for (size_t i = 0; i < 2; i++) {
        run("rm -rf debug .debug && mkdir .debug && gcc -O2 -g -Wl,--build-id=%s $S/inlined.c here.o -o linked",
            ids[i]);
        run("objcopy --only-keep-debug linked .debug/linked.debug && strip linked && "
            "objcopy --add-gnu-debuglink=.debug/linked.debug linked");
        check_program("linked", "inlined.c");
    }
}

/* Debian shares what its debug files have in common through one more file. */
static void dwz_files_are_followed(void **state) {
    (void)state;
    if (!has_command("dwz"))
        skip();
    run("g++ -O2 -g $S/scopes.cc here.o -o one && g++ -O1 -g $S/scopes.cc here.o -o two && dwz -m common one two");
    run("readelf -SW one | grep -q gnu_debugaltlink");
    check_program("one", "scopes.cc");
    split_off("one");
    run("mv common debug/.build-id/ && rm two");
    run("id=$(readelf -n debug/.build-id/common | sed -n 's/.*Build ID: //p') && "
        "mkdir -p debug/.build-id/$(echo $id | cut -c1-2) && "
        "mv debug/.build-id/common debug/.build-id/$(echo $id | cut -c1-2)/$(echo $id | cut -c3-).debug");
    check_program("one", "scopes.cc");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c_in_every_form),
        cmocka_unit_test(c_from_clang),
        cmocka_unit_test(cpp_names_have_their_scopes),
        cmocka_unit_test(rust_names_have_no_hash),
        cmocka_unit_test(debug_files_are_found_by_build_id),
        cmocka_unit_test(debug_files_are_found_by_link),
        cmocka_unit_test(what_is_installed_can_wait),
        cmocka_unit_test(what_lies_beside_the_program_cannot_wait),
        cmocka_unit_test(dwz_files_are_followed),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
