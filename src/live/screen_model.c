#include "live/screen_model.h"
#include "live/screen_owners.h"
#include <wchar.h>

enum { FIXED_LINES = 6 }; /* title, figures, counts, what is shown; head of the table; keys */

void tide_screen_init(tide_screen *screen) {
    *screen = (tide_screen){.sort = TIDE_SORT_TOTAL, .view = TIDE_VIEW_LEAKS, .opened = TIDE_NONE};
    tide_tree_init(&screen->tree);
    tide_screen_resize(screen, 80, 24);
}

static void forget_tree(tide_screen *screen) {
    tide_tree_free(&screen->tree);
    tide_tree_init(&screen->tree);
    screen->tree_node.count = 0;
}

static void drop_filter(tide_screen *screen) {
    if (*screen->filter_text)
        regfree(&screen->filter);
    *screen->filter_text = 0;
}

void tide_screen_free(tide_screen *screen) {
    drop_filter(screen);
    tide_tree_free(&screen->tree);
    tide_vec_free(&screen->tree_node);
    tide_vec_free(&screen->mark);
    tide_vec_free(&screen->threads);
    tide_vec_free(&screen->owners);
    tide_vec_free(&screen->rows);
}

/* ---- room */

uint32_t tide_screen_plot_lines(const tide_screen *screen) {
    return screen->lines_count < 18 ? 0 : screen->lines_count < 24 ? 4 : screen->lines_count < 40 ? 5 : 9;
}

uint32_t tide_screen_table_rows(const tide_screen *screen) {
    uint32_t taken = FIXED_LINES + tide_screen_plot_lines(screen);
    return screen->lines_count > taken ? screen->lines_count - taken : 0;
}

/* The cursor's row is on the screen. */
static void scroll(tide_screen *screen) {
    uint32_t room = tide_screen_table_rows(screen);
    if (screen->cursor >= screen->rows.count)
        screen->cursor = screen->rows.count ? screen->rows.count - 1 : 0;
    if (screen->first > screen->cursor)
        screen->first = screen->cursor;
    if (room && screen->cursor - screen->first >= room)
        screen->first = screen->cursor - room + 1;
}

void tide_screen_resize(tide_screen *screen, uint32_t columns, uint32_t lines_count) {
    screen->columns = columns;
    screen->lines_count = lines_count;
    scroll(screen);
}

/* ---- what is new */

static bool has_table(const tide_screen *screen) {
    return screen->feed.recording && screen->feed.names;
}

static void list_threads(tide_screen *screen) {
    const tide_heap *heap = &screen->feed.recording->heap;
    tide_map by_tid = {0};
    screen->threads.count = 0;
    for (size_t i = 0; i < heap->threads.count; i++) {
        const tide_thread *thread = &heap->threads.at[i];
        bool is_new;
        uint32_t fresh = (uint32_t)screen->threads.count;
        uint32_t at = tide_map_put(&by_tid, thread->tid, fresh, &is_new);
        if (is_new)
            tide_vec_push(&screen->threads);
        screen->threads.at[at] = (tide_screen_thread){.tid = thread->tid, .name = thread->name};
    }
    tide_map_free(&by_tid);
}

static uint64_t count_allocations(const tide_heap *heap) {
    uint64_t count = 0;
    for (size_t i = 0; i < heap->sites.count; i++)
        if (heap->sites.at[i].kind != TIDE_MMAP)
            count += heap->sites.at[i].counts.allocated_blocks;
    return count;
}

static void make_rows(tide_screen *screen) {
    if (screen->shows_owners)
        tide_screen_make_owner_rows(screen);
    else
        tide_screen_make_rows(screen);
}

/* Rows change places; the cursor stays with its function, but at the top it stays at the top. */
static void remake_rows(tide_screen *screen) {
    bool follows = screen->cursor && screen->cursor < screen->rows.count;
    tide_screen_row chosen = follows ? screen->rows.at[screen->cursor] : (tide_screen_row){0};
    make_rows(screen);
    for (size_t i = 0; follows && i < screen->rows.count; i++)
        if (screen->rows.at[i].function == chosen.function && screen->rows.at[i].part == chosen.part)
            screen->cursor = i;
    scroll(screen);
}

/* Another program in the process: nothing from before means anything. */
static void begin_anew(tide_screen *screen) {
    forget_tree(screen);
    screen->has_mark = screen->is_paused = screen->shows_owners = false;
    screen->mark.count = 0;
    screen->thread_tid = screen->merged_tid = 0;
    screen->opened = TIDE_NONE;
    screen->cursor = screen->first = 0;
    screen->rows.count = 0;
    screen->samples_count = 0;
    screen->programs_count = screen->feed.programs_count;
}

