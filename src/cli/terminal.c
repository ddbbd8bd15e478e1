#include "cli/terminal.h"
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_DEFAULT = 80, ROWS_DEFAULT = 24 };

static void find_size(tide_terminal *terminal, int fd) {
    struct winsize size = {0};
    const char *text = getenv("COLUMNS");
    unsigned long asked = text ? strtoul(text, NULL, 10) : 0;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0)
        size = (struct winsize){0};
    terminal->columns = asked && asked < UINT16_MAX ? (uint32_t)asked
                        : size.ws_col               ? size.ws_col
                                                    : COLUMNS_DEFAULT;
    terminal->rows = size.ws_row ? size.ws_row : ROWS_DEFAULT;
}

tide_terminal tide_terminal_of(int fd) {
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    tide_terminal terminal = {0};
    setlocale(LC_CTYPE, "");
    terminal.style.is_unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
    if (isatty(fd)) {
        find_size(&terminal, fd);
        terminal.has_cursor = term && strcmp(term, "dumb");
        terminal.style.has_colour = terminal.has_cursor && !(no_color && *no_color);
    }
    return terminal;
}
