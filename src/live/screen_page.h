/* live/screen_page: the live view as lines of text, for a terminal of the model's size. Drawing them is all that is
 * left to do, so that tests read what people see. */
#pragma once
#include "live/screen_model.h"

enum tide_screen_look {
    TIDE_LOOK_PLAIN,
    TIDE_LOOK_TITLE,
    TIDE_LOOK_PLOT,
    TIDE_LOOK_HEAD,   /* of the table */
    TIDE_LOOK_CURSOR, /* the row that Enter opens */
    TIDE_LOOK_KEYS,
    TIDE_LOOK_ALERT,
};

typedef struct tide_screen_line {
    char *text; /* owned; fits the columns */
    enum tide_screen_look look;
} tide_screen_line;

typedef struct tide_screen_page {
    TIDE_VEC(tide_screen_line) lines; /* at most as many as the terminal has */
} tide_screen_page;

/* `style`: its colours are not used. Cost: the rows that are seen, and the timeline. */
tide_screen_page tide_screen_page_make(const tide_screen *screen, const tide_style *style);
void tide_screen_page_free(tide_screen_page *page);
