/* cli/terminal: what the screen that one of our descriptors leads to can show. */
#pragma once
#include "base/text.h"
#include <stdint.h>
#include <stdio.h>

typedef struct tide_terminal {
    uint32_t columns, rows; /* 0: it is not a terminal, nothing has to be cut */
    bool has_cursor;        /* that escape sequences move */
    tide_style style;
} tide_terminal;

/* COLUMNS, LANG and NO_COLOR count as usual. */
tide_terminal tide_terminal_of(int fd);
/* Shows `text` in place of what this showed before, which had `*lines_count` lines (0 at first). Cuts what is wider or
 * longer than the terminal, and `text` into its lines. */
void tide_terminal_replace(const tide_terminal *terminal, FILE *out, char *text, size_t *lines_count);
