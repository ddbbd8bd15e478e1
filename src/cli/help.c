#include "cli/help.h"
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { SUMMARY_COLUMN = 26 };

const tide_option tide_help_option_table[] = {{NULL}};

const tide_command *tide_command_find(const char *name) {
    for (const tide_command *command = tide_commands; command->name; command++)
        if (!strcmp(command->name, name))
            return command;
    return NULL;
}

void tide_help_all(void) {
    printf("Tidemark tells how much memory a program uses, and where it comes from.\n\n"
           "Usage: tidemark COMMAND [OPTION]... [ARGUMENT]...\n\nCommands:\n");
    for (const tide_command *command = tide_commands; command->name; command++)
        printf("  %-9s %s\n", command->name, command->summary);
    printf("\n'tidemark COMMAND --help' explains one of them; 'tidemark --version' tells the version.\n"
           "Begin with: tidemark record -o FILE PROGRAM ARGUMENTS..., then: tidemark report FILE\n");
}

static void print_option(const tide_option *option) {
    char left[64];
    int columns =
        snprintf(left, sizeof left, "  %c%c%s--%s%s%s", option->letter ? '-' : ' ',
                 option->letter ? option->letter : ' ', option->letter ? ", " : "  ", option->name,
                 option->value && *option->value != '[' ? " " : "", option->value ? option->value : "");
    if (columns + 2 > SUMMARY_COLUMN)
        printf("%s\n%*s%s\n", left, SUMMARY_COLUMN, "", option->summary);
    else
        printf("%-*s%s\n", SUMMARY_COLUMN, left, option->summary);
}

void tide_help_command(const char *name) {
    static const tide_option help = {"help", 'h', NULL, "print this"};
    const tide_command *command = tide_command_find(name);
    printf("tidemark %s: %s\n\nUsage: tidemark %s [OPTION]... %s\n\nOptions:\n", name, command->summary, name,
           command->usage);
    for (const tide_option *option = command->options; option->name; option++)
        print_option(option);
    print_option(&help);
}

int tide_cmd_help(int argc, char **argv) {
    const char *value;
    int option = tide_options_next(tide_help_option_table, false, argc, argv, &value);
    if (option != TIDE_OPTIONS_END)
        return tide_options_status(option);
    if (optind == argc) {
        tide_help_all();
        return TIDE_EXIT_OK;
    }
    if (!tide_command_find(argv[optind]))
        return tide_wrong_use(NULL, "there is no command '%s'", argv[optind]);
    tide_help_command(argv[optind]);
    return TIDE_EXIT_OK;
}
