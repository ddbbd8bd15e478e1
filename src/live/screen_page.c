#include "live/screen_page.h"
#include "base/format.h"
#include "base/plot.h"
#include "live/screen_owners.h"
#include "live/screen_table.h"
#include <inttypes.h>
#include <stdarg.h>

enum { OLD_NS = 2000000000 }; /* what is older is told with its time */

struct page {
    tide_screen_page ret;
    const tide_screen *screen;
    const tide_style *style;
};

/* ---- lines */

static void put(struct page *page, enum tide_screen_look look, const char *text) {
    if (page->ret.lines.count < page->screen->lines_count)
        *tide_vec_push(&page->ret.lines) =
            (tide_screen_line){tide_text_fit(text, page->screen->columns, page->style), look};
}

__attribute__((format(printf, 3, 4))) static void put_line(struct page *page, enum tide_screen_look look,
                                                           const char *format, ...) {
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    put(page, look, text);
    free(text);
}

/* A head, and a line for each row. Cuts `text` into its lines. */
static void put_rows(struct page *page, char *text, size_t cursor) {
    put(page, TIDE_LOOK_HEAD, strsep(&text, "\n"));
    for (size_t i = 0; text && *text; i++)
        put(page, i == cursor ? TIDE_LOOK_CURSOR : TIDE_LOOK_PLAIN, strsep(&text, "\n"));
}

/* ---- the program */

static uint64_t run_ns(const tide_screen *screen) {
    const tide_recording *recording = screen->feed.recording;
    if (screen->feed.state == TIDE_FEED_RUNNING)
        return screen->now_ns > screen->feed.start_ns ? screen->now_ns - screen->feed.start_ns : 0;
    return recording->heap.totals.time_ns;
}

static void put_title(struct page *page) {
    const tide_screen *screen = page->screen;
    char duration[TIDE_FORMAT_MAX], *right, *left;
    const char *command = screen->feed.recording->info.command;
    char *clean = tide_text_clean(command ? command : "");
    tide_format_duration(duration, run_ns(screen));
    bool is_running = screen->feed.state == TIDE_FEED_RUNNING;
    right = tide_xasprintf("  %s %s", is_running ? "running" : "ran", duration);
    left = tide_xasprintf("PID %d  %s", (int)screen->feed.pid, clean);
    size_t right_columns = tide_text_columns(right);
    size_t room = screen->columns > right_columns + 10 ? screen->columns - right_columns : 10;
    char *fit = tide_text_fit(left, room, page->style);
    size_t columns = tide_text_columns(fit), pad = columns < room ? room - columns : 0;
    put_line(page, TIDE_LOOK_TITLE, "%s%*s%s", fit, (int)pad, "", right);
    free(fit);
    free(left);
    free(right);
    free(clean);
}

static const tide_sample *last_sample(const tide_recording *recording) {
    return recording->samples.count ? &recording->samples.at[recording->samples.count - 1] : NULL;
}

/* A paused table is older than the last sample. */
static uint64_t heap_bytes(const tide_screen *screen) {
    const tide_totals *totals = &screen->feed.recording->heap.totals;
    const tide_sample *sample = last_sample(screen->feed.recording);
    return screen->is_paused && sample && sample->time_ns > totals->time_ns ? sample->heap_bytes
                                                                            : totals->heap_bytes;
}

static void put_heap(struct page *page) {
    const tide_totals *totals = &page->screen->feed.recording->heap.totals;
    char heap[TIDE_FORMAT_MAX], peak[TIDE_FORMAT_MAX], when[TIDE_FORMAT_MAX], figure[TIDE_FORMAT_MAX];
    char *mapped = totals->mapped_bytes ? tide_xasprintf("   mapped beside it %s",
                                                         tide_format_bytes(figure, totals->mapped_bytes))
                                        : tide_xstrdup("");
    char *lost = totals->lost_events
                     ? tide_xasprintf("   %s events lost", tide_format_count(figure, totals->lost_events))
                     : tide_xstrdup("");
    put_line(page, TIDE_LOOK_PLAIN, "heap %s   peak %s at %s%s%s",
             tide_format_bytes(heap, heap_bytes(page->screen)),
             tide_format_bytes(peak, totals->heap_peak_bytes),
             tide_format_duration(when, totals->peak_time_ns), mapped, lost);
    free(lost);
    free(mapped);
}

