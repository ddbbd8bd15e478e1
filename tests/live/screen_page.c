#include "screen_world.h"

static void expect_page(const world *it, const char *expected) {
    char *text = page_text(it);
    assert_string_equal(text, expected);
    free(text);
}

static void expect_part(const world *it, const char *expected) {
    char *text = page_text(it);
    if (!strstr(text, expected))
        fail_msg("no '%s' in:\n%s", expected, text);
    free(text);
}

static void eighty_columns_show_everything(void **state) {
    world *it = *state;
    expect_page(it, "PID 42  made up                                                   running 2.00 s\n"
                    "heap 1.04 KiB   peak 2.07 KiB at 1.50 s\n"
                    "RSS 20.0 KiB   PSS 4.00 KiB   allocations 21   samples 1\n"
                    "all threads (2)   held now 1.04 KiB in 16 blocks\n"
                    " 1.04 KiB                             █   20.0 KiB                      ▂▂▂▂▂▂▂█\n"
                    "                               ████████                          ▃▃▃▃▃▃▃████████\n"
                    "                        ███████████████                   ▅▅▅▅▅▅▅███████████████\n"
                    "                 ██████████████████████            ▆▆▆▆▆▆▆██████████████████████\n"
                    "     heap 0 s                    2.00 s        RSS 0 s                    2.00 s\n"
                    "  function  < total >      %    own      %  allocs  where\n"
                    "  main         1000 B  94.3%    0 B              0  /src/made.c:10\n"
                    "  b             960 B  90.6%  300 B  28.3%       1  /src/made.c:30\n"
                    "  c             660 B  62.3%  660 B  62.3%       5  /src/made.c:40\n"
                    "  d             100 B   9.4%  100 B   9.4%      10  /src/made.c:50\n"
                    "  start          60 B   5.7%    0 B              0  /src/made.c:20\n"
                    "\n"
                    "\n"
                    "\n"
                    "\n"
                    "\n"
                    "\n"
                    "\n"
                    "\n"
                    "q quit  ? help  t/o/a sort  ←/→ thread  Enter callers  / filter  d change\n");
}

static void a_small_terminal_shows_what_fits(void **state) {
    world *it = *state;
    tide_screen_resize(&it->screen, 40, 10);
    expect_page(it, "PID 42  made up           running 2.00 s\n"
                    "heap 1.04 KiB   peak 2.07 KiB at 1.50 s\n"
                    "RSS 20.0 KiB   PSS 4.00 KiB   allocatio…\n"
                    "all threads (2)   held now 1.04 KiB in …\n"
                    "  function  < total >    own  allocs\n"
                    "  main         1000 B    0 B       0\n"
                    "  b             960 B  300 B       1\n"
                    "  c             660 B  660 B       5\n"
                    "  d             100 B  100 B      10\n"
                    "q quit  ? help  t/o/a sort  ←/→ thread\n");
}

/* Whatever its size, nothing is wider or longer than the terminal. */
static void no_size_is_too_small(void **state) {
    world *it = *state;
    for (uint32_t columns = 1; columns < 130; columns += 3)
        for (uint32_t lines = 1; lines < 50; lines += 3) {
            tide_screen_resize(&it->screen, columns, lines);
            tide_screen_page page = tide_screen_page_make(&it->screen, &(tide_style){.is_unicode = true});
            assert_int_equal(page.lines.count, lines);
            for (size_t i = 0; i < page.lines.count; i++)
                assert_in_range(tide_text_columns(page.lines.at[i].text), 0, columns);
            tide_screen_page_free(&page);
        }
}

static void the_sorted_column_stands_between_brackets(void **state) {
    world *it = *state;
    tide_screen_resize(&it->screen, 120, 24);
    expect_part(it, "  function  < total >      %    own      %  allocations  where");
    press(it, "o");
    expect_part(it, "  function   total      %  < own >      %  allocations  where");
    press(it, "a");
    expect_part(it, "  function   total      %    own      %  < allocations >  where");
}

static void a_thread_is_told_by_name_and_number(void **state) {
    world *it = *state;
    tide_screen_key(&it->screen, TIDE_KEY_LEFT);
    expect_part(it, "thread 2 of 2: worker (101)   held now 60 B in 2 blocks\n");
    press(it, "p");
    expect_part(it, "thread 2 of 2: worker (101)   at the peak 120 B in 4 blocks\n");
}

static void a_paused_table_stands_still_while_time_goes_on(void **state) {
    world *it = *state;
    press(it, " ");
    *tide_vec_push(&it->recording.samples) = (tide_sample){.time_ns = 9000000000, .heap_bytes = 5000};
    tide_screen_update(&it->screen, &it->feed, 10000000000);
    expect_part(it, "running 9.00 s\nheap 4.88 KiB ");
    expect_part(it, " 9.00 s\n  function");
    expect_part(it, "held now 1.04 KiB in 16 blocks   PAUSED\n");
    uint64_t samples_count = it->screen.samples_count;
    press(it, " "); /* nothing is read or drawn twice for it */
    assert_int_equal(it->screen.samples_count, samples_count);
    expect_part(it, "held now 1.04 KiB in 16 blocks\n");
}

