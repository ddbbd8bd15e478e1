#include "screen_world.h"

static void expect_order(const world *it, const char *expected) {
    char *text = order(it);
    assert_string_equal(text, expected);
    free(text);
}

static const tide_screen_row *row(const world *it, uint32_t function) {
    for (size_t i = 0; i < it->screen.rows.count; i++)
        if (it->screen.rows.at[i].function == function)
            return &it->screen.rows.at[i];
    fail_msg("no row of function %u", function);
    return NULL;
}

static void all_threads_come_first_sorted_by_total(void **state) {
    world *it = *state;
    expect_order(it, "main b c d start");
    assert_int_equal(row(it, it->c)->now.total.amount, 660); /* of both threads */
    assert_int_equal(it->screen.sum.amount, 1060);
}

static void keys_choose_the_order(void **state) {
    world *it = *state;
    press(it, "o");
    expect_order(it, "c b d main start");
    press(it, "a");
    expect_order(it, "d c b main start");
    press(it, "t");
    expect_order(it, "main b c d start");
}

static void the_smallest_and_latest_is_listed_too(void **state) {
    world *it = *state;
    it->recording.heap.sites.at[MAIN_B_C].counts.allocated_bytes += 1 << 30;
    it->recording.heap.sites.at[START_B_B_C].counts = (tide_counts){0};
    it->recording.heap.sites.at[START_B_C].counts =
        (tide_counts){.allocated_bytes = 1, .allocated_blocks = 1};
    refresh(it);
    assert_int_equal(row(it, it->start)->now.total.amount, 1);
}

static void recursion_counts_once(void **state) {
    world *it = *state;
    assert_int_equal(row(it, it->b)->now.total.amount, 960);
}

static void a_thread_has_its_own_figures(void **state) {
    world *it = *state;
    tide_screen_key(&it->screen, TIDE_KEY_RIGHT);
    assert_int_equal(it->screen.thread_tid, 100);
    expect_order(it, "main b c d");
    assert_int_equal(row(it, it->c)->now.total.amount, 600);
    tide_screen_key(&it->screen, TIDE_KEY_RIGHT);
    assert_int_equal(it->screen.thread_tid, 101);
    expect_order(it, "c start b"); /* of equal ones, what allocates itself comes first */
    assert_int_equal(row(it, it->b)->now.total.amount, 60);
    assert_int_equal(row(it, it->c)->now.own.blocks, 2);
}

static void arrows_go_round(void **state) {
    world *it = *state;
    tide_screen_key(&it->screen, TIDE_KEY_LEFT);
    assert_int_equal(it->screen.thread_tid, 101);
    tide_screen_key(&it->screen, TIDE_KEY_RIGHT);
    assert_int_equal(it->screen.thread_tid, 0);
}

static void merging_leads_to_all_and_back(void **state) {
    world *it = *state;
    tide_screen_key(&it->screen, TIDE_KEY_LEFT);
    press(it, "m");
    expect_order(it, "main b c d start");
    press(it, "m");
    assert_int_equal(it->screen.thread_tid, 101);
}

static void a_new_thread_does_not_change_what_is_chosen(void **state) {
    world *it = *state;
    press(it, "m");
    press(it, "m");
    *tide_vec_push(&it->recording.heap.threads) = (tide_thread){.tid = 102, .threads_count = 1};
    refresh(it);
    assert_int_equal(it->screen.thread_tid, 0);
    assert_int_equal(it->screen.threads.count, 3);
}

static void a_renamed_thread_is_one_thread(void **state) {
    world *it = *state;
    tide_heap *heap = &it->recording.heap;
    *tide_vec_push(&heap->threads) =
        (tide_thread){.tid = 101, .name = tide_strings_add(&heap->strings, "pool"), .threads_count = 1};
    heap->sites.at[START_B_B_C].thread = 2;
    refresh(it);
    assert_int_equal(it->screen.threads.count, 2);
    tide_screen_key(&it->screen, TIDE_KEY_LEFT);
    assert_int_equal(it->screen.sum.amount, 60); /* under both names */
}

static void the_peak_is_another_view(void **state) {
    world *it = *state;
    press(it, "p");
    assert_int_equal(row(it, it->c)->now.own.amount, 1320);
    press(it, "p");
    assert_int_equal(row(it, it->c)->now.own.amount, 660);
}

static void a_filter_keeps_stacks_that_match(void **state) {
    world *it = *state;
    press(it, "/^d\n");
    expect_order(it, "d main");
    assert_int_equal(row(it, it->main)->now.total.amount, 100);
    press(it, "/");
    tide_screen_key(&it->screen, TIDE_KEY_BACKSPACE);
    tide_screen_key(&it->screen, TIDE_KEY_BACKSPACE);
    press(it, "\n");
    expect_order(it, "main b c d start");
}