/* "8.20 MiB". PSS is measured less often than RSS: when it is older, "8.20 MiB at 1.20 s". Owned (free). */
static char *pss_text(const tide_recording *recording) {
    char bytes[TIDE_FORMAT_MAX], when[TIDE_FORMAT_MAX];
    const tide_sample *last = last_sample(recording), *sample = last;
    while (sample && !sample->pss_bytes)
        sample = sample > recording->samples.at ? sample - 1 : NULL;
    if (!sample)
        return tide_xstrdup("?");
    tide_format_bytes(bytes, sample->pss_bytes);
    return last->time_ns - sample->time_ns < OLD_NS
               ? tide_xstrdup(bytes)
               : tide_xasprintf("%s at %s", bytes, tide_format_duration(when, sample->time_ns));
}

static void put_counts(struct page *page) {
    const tide_screen *screen = page->screen;
    const tide_recording *recording = screen->feed.recording;
    const tide_sample *sample = last_sample(recording);
    char allocations[TIDE_FORMAT_MAX], samples[TIDE_FORMAT_MAX], rss[TIDE_FORMAT_MAX] = "?";
    char *pss = pss_text(recording);
    if (sample)
        tide_format_bytes(rss, sample->rss_bytes);
    put_line(page, TIDE_LOOK_PLAIN, "RSS %s   PSS %s   allocations %s   samples %s", rss, pss,
             tide_format_count(allocations, screen->allocations_count),
             tide_format_count(samples, screen->samples_count));
    free(pss);
}

/* ---- over time */

/* Lines of one plot, the last one with its name before the axis. Owned (free), "" where there is no room. */
static char *draw_plot(const struct page *page, const char *name, bool is_rss, uint32_t columns) {
    const tide_recording *recording = page->screen->feed.recording;
    tide_plot plot = {0};
    char *text;
    size_t size;
    for (size_t i = 0; i < recording->samples.count; i++) {
        const tide_sample *sample = &recording->samples.at[i];
        tide_plot_add(&plot, sample->time_ns, is_rss ? sample->rss_bytes : sample->heap_bytes);
    }
    FILE *out = open_memstream(&text, &size);
    tide_plot_print(out, &plot, columns, tide_screen_plot_lines(page->screen) - 1, page->style);
    fclose(out);
    char *axis = text + (size ? size - 1 : 0);
    while (axis > text && axis[-1] != '\n')
        axis--;
    for (size_t i = 0; size && name[i]; i++)
        axis[5 + i] = name[i]; /* the axis begins with nine spaces */
    tide_plot_free(&plot);
    return text;
}

static void put_plots(struct page *page) {
    enum { PLOT_COLUMNS_MIN = 30, GAP = 2 };
    uint32_t lines_count = tide_screen_plot_lines(page->screen), columns = page->screen->columns;
    if (!lines_count)
        return;
    bool has_both = columns >= 2 * PLOT_COLUMNS_MIN + GAP;
    uint32_t half = has_both ? (columns - GAP) / 2 : columns;
    char *heap = draw_plot(page, "heap", false, half), *heap_rest = heap;
    char *rss = has_both ? draw_plot(page, " RSS", true, half) : tide_xstrdup(""), *rss_rest = rss;
    for (uint32_t i = 0; i < lines_count; i++) {
        const char *left = heap_rest ? strsep(&heap_rest, "\n") : "";
        const char *right = rss_rest ? strsep(&rss_rest, "\n") : "";
        size_t left_columns = tide_text_columns(left);
        int pad = left_columns < half + GAP ? (int)(half + GAP - left_columns) : 0;
        put_line(page, TIDE_LOOK_PLOT, "%s%*s%s", left, *right ? pad : 0, "", right);
    }
    free(heap);
    free(rss);
}

/* ---- what is shown */

