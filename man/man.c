#include "describe.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Pages for man(7). A minus that is typed is "\-": a plain one may become a hyphen. */
static void put_text(const char *text) {
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text; text++)
        if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\\')
            fputs("\\e", stdout);
        else
            putchar(*text);
}

static void put_title(const char *name) {
    printf(".TH \"TIDEMARK");
    if (name)
        putchar('-');
    for (const char *at = name ? name : ""; *at; at++)
        putchar(toupper((unsigned char)*at));
    printf("\" 1 \"\" \"tidemark %s\" \"Tidemark\"\n.SH NAME\n", tide_version);
}

static void put_option(const tide_option *option) {
    printf(".TP\n");
    if (option->letter)
        printf("\\fB\\-%c\\fR, ", option->letter);
    printf("\\fB\\-\\-");
    put_text(option->name);
    printf("\\fR");
    if (option->value && *option->value == '[')
        printf("[=\\fI%.*s\\fR]", (int)(strlen(option->value) - 3), option->value + 2);
    else if (option->value)
        printf(" \\fI%s\\fR", option->value);
    putchar('\n');
    put_text(option->summary);
    putchar('\n');
}

static void put_statuses(bool is_programs) {
    printf(".SH EXIT STATUS\n");
    if (is_programs)
        printf(
            "That of the program: 128 and the signal's number when it was killed, 126 or 127 when it could not be "
            "started. What Tidemark itself has to say:\n");
    static const char *const meanings[] = {
        "All is well.", "Something failed, and a line on standard error says what.",
        "The command line is wrong.",
        "Part of the answer is missing, and a line on standard error says what."};
    for (int status = is_programs ? 1 : 0; status <= TIDE_EXIT_PARTIAL - is_programs; status++)
        printf(".TP\n%d\n%s\n", status, meanings[status]);
}

static void put_see_also(const tide_command *but) {
    const char *comma = "";
    printf(".SH SEE ALSO\n");
    if (but) {
        printf("\\fBtidemark\\fR(1)");
        comma = ", ";
    }
    for (const tide_command *command = tide_commands; command->name; command++)
        if (command != but) {
            printf("%s\\fBtidemark\\-%s\\fR(1)", comma, command->name);
            comma = ",\n";
        }
    putchar('\n');
}

void tide_describe_man(void) {
    put_title(NULL);
    printf(
        "tidemark \\- how much memory a program uses, and where it comes from\n"
        ".SH SYNOPSIS\n.B tidemark\n\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
        ".SH DESCRIPTION\n"
        "Tidemark measures the memory of unmodified programs: from outside, by what the kernel says of any process, "
        "and from inside, every allocation with its call stack. Each command has a page of its own.\n"
        ".SH COMMANDS\n");
    for (const tide_command *command = tide_commands; command->name; command++) {
        printf(".TP\n\\fB%s\\fR ", command->name);
        put_text(command->usage);
        putchar('\n');
        put_text(command->summary);
        putchar('\n');
    }
    printf(".SH OPTIONS\n");
    put_option(&(tide_option){"help", 'h', NULL, "print the commands; after a command, what it takes"});
    put_option(&(tide_option){"version", 'V', NULL, "print the version"});
    put_statuses(false);
    printf(
        ".SH EXAMPLES\n.nf\ntidemark record \\-o shop.tide ./shop \\-\\-stock all\ntidemark report shop.tide\n"
        "tidemark report \\-\\-format html \\-o shop.html shop.tide\ntidemark diff yesterday.tide today.tide\n.fi\n");
    put_see_also(NULL);
}

static bool runs_programs(const tide_command *command) {
    return !strcmp(command->name, "run") || !strcmp(command->name, "record");
}

void tide_describe_man_command(const tide_command *command) {
    put_title(command->name);
    printf("tidemark\\-%s \\- ", command->name);
    put_text(command->summary);
    printf("\n.SH SYNOPSIS\n\\fBtidemark %s\\fR [\\fIOPTION\\fR]... ", command->name);
    put_text(command->usage);
    printf("\n.SH OPTIONS\n");
    for (const tide_option *option = command->options; option->name; option++)
        put_option(option);
    put_option(&(tide_option){"help", 'h', NULL, "print what is here, in short"});
    put_statuses(runs_programs(command));
    put_see_also(command);
}
