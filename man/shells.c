#include "describe.h"
#include "report/diff.h"
#include <stdio.h>
#include <string.h>

/* What an option's value, or a command's operands, may be completed with. */
enum words { WORDS_NONE, WORDS_FILES, WORDS_PROGRAMS, WORDS_FORMATS, WORDS_COMMANDS };

static enum words words_of_value(const tide_option *option) {
    if (!strcmp(option->name, "format"))
        return WORDS_FORMATS;
    return option->value && (strstr(option->value, "FILE") || strstr(option->value, "DIR")) ? WORDS_FILES
                                                                                            : WORDS_NONE;
}

static enum words words_of_operands(const tide_command *command) {
    const char *usage = command->usage;
    if (strstr(usage, "COMMAND"))
        return WORDS_COMMANDS;
    if (strstr(usage, "PROGRAM"))
        return WORDS_PROGRAMS;
    return strstr(usage, "FILE") || strstr(usage, "OLD") ? WORDS_FILES : WORDS_NONE;
}

static void put_formats(const tide_command *command) {
    if (!strcmp(command->name, "diff"))
        for (const tide_diff_format *format = tide_diff_formats; format->name; format++)
            printf("%s%s", format == tide_diff_formats ? "" : " ", format->name);
    else
        for (const tide_report_format *format = tide_report_formats; format->name; format++)
            printf("%s%s", format == tide_report_formats ? "" : " ", format->name);
}

static void put_commands(void) {
    for (const tide_command *command = tide_commands; command->name; command++)
        printf("%s%s", command == tide_commands ? "" : " ", command->name);
}

/* Between single quotes: fish and zsh end a text at one, and know no way to write it but '\''. */
static void put_quoted(const char *text, const char *also_escaped) {
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", stdout);
        else
            printf("%s%c", strchr(also_escaped, *text) ? "\\" : "", *text);
}

static bool takes_value(const tide_option *option) { /* as the next word */
    return option->value && *option->value != '[';
}

/* ---- bash */

static void put_bash_values(const tide_command *command) {
    printf("            case $previous in\n");
    for (const tide_option *option = command->options; option->name; option++) {
        if (!takes_value(option))
            continue;
        printf("            --%s", option->name);
        if (option->letter)
            printf(" | -%c", option->letter);
        enum words words = words_of_value(option);
        if (words == WORDS_FORMATS) {
            printf(") COMPREPLY=($(compgen -W '");
            put_formats(command);
            printf("' -- \"$current\")); return ;;\n");
        } else
            printf(") %sreturn ;;\n", words == WORDS_FILES ? "compopt -o default; " : "");
    }
    printf("            esac\n");
}

static void put_bash_command(const tide_command *command) {
    printf("        %s)\n", command->name);
    put_bash_values(command);
    printf("            if [[ $current == -* ]]; then\n                COMPREPLY=($(compgen -W '");
    for (const tide_option *option = command->options; option->name; option++)
        printf("--%s ", option->name);
    printf("--help' -- \"$current\"))\n");
    static const char *const operands[] = {
        [WORDS_FILES] = "            else\n                compopt -o default\n",
        [WORDS_PROGRAMS] =
            "            else\n                COMPREPLY=($(compgen -c -- \"$current\")); compopt -o default\n",
        [WORDS_COMMANDS] =
            "            else\n                COMPREPLY=($(compgen -W \"$commands\" -- \"$current\"))\n",
        [WORDS_NONE] = "",
        [WORDS_FORMATS] = "",
    };
    printf("%s            fi\n            ;;\n", operands[words_of_operands(command)]);
}

void tide_describe_bash(void) {
    printf(
        "# bash completion for tidemark, made from its table of commands.\n_tidemark() {\n    local commands='");
    put_commands();
    printf("'\n    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    [[ $current != = ]] || current= # bash takes --format=json for three words\n"
           "    [[ $previous != = ]] || previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
           "    COMPREPLY=()\n"
           "    if ((COMP_CWORD == 1)); then\n"
           "        COMPREPLY=($(compgen -W \"$commands --help --version\" -- \"$current\"))\n"
           "        return\n    fi\n    case ${COMP_WORDS[1]} in\n");
    for (const tide_command *command = tide_commands; command->name; command++)
        put_bash_command(command);
    printf("    esac\n}\ncomplete -F _tidemark tidemark\n");
}

/* ---- zsh */