void tide_screen_recount(tide_screen *screen) {
    if (!has_table(screen))
        return;
    screen->allocations_count = count_allocations(&screen->feed.recording->heap);
    list_threads(screen);
    remake_rows(screen);
}

void tide_screen_rename(tide_screen *screen) {
    forget_tree(screen);
    tide_screen_recount(screen);
}

void tide_screen_update(tide_screen *screen, const tide_feed_view *feed, uint64_t now_ns) {
    screen->feed = *feed;
    screen->now_ns = now_ns;
    screen->is_paused &= feed->state != TIDE_FEED_ENDED; /* the last table is what stays */
    if (feed->programs_count != screen->programs_count) {
        begin_anew(screen);
        tide_screen_recount(screen);
    }
}

/* ---- what is chosen */

static void choose(tide_screen *screen) {
    screen->cursor = screen->first = 0;
    if (has_table(screen))
        make_rows(screen);
}

static void sort(tide_screen *screen, enum tide_sort by) {
    screen->sort = by;
    choose(screen);
}

static size_t thread_position(const tide_screen *screen) { /* 0: all threads */
    for (size_t i = 0; i < screen->threads.count; i++)
        if (screen->thread_tid && screen->threads.at[i].tid == screen->thread_tid)
            return i + 1;
    return 0;
}

static void turn_to_thread(tide_screen *screen, size_t step) {
    size_t count = screen->threads.count + 1, to = (thread_position(screen) + count + step) % count;
    screen->thread_tid = to ? screen->threads.at[to - 1].tid : 0;
    choose(screen);
}

static void merge_threads(tide_screen *screen) {
    uint32_t back = screen->merged_tid;
    if (!back && screen->threads.count)
        back = screen->threads.at[0].tid;
    screen->merged_tid = screen->thread_tid;
    screen->thread_tid = screen->thread_tid ? 0 : back;
    choose(screen);
}

/* Sets the mark, or takes it away. */
static void mark(tide_screen *screen) {
    const tide_heap *heap = &screen->feed.recording->heap;
    screen->has_mark = !screen->has_mark;
    screen->mark.count = 0;
    screen->mark_ns = heap->totals.time_ns;
    if (screen->has_mark)
        tide_vec_extend(&screen->mark, heap->sites.count);
    for (size_t i = 0; i < screen->mark.count; i++)
        screen->mark.at[i] = heap->sites.at[i].counts;
    choose(screen);
}

static void pause_or_go_on(tide_screen *screen) {
    if (screen->feed.state == TIDE_FEED_ENDED)
        snprintf(screen->message, sizeof screen->message, "nothing changes any more");
    else
        screen->is_paused = !screen->is_paused;
}

static void open_row(tide_screen *screen) {
    if (screen->cursor >= screen->rows.count || screen->rows.at[screen->cursor].function == TIDE_NONE)
        return;
    uint32_t function = screen->rows.at[screen->cursor].function;
    screen->opened = screen->opened == function ? TIDE_NONE : function;
    choose(screen);
}

static void close_row(tide_screen *screen) {
    uint32_t function = screen->opened;
    if (function == TIDE_NONE)
        return;
    screen->opened = TIDE_NONE;
    choose(screen);
    for (size_t i = 0; i < screen->rows.count; i++)
        if (screen->rows.at[i].function == function)
            screen->cursor = i;
    scroll(screen);
}

/* ---- owners, in the place of functions */

bool tide_screen_has_owners(const tide_screen *screen) {
    const tide_heap *heap = &screen->feed.recording->heap;
    return heap->owners.count > 1 || heap->sections.count;
}

static void show_owners(tide_screen *screen) {
    screen->shows_owners = tide_screen_has_owners(screen);
    if (screen->shows_owners)
        choose(screen);
    else
        snprintf(screen->message, sizeof screen->message, "the program names no owners of its memory");
}

static void show_functions(tide_screen *screen) {
    screen->shows_owners = false;
    choose(screen);
}

/* ---- filter */

static void apply_filter(tide_screen *screen) {
    regex_t filter = {0};
    int code = *screen->edited_text ? regcomp(&filter, screen->edited_text, REG_EXTENDED | REG_NOSUB) : 0;
    screen->is_editing = false;
    if (code) {
        char why[128];
        regerror(code, &filter, why, sizeof why);
        snprintf(screen->message, sizeof screen->message, "no regular expression: %s", why);
        return;
    }
    drop_filter(screen);
    screen->filter = filter;
    memcpy(screen->filter_text, screen->edited_text, sizeof screen->filter_text);
    choose(screen);
}