/* "all threads", "thread 2 of 3: worker (4243)". Owned (free). */
static char *thread_text(const tide_screen *screen) {
    const tide_strings *strings = &screen->feed.recording->heap.strings;
    if (!screen->thread_tid)
        return screen->threads.count == 1 ? tide_xstrdup("all threads (1)")
                                          : tide_xasprintf("all threads (%zu)", screen->threads.count);
    for (size_t i = 0; i < screen->threads.count; i++) {
        const tide_screen_thread *thread = &screen->threads.at[i];
        if (thread->tid != screen->thread_tid)
            continue;
        char *name = tide_text_clean(tide_strings_get(strings, thread->name));
        char *text = tide_xasprintf("thread %zu of %zu: %s (%" PRIu32 ")", i + 1, screen->threads.count, name,
                                    thread->tid);
        free(name);
        return text;
    }
    return tide_xasprintf("thread %" PRIu32 ", whose row another one has now", screen->thread_tid);
}

/* "held now 1.20 MiB in 34 blocks", "since 1.20 s +3.00 KiB, +2 blocks". Owned (free). */
static char *sum_text(const tide_screen *screen) {
    const char *view = screen->view == TIDE_VIEW_PEAK ? "at the peak" : "held now";
    char amount[TIDE_FORMAT_MAX], blocks[TIDE_FORMAT_MAX];
    if (!screen->has_mark)
        return tide_xasprintf("%s %s in %s block%s", view, tide_format_bytes(amount, screen->sum.amount),
                              tide_format_count(blocks, screen->sum.blocks),
                              screen->sum.blocks == 1 ? "" : "s");
    char *change = tide_screen_change_bytes(screen->sum.amount, screen->sum_before.amount);
    char *text =
        tide_xasprintf("%s %s since %s", view, change, tide_format_duration(amount, screen->mark_ns));
    free(change);
    return text;
}

/* "all threads (2)   held now 1.20 MiB in 34 blocks   matching 'parse'". Owned (free). */
static char *functions_text(const tide_screen *screen) {
    char *thread = thread_text(screen), *sum = sum_text(screen);
    char *filter =
        *screen->filter_text ? tide_xasprintf("   matching '%s'", screen->filter_text) : tide_xstrdup("");
    char *text = tide_xasprintf("%s   %s%s", thread, sum, filter);
    free(filter);
    free(sum);
    free(thread);
    return text;
}

static void put_shown(struct page *page) {
    const tide_screen *screen = page->screen;
    char *what =
        screen->shows_owners ? tide_xstrdup("owners, all threads, held now") : functions_text(screen);
    char *row = screen->rows.count > tide_screen_table_rows(screen)
                    ? tide_xasprintf("   row %zu of %zu", screen->cursor + 1, screen->rows.count)
                    : tide_xstrdup("");
    put_line(page, TIDE_LOOK_TITLE, "%s%s%s", what, screen->is_paused ? "   PAUSED" : "", row);
    free(row);
    free(what);
}

/* ---- the last line */

static void put_end(struct page *page) {
    const tide_end *end = &page->screen->feed.end;
    const char *what = "Remote has disconnected";
    switch ((enum tide_end_kind)end->kind) {
    case TIDE_END_EXITED:
        return put_line(page, TIDE_LOOK_ALERT, "%s: exit status %" PRIu32, what, end->status);
    case TIDE_END_SIGNALED:
        return put_line(page, TIDE_LOOK_ALERT, "%s: killed by signal %" PRIu32 " (%s)", what, end->status,
                        strsignal((int)end->status));
    case TIDE_END_DETACHED:
        return put_line(page, TIDE_LOOK_ALERT, "%s: the recording has ended, the program goes on", what);
    case TIDE_END_EXEC:
        return put_line(page, TIDE_LOOK_ALERT, "%s: replaced by a program that cannot be watched", what);
    case TIDE_END_NONE:
    case TIDE_END_GONE:
    default:
        return put_line(page, TIDE_LOOK_ALERT, "%s: how the program ended is not known", what);
    }
}

