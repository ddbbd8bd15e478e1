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
        cmocka_unit_test(dwz_files_are_followed),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
