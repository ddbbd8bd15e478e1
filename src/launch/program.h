/* launch/program: from the name that was typed to the file that will run, as a shell does it. */
#pragma once
#include "base/err.h"

/* `name` with a slash is a path; else the folders of PATH are searched. `*ret_path` is owned (free).
 * -ENOENT not found · -EISDIR · -EACCES no permission */
int tide_program_find(char **ret_path, const char *name, tide_err *err);

/* One line to show: the arguments, those quoted that a shell would not take as they are. Owned (free). */
char *tide_program_quote(char *const argv[]);

/* A shell's exit status for a program that did not start: 127 for -ENOENT, 126 for what cannot be executed, 1 for what
 * Tidemark refuses to start. */
int tide_program_status(int code);
