#include "cli/help.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What a person has in hand who got the name wrong. */
static int no_such_command(const char *name) {
    if (*name == '-')
        return tide_wrong_use(NULL, "unknown option '%s'", name);
    return tide_wrong_use(NULL, "there is no command '%s'", name);
}

static int run(int argc, char **argv) {
    if (argc < 2)
        return tide_wrong_use(NULL, "no command given");
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        tide_help_all();
        return TIDE_EXIT_OK;
    }
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
        printf("tidemark %s\n", tide_version);
        return TIDE_EXIT_OK;
    }
    const tide_command *command = tide_command_find(argv[1]);
    return command ? command->run(argc - 1, argv + 1) : no_such_command(argv[1]);
}

int main(int argc, char **argv) {
    int status = run(argc, argv);
    if (fflush(stdout) != 0 && status == TIDE_EXIT_OK) {
        tide_say("cannot write: %s", strerror(errno));
        return TIDE_EXIT_ERROR;
    }
    return status;
}
