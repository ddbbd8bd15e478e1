/* cli/terminal: what the screen that one of our descriptors leads to can show. */
#pragma once
#include "base/text.h"
#include <stdint.h>

typedef struct tide_terminal {
    uint32_t columns, rows; /* 0: it is not a terminal, nothing has to be cut */
    bool has_cursor;        /* that escape sequences move */
    tide_style style;
} tide_terminal;

/* COLUMNS, LANG and NO_COLOR count as usual. */
tide_terminal tide_terminal_of(int fd);