static void put_zsh_option(const tide_command *command, const tide_option *option) {
    printf(" \\\n                ");
    if (option->letter)
        printf("'(-%c --%s)'{-%c%s,--%s%s}'", option->letter, option->name, option->letter,
               takes_value(option) ? "+" : "", option->name,
               option->value ? takes_value(option) ? "=" : "=-" : "");
    else
        printf("'--%s%s", option->name, option->value ? takes_value(option) ? "=" : "=-" : "");
    putchar('[');
    put_quoted(option->summary, "[]:\\");
    putchar(']');
    if (option->value) {
        printf(":%s:", takes_value(option) ? option->value : "value");
        enum words words = words_of_value(option);
        if (words == WORDS_FORMATS) {
            putchar('(');
            put_formats(command);
            putchar(')');
        } else
            printf("%s", words == WORDS_FILES ? "_files" : "");
    }
    putchar('\'');
}

void tide_describe_zsh(void) {
    static const char *const operands[] = {
        [WORDS_NONE] = "",
        [WORDS_FILES] = " \\\n                '*:file:_files'",
        [WORDS_PROGRAMS] = " \\\n                '(-)1:program: _command_names -e' '*::arguments:_normal'",
        [WORDS_COMMANDS] = " \\\n                '1:command:($commands)'",
        [WORDS_FORMATS] = "",
    };
    printf(
        "#compdef tidemark\n# zsh completion for tidemark, made from its table of commands.\n_tidemark() {\n"
        "    local -a commands=(");
    put_commands();
    printf(
        ")\n    local curcontext=$curcontext state line\n"
        "    _arguments -C '(- *)'{-h,--help}'[print the commands]' '(- *)'{-V,--version}'[print the version]' \\\n"
        "        '1:command:->command' '*::arguments:->arguments' && return\n"
        "    case $state in\n    command)\n        local -a described=(");
    for (const tide_command *command = tide_commands; command->name; command++) {
        printf("\n            '%s:", command->name);
        put_quoted(command->summary, ":\\");
        putchar('\'');
    }
    printf(")\n        _describe command described\n        ;;\n    arguments)\n        case $words[1] in\n");
    for (const tide_command *command = tide_commands; command->name; command++) {
        printf("        %s)\n            _arguments -s -S", command->name);
        for (const tide_option *option = command->options; option->name; option++)
            put_zsh_option(command, option);
        enum words words = words_of_operands(command);
        printf(" \\\n                '(-h --help)'{-h,--help}'[print help]'");
        if (words == WORDS_COMMANDS)
            printf(" \\\n                \"1:command:($commands)\"");
        else
            printf("%s", operands[words]);
        printf("\n            ;;\n");
    }
    printf("        esac\n        ;;\n    esac\n}\n_tidemark \"$@\"\n");
}

/* ---- fish */

static void put_fish_option(const tide_command *command, const tide_option *option) {
    printf("complete -c tidemark -n '__fish_seen_subcommand_from %s' -l %s", command->name, option->name);
    if (option->letter)
        printf(" -s %c", option->letter);
    enum words words = words_of_value(option);
    if (takes_value(option))
        printf(" -r%s", words == WORDS_FILES ? "F" : "f");
    if (words == WORDS_FORMATS) {
        printf(" -a '");
        put_formats(command);
        putchar('\'');
    }
    printf(" -d '");
    put_quoted(option->summary, "");
    printf("'\n");
}

void tide_describe_fish(void) {
    printf("# fish completion for tidemark, made from its table of commands.\n"
           "complete -c tidemark -f\n"
           "complete -c tidemark -n __fish_use_subcommand -l help -s h -d 'print the commands'\n"
           "complete -c tidemark -n __fish_use_subcommand -l version -s V -d 'print the version'\n");
    for (const tide_command *command = tide_commands; command->name; command++) {
        printf("complete -c tidemark -n __fish_use_subcommand -a %s -d '", command->name);
        put_quoted(command->summary, "");
        printf("'\n");
        for (const tide_option *option = command->options; option->name; option++)
            put_fish_option(command, option);
        put_fish_option(command, &(tide_option){"help", 'h', NULL, "print help"});
        enum words words = words_of_operands(command);
        if (words == WORDS_FILES || words == WORDS_PROGRAMS)
            printf("complete -c tidemark -n '__fish_seen_subcommand_from %s' %s\n", command->name,
                   words == WORDS_FILES ? "-F" : "-xa '(__fish_complete_subcommand --fcs-skip=2)'");
        else if (words == WORDS_COMMANDS) {
            printf("complete -c tidemark -n '__fish_seen_subcommand_from %s' -a '", command->name);
            put_commands();
            printf("'\n");
        }
    }
}
