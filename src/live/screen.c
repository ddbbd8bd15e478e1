#include "live/screen.h"
#include "live/screen_page.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <ncursesw/ncurses.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { SECOND_NS = 1000000000, ESCAPE_DELAY_MS = 25, WHEEL_ROWS = 3, NAME_TRIES = 1000 };
enum {
    KEPT_MMAP_BYTES = 1 << 25,
    KEPT_TOP_BYTES = 1 << 28
}; /* the first is the most that mallopt(3) takes */
enum { PAIR_TITLE = 1, PAIR_PLOT, PAIR_ALERT };

struct show {
    tide_feed *feed;
    const tide_style *style;
    tide_screen model;
    uint64_t next_second_ns;
    int failure; /* of the feed: nothing more comes from it, and the last table stays */
    tide_err why;
    bool is_left;
};

static volatile sig_atomic_t is_asked_to_leave;

static void ask_to_leave(int number) {
    (void)number;
    is_asked_to_leave = 1;
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- drawing */

static attr_t look_attributes(enum tide_screen_look look, bool has_colour) {
    switch (look) {
    case TIDE_LOOK_TITLE:
        return A_BOLD | (has_colour ? (attr_t)COLOR_PAIR(PAIR_TITLE) : A_NORMAL);
    case TIDE_LOOK_PLOT:
        return has_colour ? (attr_t)COLOR_PAIR(PAIR_PLOT) : A_NORMAL;
    case TIDE_LOOK_HEAD:
        return A_BOLD | A_UNDERLINE;
    case TIDE_LOOK_CURSOR:
        return A_REVERSE;
    case TIDE_LOOK_KEYS:
        return A_DIM;
    case TIDE_LOOK_ALERT:
        return A_BOLD | (has_colour ? (attr_t)COLOR_PAIR(PAIR_ALERT) : A_NORMAL);
    case TIDE_LOOK_PLAIN:
    default:
        return A_NORMAL;
    }
}

static void draw(const struct show *show) {
    bool has_colour = show->style->has_colour && has_colors();
    tide_screen_page page = tide_screen_page_make(&show->model, show->style);
    erase();
    for (size_t i = 0; i < page.lines.count; i++) {
        attr_t attributes = look_attributes(page.lines.at[i].look, has_colour);
        attr_set(attributes & ~A_COLOR, (short)PAIR_NUMBER(attributes), NULL);
        move((int)i, 0);
        clrtoeol(); /* of a line above that had wide characters */
        addstr(page.lines.at[i].text);
        attr_set(A_NORMAL, 0, NULL);
        if (page.lines.at[i].look == TIDE_LOOK_CURSOR)
            mvchgat((int)i, 0, -1, A_REVERSE, 0, NULL);
    }
    refresh();
    tide_screen_page_free(&page);
}

/* ---- the feed */

static void update(struct show *show) {
    tide_feed_view view = tide_feed_look(show->feed);
    tide_screen_update(&show->model, &view, now_ns());
}

/* True: there is something to draw; samples wait for the next second. */
static bool take_news(struct show *show) {
    bool is_news = false;
    int event;
    while ((event = tide_feed_next(show->feed, &show->why)) > TIDE_FEED_NOTHING) {
        is_news |= event != TIDE_FEED_SAMPLED;
        if (event == TIDE_FEED_STARTED)
            show->next_second_ns = 0; /* the first table comes at once */
    }
    if (event < 0) {
        show->failure = event;
        snprintf(show->model.message, sizeof show->model.message, "%s", show->why.text);
    }
    update(show);
    if (is_news || show->failure)
        tide_screen_rename(&show->model);
    return is_news || show->failure;
}

/* Read the ledger again, unless the table is held. */
static void begin_second(struct show *show) {
    tide_err err;
    update(show);
    if (show->model.feed.state == TIDE_FEED_RUNNING && !show->model.is_paused) {
        if (tide_feed_refresh(show->feed, &err))
            snprintf(show->model.message, sizeof show->model.message, "%s", err.text);
        show->model.samples_count++;
        update(show);
        tide_screen_recount(&show->model);
    }
    show->next_second_ns = now_ns() + SECOND_NS;
}

/* ---- keys */

/* "tidemark.4242.live-1.tide": what is there already stays. */
static void save(struct show *show) {
    tide_err err;
    int code = -EEXIST;
    char name[64];
    for (int i = 1; code == -EEXIST && i < NAME_TRIES; i++) {
        snprintf(name, sizeof name, "tidemark.%d.live-%d.tide", (int)show->model.feed.pid, i);
        code = tide_feed_save(show->feed, name, false, &err);
    }
    update(show);
    tide_screen_rename(&show->model); /* to save is to find all names */
    snprintf(show->model.message, sizeof show->model.message, "%s%s", code ? "" : "saved ",
             code ? err.text : name);
}

static void press(struct show *show, uint32_t key) {
    switch (tide_screen_key(&show->model, key)) {
    case TIDE_SCREEN_SAVES:
        save(show);
        break;
    case TIDE_SCREEN_LEAVES:
        show->is_left = true;
        break;
    case TIDE_SCREEN_STAYS:
    default:
        break;
    }
}

static void turn_wheel(struct show *show) {
    MEVENT event;
    if (getmouse(&event) != OK)
        return;
    uint32_t key = event.bstate & BUTTON4_PRESSED   ? TIDE_KEY_UP
                   : event.bstate & BUTTON5_PRESSED ? TIDE_KEY_DOWN
                                                    : 0;
    for (int i = 0; key && i < WHEEL_ROWS; i++)
        press(show, key);
}

static void press_function_key(struct show *show, wint_t key) {
    static const struct {
        wint_t curses;
        uint32_t key;
    } keys[] = {
        {KEY_UP, TIDE_KEY_UP},         {KEY_DOWN, TIDE_KEY_DOWN},
        {KEY_LEFT, TIDE_KEY_LEFT},     {KEY_RIGHT, TIDE_KEY_RIGHT},
        {KEY_PPAGE, TIDE_KEY_PAGE_UP}, {KEY_NPAGE, TIDE_KEY_PAGE_DOWN},
        {KEY_HOME, TIDE_KEY_HOME},     {KEY_END, TIDE_KEY_END},
        {KEY_ENTER, TIDE_KEY_ENTER},   {KEY_BACKSPACE, TIDE_KEY_BACKSPACE},
    };
    if (key == KEY_RESIZE)
        tide_screen_resize(&show->model, (uint32_t)COLS, (uint32_t)LINES);
    else if (key == KEY_MOUSE)
        turn_wheel(show);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].curses == key)
            press(show, keys[i].key);
}