/* Those that fit. `has_owners` false: "w owners" has nothing to show. */
static void put_keys(struct page *page, bool has_owners) {
    static const char *const of_functions[] = {"q quit",     "? help",        "w owners", "t/o/a sort",
                                               "←/→ thread", "Enter callers", "/ filter", "d change",
                                               "p peak",     "space pause",   "m merge",  "s save",
                                               NULL};
    static const char *const of_owners[] = {"q quit", "? help", "w functions", "space pause", "s save", NULL};
    enum { OWNERS = 2, ARROWS = 4 };
    const char *const *keys = page->screen->shows_owners ? of_owners : of_functions;
    char line[256] = "";
    for (size_t i = 0; keys[i]; i++) {
        bool is_arrows = keys == of_functions && i == ARROWS;
        const char *key = is_arrows && !page->style->is_unicode ? "left/right thread" : keys[i];
        if (i == OWNERS && !has_owners)
            continue;
        if (tide_text_columns(line) + tide_text_columns(key) + 2 > page->screen->columns)
            break;
        strcat(strcat(line, i ? "  " : ""), key);
    }
    put(page, TIDE_LOOK_KEYS, line);
}

static void put_last_line(struct page *page) {
    const tide_screen *screen = page->screen;
    while (page->ret.lines.count + 1 < screen->lines_count)
        put(page, TIDE_LOOK_PLAIN, "");
    if (screen->is_editing)
        put_line(page, TIDE_LOOK_TITLE, "only stacks that match: /%s_", screen->edited_text);
    else if (*screen->message)
        put(page, TIDE_LOOK_ALERT, screen->message);
    else if (screen->feed.state == TIDE_FEED_ENDED)
        put_end(page);
    else
        put_keys(page, screen->programs_count && tide_screen_has_owners(screen));
}

/* ---- instead of a table */

static void put_waiting(struct page *page) {
    const tide_feed_view *feed = &page->screen->feed;
    if (feed->state == TIDE_FEED_ENDED)
        put_line(page, TIDE_LOOK_TITLE, "Port %u: nothing to watch here", feed->port);
    else if (feed->tool_pid)
        put_line(page, TIDE_LOOK_TITLE, "Port %u: the program is about to start", feed->port);
    else
        put_line(page, TIDE_LOOK_TITLE, "Port %u: waiting for a program to watch", feed->port);
    put(page, TIDE_LOOK_PLAIN, "");
    if (!feed->tool_pid)
        put_line(page, TIDE_LOOK_PLAIN, "In another shell: tidemark run --live --live-port %u PROGRAM",
                 feed->port);
}

static void put_help(struct page *page) {
    static const char *const lines[] = {
        "t o a       sort by total, own, allocations",
        "up down     move; also the mouse wheel, PgUp, PgDn, Home, End",
        "left right  one thread after the other; all threads come first",
        "m           all threads together, or one of them again",
        "Enter       who calls the function, and what it calls; Esc leads back",
        "/           only stacks with a function or file that matches",
        "d           from now on, what has changed; again: all",
        "p           at the peak, or held now",
        "space       hold the table, or go on",
        "w           who owns the memory, by the program's own word; again: functions",
        "s           save a recording of what is shown",
        "q           leave; the program goes on",
        "",
        "total  held by what a function allocated and all that it called",
        "own    allocated by itself",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        put(page, TIDE_LOOK_PLAIN, lines[i]);
}

static void put_table(struct page *page) {
    const tide_screen *screen = page->screen;
    put_shown(page);
    put_plots(page);
    char *table = screen->shows_owners ? tide_screen_owners_text(screen, page->style)
                                       : tide_screen_table_text(screen, page->style);
    put_rows(page, table, screen->cursor - screen->first);
    free(table);
}

tide_screen_page tide_screen_page_make(const tide_screen *screen, const tide_style *style) {
    struct page page = {.screen = screen, .style = style};
    if (!screen->programs_count) {
        put_waiting(&page);
    } else {
        put_title(&page);
        put_heap(&page);
        put_counts(&page);
        if (screen->is_helping)
            put_help(&page);
        else
            put_table(&page);
    }
    put_last_line(&page);
    return page.ret;
}

void tide_screen_page_free(tide_screen_page *page) {
    for (size_t i = 0; i < page->lines.count; i++)
        free(page->lines.at[i].text);
    tide_vec_free(&page->lines);
}
