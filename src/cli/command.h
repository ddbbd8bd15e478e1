/* cli/command: how a command of the tool is described, once. The table in commands.c drives dispatch and help; manual
 * pages and completions are made from the same rows.
 *
 *   tide_commands ─► {"report", "FILE", "…", tide_report_option_table, tide_cmd_report}
 *                                            │
 *                                            └► {"format", 'F', "NAME", "…"} … {NULL}
 *
 * Only this room prints to stderr and decides exit statuses. */
#pragma once
#include <stdbool.h>

typedef struct tide_option {
    const char *name;  /* without the "--"; NULL ends a table */
    char letter;       /* 0: it has none */
    const char *value; /* what its value is called, "FILE"; "[=FILE]": may be left out; NULL: it takes none */
    const char *summary; /* one line, lower case, no full stop */
} tide_option;

typedef struct tide_command {
    const char *name, *usage, *summary; /* usage: what follows the options, "FILE" */
    const tide_option *options;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit status */
} tide_command;

enum { TIDE_EXIT_OK, TIDE_EXIT_ERROR, TIDE_EXIT_USAGE, TIDE_EXIT_PARTIAL }; /* for all but run and record */

extern const tide_command tide_commands[]; /* ends with a NULL name */
extern const char tide_version[];          /* "0.1.0" */

/* ---- reading options: getopt_long over a table
 *
 *   enum { OPT_OUTPUT, OPT_FORCE };
 *   const tide_option tide_record_option_table[] = {[OPT_OUTPUT] = {"output", 'o', "FILE", "…"}, …, {NULL}};
 *   const tide_option *table = tide_record_option_table;
 *   for (int option; (option = tide_options_next(table, true, argc, argv, &value)) != TIDE_OPTIONS_END;)
 *       switch (option) { case OPT_OUTPUT: … break; default: return tide_options_status(option); }
 *   operands: argv[optind] … argv[argc - 1] */
enum { TIDE_OPTIONS_END = -1, TIDE_OPTIONS_HELPED = -2, TIDE_OPTIONS_WRONG = -3 };

/* The table index of the next option, and its value (borrowed from argv). --help is known to every command: it prints
 * the command's help and gives HELPED. Anything unknown prints one line on stderr and gives WRONG.
 * `stops_at_operand`: the first operand ends the options (record: the rest is the program's); else options may also
 * follow operands. "--" always ends them. */
int tide_options_next(const tide_option *options, bool stops_at_operand, int argc, char **argv,
                      const char **ret_value);
int tide_options_status(int end); /* the exit status for HELPED and WRONG */

/* One line on stderr: "tidemark: …". */
__attribute__((format(printf, 1, 2))) void tide_say(const char *format, ...);
/* The same, with where to read on; returns TIDE_EXIT_USAGE: `return tide_wrong_use("record", "no program given");` */
__attribute__((format(printf, 2, 3))) int tide_wrong_use(const char *command, const char *format, ...);

/* ---- the commands, one file each */
extern const tide_option tide_diff_option_table[], tide_explain_option_table[], tide_get_option_table[],
    tide_help_option_table[], tide_import_option_table[], tide_live_option_table[],
    tide_malloc_option_table[], tide_record_option_table[], tide_report_option_table[],
    tide_run_option_table[], tide_static_option_table[];
int tide_cmd_diff(int argc, char **argv);
int tide_cmd_explain(int argc, char **argv);
int tide_cmd_get(int argc, char **argv);
int tide_cmd_help(int argc, char **argv);
int tide_cmd_import(int argc, char **argv);
int tide_cmd_live(int argc, char **argv);
int tide_cmd_malloc(int argc, char **argv);
int tide_cmd_record(int argc, char **argv);
int tide_cmd_report(int argc, char **argv);
int tide_cmd_run(int argc, char **argv);
int tide_cmd_static(int argc, char **argv);
