#include "base/alloc.h"
#include "check.h"
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void memory_comes_zeroed(void **state) {
    (void)state;
    unsigned char *memory = tide_xcalloc(100, 8);
    for (int i = 0; i < 800; i++)
        assert_int_equal(memory[i], 0);
    free(memory);
}

static void nothing_is_still_a_place(void **state) {
    (void)state;
    void *memory = tide_xcalloc(0, 8);
    assert_non_null(memory);
    memory = tide_xrealloc(memory, 0, 8);
    assert_non_null(memory);
    free(memory);
}

static void strings_are_copied_and_printed(void **state) {
    (void)state;
    char *copy = tide_xstrdup("tide"), *printed = tide_xasprintf("%s-%d", "mark", 7);
    assert_string_equal(copy, "tide");
    assert_string_equal(printed, "mark-7");
    free(copy);
    free(printed);
}

enum { TEXT_MAX = 8192 };

/* What the child writes to stderr lands in `text`; returns its wait status. */
static int run_child(void (*body)(void), char text[TEXT_MAX]) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        body();
        _exit(0);
    }
    close(ends[1]);
    size_t count = 0;
    for (ssize_t got; count < TEXT_MAX - 1 && (got = read(ends[0], text + count, TEXT_MAX - 1 - count)) > 0;)
        count += (size_t)got;
    text[count] = '\0';
    close(ends[0]);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void ask_for_more_than_there_is(void) {
    free(tide_xrealloc(NULL, (size_t)-1 / 2, 4)); /* the product wraps */
}

static void a_product_that_wraps_ends_the_tool_with_one_line(void **state) {
    (void)state;
    char text[TEXT_MAX];
    int status = run_child(ask_for_more_than_there_is, text);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    static const char line[] = "tidemark: out of memory\n";
    size_t length = strlen(text), line_length = sizeof line - 1;
    assert_true(length >= line_length); /* a sanitizer's allocator warns before */
    assert_string_equal(text + length - line_length, line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_comes_zeroed),
        cmocka_unit_test(nothing_is_still_a_place),
        cmocka_unit_test(strings_are_copied_and_printed),
        cmocka_unit_test(a_product_that_wraps_ends_the_tool_with_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
