/* cli/help: what --help prints, made from the table of commands. */
#pragma once
#include "cli/command.h"

const tide_command *tide_command_find(const char *name); /* NULL: no such command */
void tide_help_all(void);
void tide_help_command(const char *name); /* of a command that exists */