static void keys_are_letters_while_a_filter_is_typed(void **state) {
    world *it = *state;
    press(it, "/");
    assert_int_equal(tide_screen_key(&it->screen, 'q'), TIDE_SCREEN_STAYS);
    assert_string_equal(it->screen.edited_text, "q");
    tide_screen_key(&it->screen, TIDE_KEY_ESCAPE);
    expect_order(it, "main b c d start");
    assert_int_equal(tide_screen_key(&it->screen, 'q'), TIDE_SCREEN_LEAVES);
}

static void a_filter_that_is_none_leaves_the_last_one(void **state) {
    world *it = *state;
    press(it, "/^d\n");
    press(it, "/(\n");
    expect_order(it, "d main");
    assert_non_null(strstr(it->screen.message, "no regular expression"));
}

static void a_filter_has_an_end(void **state) {
    world *it = *state;
    press(it, "/");
    for (int i = 0; i < 1000; i++)
        press(it, "x");
    assert_in_range(strlen(it->screen.edited_text), 1, TIDE_FILTER_MAX - 1);
}

static void since_the_mark_only_changes_are_shown(void **state) {
    world *it = *state;
    press(it, "d");
    it->recording.heap.sites.at[MAIN_D].counts.allocated_bytes += 5000;
    it->recording.heap.sites.at[MAIN_B].counts.freed_bytes += 100;
    refresh(it);
    expect_order(it, "d main b"); /* what shrank comes last */
    assert_int_equal(row(it, it->d)->before.own.amount, 100);
    char *text = page_text(it);
    assert_non_null(strstr(text, "+4.88 KiB"));
    assert_non_null(strstr(text, "-100 B"));
    free(text);
    press(it, "d");
    expect_order(it, "main d b c start");
}

static void a_row_opens_into_callers_and_callees(void **state) {
    world *it = *state;
    tide_screen_key(&it->screen, TIDE_KEY_DOWN);
    press(it, "\n");
    expect_order(it, "main start b c");
    assert_int_equal(it->screen.rows.at[0].part, TIDE_SCREEN_CALLER);
    assert_int_equal(it->screen.rows.at[0].now.total.amount, 900);
    assert_int_equal(it->screen.rows.at[1].now.total.amount, 60);
    assert_int_equal(it->screen.rows.at[2].now.total.amount, 960);
    assert_int_equal(it->screen.rows.at[3].now.total.amount, 660);
    tide_screen_key(&it->screen, TIDE_KEY_ESCAPE);
    expect_order(it, "main b c d start");
    assert_int_equal(it->screen.cursor, 1);
}

static void callers_have_the_functions_own_share_and_the_line_of_the_call(void **state) {
    world *it = *state;
    tide_screen_key(&it->screen, TIDE_KEY_DOWN);
    press(it, "\n");
    const tide_screen_row *rows = it->screen.rows.at; /* main start b c */
    assert_int_equal(rows[0].now.own.amount, 300);
    assert_int_equal(rows[0].now.own.blocks, 1);
    assert_int_equal(rows[1].now.own.amount, 0);
    assert_int_equal(rows[2].now.own.amount, 300);
    assert_int_equal(rows[3].now.own.amount, 660);
    char *text = page_text(it);
    assert_non_null(strstr(text, "called by  main"));
    assert_non_null(strstr(text, "/src/made.c:10"));
    assert_non_null(strstr(text, "/src/made.c:40"));
    free(text);
    press(it, "o");
    assert_int_equal(it->screen.rows.at[0].function, rows[0].function);
}

/* start ─ b ─ b ─ c, and b once more below c */
static void a_function_that_calls_itself_counts_once_around_it(void **state) {
    world *it = *state;
    tide_heap *heap = &it->recording.heap;
    uint32_t deepest = heap->sites.at[heap->sites.count - 1].node;
    *tide_vec_push(&heap->nodes) = (tide_node){.parent = deepest, .code = it->b};
    *tide_vec_push(&heap->sites) = (tide_site){.node = (uint32_t)heap->nodes.count - 1,
                                               .kind = TIDE_MALLOC,
                                               .counts = {.allocated_bytes = 7, .allocated_blocks = 1}};
    refresh(it);
    tide_screen_key(&it->screen, TIDE_KEY_DOWN);
    press(it, "\n");
    expect_order(it, "main start b c");
    assert_int_equal(it->screen.rows.at[1].now.total.amount, 67);
    assert_int_equal(it->screen.rows.at[1].now.own.amount, 7);
    assert_int_equal(it->screen.rows.at[2].now.own.amount, 307); /* as in the table */
    assert_int_equal(it->screen.rows.at[3].now.total.amount, 667);
}

static void what_nothing_calls_starts_there(void **state) {
    world *it = *state;
    press(it, "\n");
    expect_order(it, "(start) main b d");
}