static void press_character(struct show *show, wint_t character) {
    switch (character) {
    case '\n':
    case '\r':
        return press(show, TIDE_KEY_ENTER);
    case '\033':
        return press(show, TIDE_KEY_ESCAPE);
    case '\b':
    case 127:
        return press(show, TIDE_KEY_BACKSPACE);
    default:
        return press(show, character);
    }
}

static bool take_keys(struct show *show) {
    wint_t key;
    bool is_any = false;
    for (int kind; !show->is_left && (kind = get_wch(&key)) != ERR; is_any = true)
        if (kind == KEY_CODE_YES)
            press_function_key(show, key);
        else
            press_character(show, key);
    return is_any;
}

/* ---- the loop */

/* Signals come only here, so that none is missed between looking and waiting. False: the keyboard is gone. */
static bool wait_for_something(const struct show *show, const sigset_t *outside) {
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = show->failure ? -1 : tide_feed_fd(show->feed), .events = POLLIN}};
    uint64_t now = now_ns(), left_ns = show->next_second_ns > now ? show->next_second_ns - now : 0;
    struct timespec timeout = {(time_t)(left_ns / SECOND_NS), (long)(left_ns % SECOND_NS)};
    int ready = ppoll(fds, 2, &timeout, outside);
    return ready <= 0 || !(fds[0].revents & (POLLHUP | POLLERR | POLLNVAL));
}

static void run(struct show *show, const sigset_t *outside) {
    do {
        bool is_changed = take_keys(show);
        if (!show->failure)
            is_changed |= take_news(show);
        if (now_ns() >= show->next_second_ns) {
            begin_second(show);
            is_changed = true;
        }
        if (is_changed)
            draw(show);
    } while (!show->is_left && !is_asked_to_leave && wait_for_something(show, outside));
}

static void block_signals(sigset_t *ret_outside) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
    sigset_t blocked;
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigaddset(&blocked, numbers[i]);
        if (numbers[i] != SIGWINCH)
            sigaction(numbers[i], &(struct sigaction){.sa_handler = ask_to_leave}, NULL);
    }
    sigprocmask(SIG_BLOCK, &blocked, ret_outside);
}

static void begin_colours(const tide_style *style) {
    if (!style->has_colour || !has_colors())
        return;
    start_color();
    use_default_colors();
    init_pair(PAIR_TITLE, COLOR_CYAN, -1);
    init_pair(PAIR_PLOT, COLOR_GREEN, -1);
    init_pair(PAIR_ALERT, COLOR_RED, -1);
}

static bool begin(const tide_style *style) {
    if (!isatty(STDIN_FILENO) || !newterm(NULL, stdout, stdin))
        return false;
    set_escdelay(ESCAPE_DELAY_MS);
    cbreak();
    noecho();
    curs_set(0);
    keypad(stdscr, true);
    nodelay(stdscr, true);
    mouseinterval(0);
    mousemask(BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
    begin_colours(style);
    return true;
}

/* A reading takes what the last one has given back, page by page: a quarter of its time were page faults. */
static void keep_memory(void) {
    mallopt(M_MMAP_THRESHOLD, KEPT_MMAP_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEPT_TOP_BYTES);
}

int tide_screen_show(tide_feed *feed, const tide_style *style, tide_err *err) {
    struct show show = {.feed = feed, .style = style};
    sigset_t outside;
    if (!begin(style))
        return tide_fail(err, -ENOTTY, "this is no terminal that can be drawn on; try --once");
    keep_memory();
    block_signals(&outside);
    tide_screen_init(&show.model);
    tide_screen_resize(&show.model, (uint32_t)COLS, (uint32_t)LINES);
    run(&show, &outside);
    endwin();
    tide_screen_free(&show.model);
    if (show.failure && err)
        *err = show.why;
    return show.failure;
}
