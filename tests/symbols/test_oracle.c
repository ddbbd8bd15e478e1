/* Thousands of addresses all over a program with much inlining: functions, files and lines as llvm-addr2line says.
 * (eu-addr2line leaves out inlined frames at one address in a hundred.)
 * Where it takes a function's name from the symbol table, clones have suffixes that DWARF has not. */
#include "workshop.h"
#include <stdio.h>

enum { STEP_BYTES = 7, MAX_CODES = 20000 };

static void add_all_text(tide_heap *heap, const char *program) {
    run("readelf -SW %s | awk '{ sub(/^ *\\[ *[0-9]+\\]/, \"\") } $1 == \".text\" { print $3, $5 }' > text",
        program);
    FILE *text = fopen("text", "r");
    unsigned long start, size_bytes;
    assert_non_null(text);
    assert_int_equal(fscanf(text, "%lx %lx", &start, &size_bytes), 2);
    fclose(text);
    FILE *addresses = fopen("addresses", "w");
    assert_non_null(addresses);
    for (unsigned long at = start; at < start + size_bytes && heap->codes.count < MAX_CODES;
         at += STEP_BYTES) {
        add_code(heap, at + 1);
        fprintf(addresses, "0x%lx\n", at);
    }
    fclose(addresses);
}

struct place {
    char function[8192];
    char file[4096];
    unsigned line;
};

/* "path:12 (discriminator 3)", "path:?" and "path:0" */
static void parse_line(struct place *place, char *text) {
    text[strcspn(text, "\n")] = '\0';
    char *discriminator = strstr(text, " (");
    if (discriminator)
        *discriminator = '\0';
    char *colon = strrchr(text, ':');
    assert_non_null(colon);
    *colon = '\0';
    place->line = (unsigned)strtoul(colon + 1, NULL, 10);
    snprintf(place->file, sizeof place->file, "%s", text);
}

static bool read_place(struct place *place, FILE *places) {
    char text[4096];
    if (!fgets(place->function, sizeof place->function, places) || !strncmp(place->function, "0x", 2))
        return false;
    place->function[strcspn(place->function, "\n")] = '\0';
    assert_non_null(fgets(text, sizeof text, places));
    parse_line(place, text);
    return true;
}

/* Length of "void std::sort<int*>(…)" up to its arguments; "(anonymous namespace)" is none. */
static size_t plain_length(const char *name) {
    size_t skipped = strncmp(name, "(anonymous namespace)", 21) ? 0 : 21;
    return skipped + strcspn(name + skipped, "<(");
}

/* The same name in full; or, of a function that has no linkage name: what they have is its last part, as in DWARF, or
 * comes from the symbol table and agrees up to the arguments. */
static bool is_same_function(const char *ours, const char *theirs) {
    if (!strcmp(theirs, "??")) /* what fills the gap between two functions has lines */
        return !*ours;
    char *base = tide_xasprintf("%.*s", (int)strcspn(theirs, "."), theirs);
    char *left = tide_symbols_demangle(ours), *right = tide_symbols_demangle(base);
    bool same = !strcmp(left, right);
    size_t left_length = strlen(left), right_length = strlen(right);
    if (!same && strncmp(ours, "_Z", 2) && strncmp(theirs, "_Z", 2))
        same = left_length > right_length && !strcmp(left + left_length - right_length, right);
    else if (!same && strncmp(ours, "_Z", 2))
        same = memmem(right, plain_length(right), left, plain_length(left)) != NULL;
    free(base);
    free(left);
    free(right);
    return same;
}

struct tally {
    size_t addresses, frames, differing;
};

static void compare_code(struct tally *tally, const tide_symbols *symbols, size_t code, FILE *places) {
    struct tide_frame_range range = symbols->of_code.at[code];
    struct place place;
    uint32_t count = 0;
    bool same = true, has_lines = false;
    for (; read_place(&place, places); count++) {
        if (!place.line) /* no debug information there: these tools guess, from the symbol before */
            continue;
        has_lines = true;
        const tide_frame *frame = count < range.count ? &symbols->frames.at[range.first + count] : NULL;
        same = same && frame && frame->line == place.line &&
               is_same_function(tide_strings_get(&symbols->strings, frame->function), place.function) &&
               !strcmp(tide_strings_get(&symbols->strings, frame->file), place.file);
        if (!same)
            print_message("# %zu.%u: %s %s:%u\n", code, count, place.function, place.file, place.line);
    }
    tally->addresses += has_lines;
    tally->frames += has_lines ? count : 0;
    if (has_lines && (!same || count != range.count)) {
        print_message("#   here: %s\n", describe(symbols, code));
        tally->differing++;
    }
}

static void check_program(const char *oracle, const char *program) {
    tide_heap heap = heap_of(program);
    add_all_text(&heap, program);
    tide_symbols symbols = {0};
    tide_symbols_resolve(&symbols, &heap, &(tide_symbols_options){0});
    run("%s -a -f -i -e %s < addresses > places", oracle, program);
    FILE *places = fopen("places", "r");
    assert_non_null(places);
    struct tally tally = {0};
    struct place address;
    assert_false(read_place(&address, places)); /* each answer begins with its address; so the next ends it */
    for (size_t i = 0; i < heap.codes.count; i++)
        compare_code(&tally, &symbols, i, places);
    fclose(places);
    print_message("# %s: %zu addresses, %zu frames, %zu differ\n", oracle, tally.addresses, tally.frames,
                  tally.differing);
    assert_true(tally.addresses > 2000);
    assert_true(tally.frames > 2 * tally.addresses); /* else it was not about inlining */
    assert_int_equal(tally.differing, 0);
    tide_symbols_free(&symbols);
    tide_heap_free(&heap);
}

static void a_large_cpp_program(void **state) {
    (void)state;
    const char *oracle = has_command("llvm-addr2line-14") ? "llvm-addr2line-14" : "llvm-addr2line";
    if (!has_command(oracle))
        skip();
    run("g++ -std=c++17 -O2 -gdwarf-4 $S/words.cc -o words");
    check_program(oracle, "words");
    run("g++ -std=c++17 -O2 -gdwarf-5 $S/words.cc -o words");
    check_program(oracle, "words");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_cpp_program),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