static void the_cursor_stays_with_its_function(void **state) {
    world *it = *state;
    tide_screen_key(&it->screen, TIDE_KEY_DOWN);
    tide_screen_key(&it->screen, TIDE_KEY_DOWN); /* c */
    it->recording.heap.sites.at[MAIN_D].counts.allocated_bytes += 5000;
    refresh(it);
    expect_order(it, "main d b c start");
    assert_int_equal(it->screen.cursor, 3);
}

static void stacks_that_come_later_are_listed(void **state) {
    world *it = *state;
    tide_heap *heap = &it->recording.heap;
    *tide_vec_push(&heap->nodes) = (tide_node){.parent = heap->sites.at[MAIN_D].node, .code = it->c};
    *tide_vec_push(&heap->sites) = (tide_site){.node = (uint32_t)heap->nodes.count - 1,
                                               .kind = TIDE_MALLOC,
                                               .counts = {.allocated_bytes = 7, .allocated_blocks = 1}};
    refresh(it);
    assert_int_equal(row(it, it->d)->now.total.amount, 107);
    assert_int_equal(row(it, it->c)->now.own.amount, 667);
    heap->sites.at[SITES].counts.freed_bytes = 7;
    refresh(it);
    assert_int_equal(row(it, it->d)->now.total.amount, 100);
}

static void names_that_come_later_are_shown(void **state) {
    world *it = *state;
    tide_symbols *symbols = &it->recording.symbols;
    symbols->frames.at[it->d].function = tide_strings_add(&symbols->strings, "delta");
    tide_names_update(&it->names, &it->recording, 0);
    tide_screen_rename(&it->screen);
    expect_order(it, "main b c delta start");
}

static void another_program_begins_anew(void **state) {
    world *it = *state;
    tide_screen_key(&it->screen, TIDE_KEY_RIGHT);
    press(it, "d ");
    assert_true(it->screen.is_paused);
    it->feed.programs_count++;
    refresh(it);
    assert_false(it->screen.is_paused || it->screen.has_mark);
    assert_int_equal(it->screen.thread_tid, 0);
}

static void sorting_goes_on_after_the_end(void **state) {
    world *it = *state;
    it->feed.state = TIDE_FEED_ENDED;
    it->feed.end = (tide_end){.kind = TIDE_END_EXITED, .status = 3};
    refresh(it);
    press(it, "a ");
    expect_order(it, "d c b main start");
    assert_false(it->screen.is_paused);
}

static void owners_have_their_keys(void **state) {
    world *it = *state;
    press(it, "w");
    assert_false(it->screen.shows_owners);
    assert_string_equal(it->screen.message, "the program names no owners of its memory");
    push_owner(it, "small", 0, 0, START_B_C);
    push_owner(it, "large", 0, 0, MAIN_B_C);
    refresh(it);
    press(it, "w");
    assert_true(it->screen.shows_owners);
    press(it, "odmpta/\n"); /* which say something of functions */
    assert_false(it->screen.has_mark || it->screen.is_editing);
    assert_int_equal(it->screen.rows.at[0].given, 2);
    assert_int_equal(it->screen.rows.at[1].given, 0); /* unowned */
    tide_screen_key(&it->screen, TIDE_KEY_END);
    it->recording.heap.owners.at[1].used_bytes = 5000;
    refresh(it); /* the cursor stays with its owner */
    assert_int_equal(it->screen.cursor, 0);
    assert_int_equal(it->screen.rows.at[0].given, 1);
    tide_screen_key(&it->screen, TIDE_KEY_ESCAPE);
    assert_false(it->screen.shows_owners);
    assert_int_equal(it->screen.rows.at[0].part, TIDE_SCREEN_ROW);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(all_threads_come_first_sorted_by_total),
        CASE(keys_choose_the_order),
        CASE(the_smallest_and_latest_is_listed_too),
        CASE(recursion_counts_once),
        CASE(a_thread_has_its_own_figures),
        CASE(arrows_go_round),
        CASE(merging_leads_to_all_and_back),
        CASE(a_new_thread_does_not_change_what_is_chosen),
        CASE(a_renamed_thread_is_one_thread),
        CASE(the_peak_is_another_view),
        CASE(a_filter_keeps_stacks_that_match),
        CASE(keys_are_letters_while_a_filter_is_typed),
        CASE(a_filter_that_is_none_leaves_the_last_one),
        CASE(a_filter_has_an_end),
        CASE(since_the_mark_only_changes_are_shown),
        CASE(a_row_opens_into_callers_and_callees),
        CASE(callers_have_the_functions_own_share_and_the_line_of_the_call),
        CASE(a_function_that_calls_itself_counts_once_around_it),
        CASE(what_nothing_calls_starts_there),
        CASE(the_cursor_stays_with_its_function),
        CASE(stacks_that_come_later_are_listed),
        CASE(names_that_come_later_are_shown),
        CASE(another_program_begins_anew),
        CASE(sorting_goes_on_after_the_end),
        CASE(owners_have_their_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
