#include "cli/command.h"
#include "cli/version.h" /* made by meson */
#include <stddef.h>

const char tide_version[] = TIDE_VERSION;

const tide_command tide_commands[] = {
    {"diff", "OLD NEW", "what grew and shrank from one recording to another", tide_diff_option_table,
     tide_cmd_diff},
    {"get", "PID...", "how much memory processes have, now or repeatedly", tide_get_option_table,
     tide_cmd_get},
    {"explain", "PID|FILE", "where each resident byte belongs, and why that is not the heap",
     tide_explain_option_table, tide_cmd_explain},
    {"import", "FILE", "make a recording of a file of DHAT or Massif", tide_import_option_table,
     tide_cmd_import},
    {"live", "[PORT | -- PROGRAM [ARGUMENT]...]",
     "watch a program that runs under 'run --live', or start one; alone: list them", tide_live_option_table,
     tide_cmd_live},
    {"malloc", "PID", "the heap as glibc's malloc sees it: used, free and in how many pieces",
     tide_malloc_option_table, tide_cmd_malloc},
    {"record", "PROGRAM [ARGUMENT]...", "run a program and record every allocation that it makes",
     tide_record_option_table, tide_cmd_record},
    {"report", "FILE", "show what is in a recording", tide_report_option_table, tide_cmd_report},
    {"run", "[--] PROGRAM [ARGUMENT]...", "run a program, watch its memory from outside, tell its peak",
     tide_run_option_table, tide_cmd_run},
    {"static", "FILE|PID", "what a program takes before it does anything, and its functions' stack frames",
     tide_static_option_table, tide_cmd_static},
    {"help", "[COMMAND]", "explain a command", tide_help_option_table, tide_cmd_help},
    {NULL},
};
