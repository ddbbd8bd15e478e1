#include "symbols/symbols.h"
#include "unit/check.h"

static void check_name(const char *linkage_name, const char *expected) {
    char *name = tide_symbols_demangle(linkage_name);
    assert_string_equal(name, expected);
    free(name);
}

static void cpp(void **state) {
    (void)state;
    check_name("_ZN3foo3barEv", "foo::bar()");
    check_name("_Znwm", "operator new(unsigned long)");
    check_name("_ZNSt6vectorIiSaIiEE9push_backERKi",
               "std::vector<int, std::allocator<int> >::push_back(int const&)");
    check_name("_ZN12_GLOBAL__N_16hiddenEv", "(anonymous namespace)::hidden()");
    check_name("_ZN3foo3barEv.cold", "foo::bar() [clone .cold]");
    check_name("_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const");
}

static void rust(void **state) {
    (void)state;
    check_name("_ZN5names6garden4walk17h0123456789abcdefE", "names::garden::walk");
    check_name("_ZN4core3ptr28drop_in_place$LT$$RF$str$GT$17h0123456789abcdefE",
               "core::ptr::drop_in_place<&str>");
    check_name("_RNvNtCs1234_5names6garden4walk", "names::garden::walk");
}

static void anything_else_is_left_alone(void **state) {
    (void)state;
    static const char *const names[] = {
        "main",   "", "_start", "_Z", "_R", "__libc_start_main", "parse.isra.0", "_ZN", "garden::walk(int)",
        "Z3foov",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_name(names[i], names[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpp),
        cmocka_unit_test(rust),
        cmocka_unit_test(anything_else_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
