/* Usage: describe man | describe man COMMAND | describe bash | describe zsh | describe fish | describe commands */
#include "describe.h"
#include "cli/help.h"
#include <stdio.h>
#include <string.h>

static void list_commands(void) {
    for (const tide_command *command = tide_commands; command->name; command++)
        printf("%s\n", command->name);
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    const tide_command *command = argc > 2 ? tide_command_find(argv[2]) : NULL;
    if (!strcmp(what, "man") && command)
        tide_describe_man_command(command);
    else if (!strcmp(what, "man") && argc == 2)
        tide_describe_man();
    else if (!strcmp(what, "bash"))
        tide_describe_bash();
    else if (!strcmp(what, "zsh"))
        tide_describe_zsh();
    else if (!strcmp(what, "fish"))
        tide_describe_fish();
    else if (!strcmp(what, "commands"))
        list_commands();
    else
        return 2;
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
