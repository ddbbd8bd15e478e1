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

void tide_terminal_replace(const tide_terminal *terminal, FILE *out, char *text, size_t *lines_count) {
    char *rest;
    if (*lines_count)
        fprintf(out, "\033[%zuA\r", *lines_count);
    *lines_count = 0;
    for (char *line = strtok_r(text, "\n", &rest); line && *lines_count + 1 < terminal->rows;
         line = strtok_r(NULL, "\n", &rest), ++*lines_count) {
        char *fit = tide_text_fit(line, terminal->columns, &terminal->style);
        fprintf(out, "%s\033[K\n", fit);
        free(fit);
    }
    fputs("\033[J", out);
}