static void erase_character(char *text) {
    size_t length = strlen(text);
    while (length && ((unsigned char)text[length - 1] & 0xC0) == 0x80)
        length--; /* UTF-8 */
    text[length ? length - 1 : 0] = 0;
}

static void append_character(char *text, uint32_t character) {
    char bytes[16];
    mbstate_t state = {0};
    size_t count = wcrtomb(bytes, (wchar_t)character, &state), length = strlen(text);
    if (count == (size_t)-1 || length + count >= TIDE_FILTER_MAX)
        return;
    memcpy(text + length, bytes, count);
    text[length + count] = 0;
}

static void edit_filter(tide_screen *screen, uint32_t key) {
    if (key == TIDE_KEY_ENTER)
        apply_filter(screen);
    else if (key == TIDE_KEY_ESCAPE)
        screen->is_editing = false;
    else if (key == TIDE_KEY_BACKSPACE)
        erase_character(screen->edited_text);
    else if (key >= ' ' && key < TIDE_KEY_UP)
        append_character(screen->edited_text, key);
}

static void begin_filter(tide_screen *screen) {
    screen->is_editing = true;
    memcpy(screen->edited_text, screen->filter_text, sizeof screen->edited_text);
}

/* ---- keys */

static bool move_cursor(tide_screen *screen, uint32_t key) {
    size_t page = tide_screen_table_rows(screen), last = screen->rows.count ? screen->rows.count - 1 : 0;
    size_t at = screen->cursor;
    switch (key) {
    case TIDE_KEY_UP:
        screen->cursor = at ? at - 1 : 0;
        break;
    case TIDE_KEY_DOWN:
        screen->cursor = at + 1;
        break;
    case TIDE_KEY_PAGE_UP:
        screen->cursor = at > page ? at - page : 0;
        break;
    case TIDE_KEY_PAGE_DOWN:
        screen->cursor = at + page;
        break;
    case TIDE_KEY_HOME:
        screen->cursor = 0;
        break;
    case TIDE_KEY_END:
        screen->cursor = last;
        break;
    default:
        return false;
    }
    scroll(screen);
    return true;
}

static void choose_owners_by_key(tide_screen *screen, uint32_t key) {
    if (key == ' ')
        pause_or_go_on(screen);
    else if (key == 'w' || key == TIDE_KEY_ESCAPE || key == TIDE_KEY_BACKSPACE)
        show_functions(screen);
}

static void choose_by_key(tide_screen *screen, uint32_t key) {
    switch (key) {
    case 't':
        return sort(screen, TIDE_SORT_TOTAL);
    case 'o':
        return sort(screen, TIDE_SORT_OWN);
    case 'a':
        return sort(screen, TIDE_SORT_ALLOCATIONS);
    case TIDE_KEY_LEFT:
        return turn_to_thread(screen, (size_t)-1);
    case TIDE_KEY_RIGHT:
        return turn_to_thread(screen, 1);
    case 'm':
        return merge_threads(screen);
    case 'd':
        return mark(screen);
    case 'p':
        screen->view = screen->view == TIDE_VIEW_PEAK ? TIDE_VIEW_LEAKS : TIDE_VIEW_PEAK;
        return choose(screen);
    case 'w':
        return show_owners(screen);
    case ' ':
        return pause_or_go_on(screen);
    case '/':
        return begin_filter(screen);
    case TIDE_KEY_ENTER:
        return open_row(screen);
    case TIDE_KEY_ESCAPE:
    case TIDE_KEY_BACKSPACE:
        return close_row(screen);
    default:
        return;
    }
}

enum tide_screen_wish tide_screen_key(tide_screen *screen, uint32_t key) {
    bool was_helping = screen->is_helping;
    *screen->message = 0;
    screen->is_helping = false;
    if (screen->is_editing)
        edit_filter(screen, key);
    else if (key == 'q')
        return TIDE_SCREEN_LEAVES;
    else if (was_helping)
        return TIDE_SCREEN_STAYS; /* any key leads back */
    else if (key == '?')
        screen->is_helping = true;
    else if (key == 's' && screen->programs_count)
        return TIDE_SCREEN_SAVES;
    else if (has_table(screen) && !move_cursor(screen, key))
        (screen->shows_owners ? choose_owners_by_key : choose_by_key)(screen, key);
    return TIDE_SCREEN_STAYS;
}
