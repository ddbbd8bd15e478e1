#include "cli/command.h"
#include <stddef.h>

const tide_command tide_commands[] = {
    {"report", "FILE", "show what is in a recording", tide_report_option_table, tide_cmd_report},
    {"help", "[COMMAND]", "explain a command", tide_help_option_table, tide_cmd_help},
    {NULL},
};
