/* man/describe: manual pages and shell completions, made from the tool's own tables (src/cli/command.h) when it is built.
 *
 *   tide_commands ─► option tables ─► tidemark.1 tidemark-report.1 …      man.c
 *                                  └► tidemark.bash _tidemark tidemark.fish  shells.c */
#pragma once
#include "cli/command.h"

/* ---- man.c; to stdout, as all of these */
void tide_describe_man(void);                                /* tidemark(1) */
void tide_describe_man_command(const tide_command *command); /* tidemark-report(1) */

/* ---- shells.c */
void tide_describe_bash(void);
void tide_describe_zsh(void);
void tide_describe_fish(void);
