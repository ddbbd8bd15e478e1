#include "base/text.h"
#include "cli/command.h"
#include "cli/help.h"
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 64, LONG_ONLY = 256 }; /* getopt's value for option i: LONG_ONLY + i */

static size_t count_options(const tide_option *options) {
    size_t count = 0;
    while (options[count].name && count < OPTIONS_MAX)
        count++;
    return count;
}

/* As getopt(3) wants it: none, or one for a value, or two for one that may be left out. */
static int value_colons(const tide_option *option) {
    return !option->value ? 0 : *option->value == '[' ? 2 : 1;
}

static void fill_letters(char *letters, const tide_option *options, bool stops_at_operand) {
    if (stops_at_operand)
        *letters++ = '+';
    *letters++ = ':'; /* tell a missing value from an unknown option */
    for (const tide_option *option = options; option->name; option++)
        if (option->letter) {
            *letters++ = option->letter;
            for (int colons = value_colons(option); colons; colons--)
                *letters++ = ':';
        }
    strcpy(letters, "h");
}

static void fill_names(struct option *names, const tide_option *options, size_t count) {
    static const int has_arg[] = {no_argument, required_argument, optional_argument};
    for (size_t i = 0; i < count; i++)
        names[i] = (struct option){.name = options[i].name,
                                   .has_arg = has_arg[value_colons(&options[i])],
                                   .val = LONG_ONLY + (int)i};
    names[count] = (struct option){.name = "help", .has_arg = no_argument, .val = 'h'};
    names[count + 1] = (struct option){0};
}

static int wrong_option(const char *command, const tide_option *options, int got, char **argv) {
    const char *whole = argv[optind - 1];
    bool is_letter = optopt && optopt < LONG_ONLY;
    char letter[] = {'-', (char)optopt, 0};
    if (got == ':')
        tide_wrong_use(command, "option '%s' needs a value", is_letter ? letter : whole);
    else if (optopt >= LONG_ONLY)
        tide_wrong_use(command, "option '--%s' takes no value", options[optopt - LONG_ONLY].name);
    else
        tide_wrong_use(command, "unknown option '%s'", is_letter ? letter : whole);
    return TIDE_OPTIONS_WRONG;
}

int tide_options_next(const tide_option *options, bool stops_at_operand, int argc, char **argv,
                      const char **ret_value) {
    char letters[3 * OPTIONS_MAX + 4];
    struct option names[OPTIONS_MAX + 2];
    size_t count = count_options(options);
    fill_letters(letters, options, stops_at_operand);
    fill_names(names, options, count);
    opterr = 0;
    int got = getopt_long(argc, argv, letters, names, NULL);
    *ret_value = optarg;
    if (got == -1)
        return TIDE_OPTIONS_END;
    if (got == 'h') {
        tide_help_command(argv[0]);
        return TIDE_OPTIONS_HELPED;
    }
    if (got == '?' || got == ':')
        return wrong_option(argv[0], options, got, argv);
    if (got >= LONG_ONLY)
        return got - LONG_ONLY;
    for (size_t i = 0; i < count; i++)
        if (options[i].letter == got)
            return (int)i;
    return TIDE_OPTIONS_WRONG;
}

int tide_options_status(int end) {
    return end == TIDE_OPTIONS_HELPED ? TIDE_EXIT_OK : TIDE_EXIT_USAGE;
}

void tide_say(const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char *clean = tide_text_clean(text); /* a name of a file may move the cursor */
    fprintf(stderr, "tidemark: %s\n", clean);
    free(clean);
}

int tide_wrong_use(const char *command, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    tide_say("%s (see: tidemark %s%s--help)", text, command ? command : "", command ? " " : "");
    return TIDE_EXIT_USAGE;
}
