#include "base/alloc.h"
#include "base/text.h"
#include "check.h"
#include <stdlib.h>

static const tide_style unicode = {.is_unicode = true}, ascii = {0};

static void check_owned(char *got, const char *expected) {
    assert_string_equal(got, expected);
    free(got);
}

static void check_function(const char *name, size_t columns, const char *expected) {
    char *got = tide_text_fit_function(name, columns, &unicode);
    assert_true(!columns || tide_text_columns(got) <= columns);
    check_owned(got, expected);
}

static void nothing_reaches_the_terminal_but_text(void **state) {
    (void)state;
    check_owned(tide_text_clean("plain"), "plain");
    check_owned(tide_text_clean("a\xe2\x80\xae"
                                "b\xe2\x81\xa6"
                                "c\xe2\x80\xa8"
                                "d\xe2\x80\xa6"),
                "a???b???c???d…");
    check_owned(tide_text_clean("a\033[31mb\nc\td\177"), "a?[31mb?c?d?");
    check_owned(tide_text_clean("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8c\x8a"), "grüß € 🌊");
    check_owned(tide_text_clean("\xc2\x9b"
                                "31m"),
                "??31m"); /* U+009B is CSI */
    check_owned(tide_text_clean("\xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80"),
                "?? ??? ????"); /* overlong, surrogate, too large */
    check_owned(tide_text_clean("cut \xe2\x82"), "cut ??");
}

static void columns_are_characters(void **state) {
    (void)state;
    assert_int_equal(tide_text_columns(""), 0);
    assert_int_equal(tide_text_columns("grüß €"), 6);
}

static void what_fits_stays(void **state) {
    (void)state;
    check_function("parse(char const*)", 18, "parse(char const*)");
    check_function("parse(char const*)", 0, "parse(char const*)");
}

static void parameters_go_first_then_templates_and_types_then_namespaces(void **state) {
    (void)state;
    const char *name = "void ns::Cache<std::vector<int> >::put<int>(std::vector<int> const&) const";
    check_function(name, 50, "void ns::Cache<std::vector<int> >::put<int> const");
    check_function(name, 20, "ns::Cache<…>::put<…>");
    check_function(name, 18, "…:Cache<…>::put<…>"); /* "…::put<…>" would waste half of it */
    check_function(name, 12, "…::put<…>");
    check_function("parse(char const*)", 10, "parse");
    check_function("a_long_name_of_a_function_in_c", 12, "a_long_name…");
    check_function("outer_namespace::inner::function", 20, "…::inner::function");
    check_function("libsqlite3.so.0+0xa7504", 20, "…qlite3.so.0+0xa7504");
}

static void brackets_that_are_names_stay(void **state) {
    (void)state;
    check_function("app::Functor::operator()(int) const", 24, "app::Functor::operator()");
    check_function("(anonymous namespace)::Thing::make(std::string)", 35,
                   "(anonymous namespace)::Thing::make");
    check_function("std::ostream& operator<< <char>(std::ostream&, char)", 15, "operator<< <…>");
    check_function("<alloc::vec::Vec<T> as core::clone::Clone>::clone", 45,
                   "…c::vec::Vec<…> as core::clone::Clone>::clone");
    check_function("Foo::operator bool() const [clone .cold]", 22, "Foo::operator bool");
    check_function("unbalanced<<<(((", 14, "unbalanced<<<…");
}

static void paths_keep_their_end(void **state) {
    (void)state;
    check_owned(tide_text_fit_path("/usr/src/shop/parse.c:80", 24, &unicode), "/usr/src/shop/parse.c:80");
    check_owned(tide_text_fit_path("/usr/src/shop/parse.c:80", 20, &unicode), "…/shop/parse.c:80");
    check_owned(tide_text_fit_path("/usr/src/shop/parse.c:80", 12, &unicode), "…/parse.c:80");
    check_owned(tide_text_fit_path("/usr/src/shop/parse.c:80", 10, &unicode), "parse.c:80");
    check_owned(tide_text_fit_path("/usr/src/shop/parse.c:80", 8, &unicode), "…se.c:80");
    check_owned(tide_text_fit_path("/usr/src/shop/parse.c:80", 2, &ascii), "80");
}

static void dots_suit_the_locale(void **state) {
    (void)state;
    check_owned(tide_text_fit("a long text", 8, &ascii), "a lon...");
    check_owned(tide_text_fit("a long text", 8, &unicode), "a long …");
    check_owned(tide_text_fit("grüße", 3, &unicode), "gr…");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_reaches_the_terminal_but_text),
        cmocka_unit_test(columns_are_characters),
        cmocka_unit_test(what_fits_stays),
        cmocka_unit_test(parameters_go_first_then_templates_and_types_then_namespaces),
        cmocka_unit_test(brackets_that_are_names_stay),
        cmocka_unit_test(paths_keep_their_end),
        cmocka_unit_test(dots_suit_the_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
