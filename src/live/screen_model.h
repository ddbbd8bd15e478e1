/* live/screen_model: what the live view shows, and what the keys change of it. Knows no terminal.
 *
 *   feed ─► update ─┐   ┌─► thread, filter, view, mark, order ─► rows   screen_rows.c
 *   keys ─► key ────┴───┴─► cursor, first row on the screen             screen_page.h makes text of all this
 *
 * A paused screen is not refreshed: whoever feeds it leaves the ledger unread, so that table, mark and a recording that
 * is saved speak of the same moment. Not thread-safe. */
#pragma once
#include "heap/owners.h"
#include "live/feed.h"
#include "report/rows.h"
#include "report/selection.h"

enum tide_screen_key { /* beyond Unicode; every other key is its character */
                       TIDE_KEY_UP = 0x110000,
                       TIDE_KEY_DOWN,
                       TIDE_KEY_LEFT,
                       TIDE_KEY_RIGHT,
                       TIDE_KEY_PAGE_UP,
                       TIDE_KEY_PAGE_DOWN,
                       TIDE_KEY_HOME,
                       TIDE_KEY_END,
                       TIDE_KEY_ENTER,
                       TIDE_KEY_ESCAPE,
                       TIDE_KEY_BACKSPACE,
};

enum tide_screen_wish { TIDE_SCREEN_STAYS, TIDE_SCREEN_SAVES, TIDE_SCREEN_LEAVES };

/* A row of the table, or around one function: itself, those that call it, those that it calls. Or, of what the program
 * says of itself: an owner, below its parent; the head of sections; a section. */
enum tide_screen_part {
    TIDE_SCREEN_ROW,
    TIDE_SCREEN_CALLER,
    TIDE_SCREEN_ITSELF,
    TIDE_SCREEN_CALLEE,
    TIDE_SCREEN_OWNER,
    TIDE_SCREEN_SECTIONS,
    TIDE_SCREEN_SECTION,
};
typedef struct tide_screen_row {
    enum tide_screen_part part;
    union {
        uint32_t function; /* TIDE_NONE: the start of a thread */
        uint32_t given;    /* row of the heap's owners, of its sections */
    };
    uint32_t place, depth;  /* of a function; of an owner */
    tide_share now, before; /* of a function; before: at the mark, zero without one */
} tide_screen_row;

typedef struct tide_screen_thread {
    uint32_t tid, name; /* string of the heap: the last name it had */
} tide_screen_thread;

enum { TIDE_FILTER_MAX = 128 };

typedef struct tide_screen {
    tide_feed_view feed;                       /* borrowed until the next update */
    uint64_t now_ns;                           /* CLOCK_MONOTONIC, of the last update */
    uint64_t samples_count, allocations_count; /* readings of the ledger; what was allocated so far */
    uint32_t columns, lines_count;             /* of the terminal */

    /* what is chosen */
    enum tide_sort sort;
    enum tide_view view;             /* TIDE_VIEW_LEAKS: held now; TIDE_VIEW_PEAK */
    uint32_t thread_tid, merged_tid; /* 0: all; merged_tid: where `m` leads back to */
    uint32_t opened;                 /* function whose callers and callees are shown; TIDE_NONE: the table */
    bool shows_owners;               /* in the place of functions */
    bool is_paused, is_helping, is_editing, has_mark;
    TIDE_VEC(tide_counts) mark; /* of each site there was */
    uint64_t mark_ns;           /* since the program's start */
    regex_t filter;             /* set when filter_text is not empty */
    char filter_text[TIDE_FILTER_MAX], edited_text[TIDE_FILTER_MAX];
    char message[600]; /* what the last key had to say */

    /* what follows from it */
    tide_tree tree; /* of all stacks that there were so far */
    tide_tree_index tree_node;
    TIDE_VEC(tide_screen_thread) threads;
    TIDE_VEC(tide_screen_row) rows;
    tide_owner_sums_list owners; /* while they are shown, a row for each of the heap */
    tide_weight sum, sum_before; /* of the selected sites */
    size_t cursor, first;        /* rows */
    uint32_t programs_count;     /* of the program that all this is about */
} tide_screen;

void tide_screen_init(tide_screen *screen);
void tide_screen_free(tide_screen *screen);

/* News of the feed: samples, how it ended. O(1), but for another program, which is counted at once. */
void tide_screen_update(tide_screen *screen, const tide_feed_view *feed, uint64_t now_ns);
/* The ledger was read again. Cost: O(sites + nodes + functions × log functions). */
void tide_screen_recount(tide_screen *screen);
/* Names have been found for what had none: the same, from the ground up. */
void tide_screen_rename(tide_screen *screen);
void tide_screen_resize(tide_screen *screen, uint32_t columns, uint32_t lines_count);
/* A key, as above. What is left to do for it. */
enum tide_screen_wish tide_screen_key(tide_screen *screen, uint32_t key);

uint32_t tide_screen_plot_lines(const tide_screen *screen); /* with the axis; 0: no room */
uint32_t tide_screen_table_rows(const tide_screen *screen); /* that fit below the head of the table */
void tide_screen_make_rows(tide_screen *screen);            /* screen_rows.c; for what has been chosen */
bool tide_screen_has_owners(
    const tide_screen *screen); /* or sections: the program says something of itself */