static void an_old_figure_is_told_with_its_time(void **state) {
    world *it = *state;
    *tide_vec_push(&it->recording.samples) = (tide_sample){.time_ns = 9000000000, .rss_bytes = 8192};
    expect_part(it, "RSS 8.00 KiB   PSS 4.00 KiB at 2.00 s   ");
    for (size_t i = 0; i < it->recording.samples.count; i++)
        it->recording.samples.at[i].pss_bytes = 0;
    expect_part(it, "RSS 8.00 KiB   PSS ?   ");
}

static void the_end_is_told_and_the_table_stays(void **state) {
    world *it = *state;
    it->feed.state = TIDE_FEED_ENDED;
    it->feed.end = (tide_end){.kind = TIDE_END_EXITED, .status = 3};
    refresh(it);
    expect_part(it, "  main         1000 B");
    expect_part(it, "\nRemote has disconnected: exit status 3\n");
    it->feed.end = (tide_end){.kind = TIDE_END_SIGNALED, .status = 9};
    refresh(it);
    expect_part(it, "\nRemote has disconnected: killed by signal 9 (Killed)\n");
    it->feed.end = (tide_end){.kind = TIDE_END_NONE};
    refresh(it);
    expect_part(it, "\nRemote has disconnected: how the program ended is not known\n");
}

static void before_the_start_it_says_what_to_do(void **state) {
    (void)state;
    tide_screen screen;
    tide_screen_init(&screen);
    tide_screen_update(&screen, &(tide_feed_view){.port = 4000}, 0);
    tide_screen_page page = tide_screen_page_make(&screen, &(tide_style){0});
    assert_string_equal(page.lines.at[0].text, "Port 4000: waiting for a program to watch");
    assert_string_equal(page.lines.at[2].text,
                        "In another shell: tidemark run --live --live-port 4000 PROGRAM");
    tide_screen_page_free(&page);
    tide_screen_free(&screen);
}

static void names_cannot_steer_the_terminal(void **state) {
    world *it = *state;
    free(it->recording.info.command);
    it->recording.info.command = tide_xstrdup("evil\033[2J\n");
    expect_part(it, "PID 42  evil?[2J? ");
}

static void help_tells_the_keys_and_any_key_leads_back(void **state) {
    world *it = *state;
    press(it, "?");
    expect_part(it, "\nq           leave; the program goes on\n");
    press(it, "a");
    expect_part(it, "< total >");
}

static void make_owners(world *it) {
    uint32_t actors = push_owner(it, "actors", 0, 0, SITES), cook = push_owner(it, "cook", actors, 0, SITES);
    push_owner(it, "waiter", actors, 10, START_B_C);
    push_owner(it, "cook 1", cook, 0, MAIN_D);
    push_owner(it, "cook 2", cook, 500, MAIN_B);
    push_owner(it, "retired", actors, 0, SITES);
    push_section(it, "open\033");
    refresh(it);
}

static void owners_stand_below_their_parents(void **state) {
    world *it = *state;
    make_owners(it);
    expect_part(it, "\nq quit  ? help  w owners  t/o/a sort ");
    press(it, "w");
    expect_part(it, "\nowners, all threads, held now\n");
    expect_part(it, "\n  owner                 < holds >  heap peak  blocks   used  allocated  reserved\n"
                    "  actors                    960 B      900 B      12  510 B     1020 B  1.49 KiB\n"
                    "    cook                    900 B      800 B      11  500 B     1000 B  1.46 KiB\n"
                    "      cook 2                800 B      600 B       1  500 B     1000 B  1.46 KiB\n"
                    "      cook 1                100 B      200 B      10\n"
                    "    waiter                   60 B      100 B       1   10 B       20 B      30 B\n"
                    "  (unowned)                 610 B                  4\n"
                    "  sections\n"
                    "    open?, 3 times, o…     -100 B      450 B      +1\n"
                    "\n");
    expect_part(it, "\nq quit  ? help  w functions  space pause  s save\n");
    press(it, "w");
    expect_part(it, "\n  function  < total >");
}

static void owners_fit_as_functions_do(void **state) {
    world *it = *state;
    make_owners(it);
    press(it, "w");
    no_size_is_too_small(state);
    tide_screen_resize(&it->screen, 120, 24);
    expect_part(it, "  reserved     total\n");
    tide_screen_resize(&it->screen, 50, 9);
    tide_screen_key(&it->screen, TIDE_KEY_END);
    expect_part(it, "\nowners, all threads, held now   row 8 of 8\n"
                    "  owner               < holds >  heap peak  blocks\n"
                    "  (unowned)               610 B                  4\n"
                    "  sections\n"
                    "    open?, 3 times,…     -100 B      450 B      +1\n"
                    "q quit ");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(eighty_columns_show_everything),
        CASE(a_small_terminal_shows_what_fits),
        CASE(no_size_is_too_small),
        CASE(the_sorted_column_stands_between_brackets),
        CASE(a_thread_is_told_by_name_and_number),
        CASE(a_paused_table_stands_still_while_time_goes_on),
        CASE(an_old_figure_is_told_with_its_time),
        CASE(the_end_is_told_and_the_table_stays),
        CASE(before_the_start_it_says_what_to_do),
        CASE(names_cannot_steer_the_terminal),
        CASE(owners_stand_below_their_parents),
        CASE(owners_fit_as_functions_do),
        CASE(help_tells_the_keys_and_any_key_leads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
