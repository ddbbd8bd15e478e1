#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/figure_options.h"
#include "cli/output.h"
#include "proc/mappings.h"
#include "symbols/statics.h"
#include "symbols/symbols.h"
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>

const tide_option tide_static_option_table[] = {
    TIDE_FIGURE_OPTION_ROWS("all sections, variables, source files and stack frames"),
    {NULL},
};

enum { ROWS_SHOWN = 10, FIGURE_COLUMNS = 10, EXACT_COLUMNS = 16 };

struct request {
    tide_figure_options figures;
    const char *operand;
};

/* ---- options */

static bool parse(struct request *request, int argc, char **argv, int *ret_status) {
    if (!tide_figure_options_parse(&request->figures, "static", tide_static_option_table, argc, argv,
                                   ret_status))
        return false;
    if (argc - optind != 1) {
        *ret_status = tide_wrong_use("static", optind == argc ? "no file given" : "one file at a time");
        return false;
    }
    request->operand = argv[optind];
    return true;
}

/* ---- text */

static void put_bytes(FILE *out, uint64_t bytes, const struct request *request) {
    char text[TIDE_FORMAT_MAX];
    if (request->figures.is_exact)
        fprintf(out, "%*" PRIu64, EXACT_COLUMNS, bytes);
    else
        fprintf(out, "%*s", FIGURE_COLUMNS, tide_format_bytes(text, bytes));
}

static size_t rows_of(size_t count, const struct request *request) {
    return request->figures.is_verbose || count < ROWS_SHOWN ? count : ROWS_SHOWN;
}

static void put_rest(FILE *out, size_t count, const struct request *request) {
    if (count > rows_of(count, request))
        fprintf(out, "  and %zu more (-v)\n", count - rows_of(count, request));
}

static void put_sums(FILE *out, const tide_statics *statics, const struct request *request) {
    static const char *const remarks[] = {
        [TIDE_STATIC_TEXT] = "shared by all who run it",
        [TIDE_STATIC_CONSTANTS] = "shared",
        [TIDE_STATIC_RELRO] = "copied by ld.so into each process, then read-only",
        [TIDE_STATIC_DATA] = "copied into each process as it is written",
        [TIDE_STATIC_BSS] = "zero at first; resident as it is written",
        [TIDE_STATIC_TLS] = "once for each thread",
    };
    for (unsigned i = 0; i < TIDE_STATIC_KINDS; i++) {
        put_bytes(out, statics->bytes[i], request);
        fprintf(out, "  %-9s  %s\n", tide_static_kind_name((tide_static_kind)i), remarks[i]);
    }
}

static void put_sections(FILE *out, const tide_statics *statics, const struct request *request) {
    fputs("by section\n", out);
    for (size_t i = 0; i < statics->sections.count; i++) {
        const tide_static_section *section = &statics->sections.at[i];
        char *name = tide_text_clean(tide_strings_get(&statics->strings, section->name));
        put_bytes(out, section->bytes, request);
        fprintf(out, "  %-18s %-9s", name, tide_static_kind_name(section->kind));
        if (section->variables_bytes) {
            fputs("  of it in variables", out);
            put_bytes(out, section->variables_bytes, request);
        }
        putc('\n', out);
        free(name);
    }
}

static void put_variables(FILE *out, const tide_statics *statics, const struct request *request) {
    fputs("largest variables\n", out);
    for (size_t i = 0; i < rows_of(statics->variables.count, request); i++) {
        const tide_static_variable *variable = &statics->variables.at[i];
        char *readable = tide_symbols_demangle(tide_strings_get(&statics->strings, variable->name));
        char *name = tide_text_clean(readable);
        char *file = tide_text_clean(tide_strings_get(&statics->strings, variable->file));
        put_bytes(out, variable->bytes, request);
        fprintf(out, "  %s  %s", name,
                tide_strings_get(&statics->strings, statics->sections.at[variable->section].name));
        if (variable->line)
            fprintf(out, "  %s:%" PRIu32, file, variable->line);
        putc('\n', out);
        free(file);
        free(name);
        free(readable);
    }
    if (!statics->has_symbols)
        fputs("  not known: the file has no symbol table (stripped)\n", out);
    put_rest(out, statics->variables.count, request);
}

static void put_units(FILE *out, const tide_statics *statics, const struct request *request) {
    if (!statics->has_lines) {
        fputs("by source file: not known, there is no debug information\n", out);
        return;
    }
    fputs("      text variables  by source file\n", out);
    for (size_t i = 0; i < rows_of(statics->units.count, request); i++) {
        char *name = tide_text_clean(tide_strings_get(&statics->strings, statics->units.at[i].name));
        put_bytes(out, statics->units.at[i].text_bytes, request);
        put_bytes(out, statics->units.at[i].variables_bytes, request);
        fprintf(out, "  %s\n", name);
        free(name);
    }
    put_rest(out, statics->units.count, request);
}

static void put_frames(FILE *out, const tide_statics *statics, const struct request *request) {
    fputs("largest stack frames\n", out);
    for (size_t i = 0; i < rows_of(statics->frames.count, request); i++) {
        const tide_static_frame *frame = &statics->frames.at[i];
        char *readable = tide_symbols_demangle(tide_strings_get(&statics->strings, frame->function));
        char *name = tide_text_clean(readable);
        put_bytes(out, frame->bytes, request);
        fprintf(out, "  %s%s\n", name, frame->is_at_least ? ", at least: it keeps a frame pointer" : "");
        free(name);
        free(readable);
    }
    put_rest(out, statics->frames.count, request);
}

static void put_text(FILE *out, const tide_statics *statics, const struct request *request) {
    char *path = tide_text_clean(request->operand);
    fprintf(out, "%s\n", path);
    free(path);
    put_sums(out, statics, request);
    put_sections(out, statics, request);
    put_variables(out, statics, request);
    put_units(out, statics, request);
    put_frames(out, statics, request);
}

/* ---- JSON: docs/explain.md */

static void put_sums_json(FILE *out, const tide_statics *statics) {
    for (unsigned i = 0; i < TIDE_STATIC_KINDS; i++)
        fprintf(out, "%s\"%s_bytes\": %" PRIu64, i ? ", " : "", tide_static_kind_name((tide_static_kind)i),
                statics->bytes[i]);
}

static const char *text_of(const tide_statics *statics, uint32_t string) {
    return tide_strings_get(&statics->strings, string);
}

static void put_variable_json(FILE *out, const tide_statics *statics, size_t index) {
    const tide_static_variable *variable = &statics->variables.at[index];
    char *name = tide_symbols_demangle(text_of(statics, variable->name));
    tide_json_text(out, "name", name);
    tide_json_text(out, "section", text_of(statics, statics->sections.at[variable->section].name));
    tide_json_text(out, "file", text_of(statics, variable->file));
    tide_json_number(out, "line", variable->line);
    tide_json_last(out, "bytes", variable->bytes);
    free(name);
}

static void put_section_json(FILE *out, const tide_statics *statics, size_t index) {
    const tide_static_section *section = &statics->sections.at[index];
    tide_json_text(out, "name", text_of(statics, section->name));
    tide_json_text(out, "kind", tide_static_kind_name(section->kind));
    tide_json_number(out, "bytes", section->bytes);
    tide_json_last(out, "variables_bytes", section->variables_bytes);
}

static void put_unit_json(FILE *out, const tide_statics *statics, size_t index) {
    tide_json_text(out, "file", text_of(statics, statics->units.at[index].name));
    tide_json_number(out, "text_bytes", statics->units.at[index].text_bytes);
    tide_json_last(out, "variables_bytes", statics->units.at[index].variables_bytes);
}

static void put_frame_json(FILE *out, const tide_statics *statics, size_t index) {
    char *name = tide_symbols_demangle(text_of(statics, statics->frames.at[index].function));
    tide_json_text(out, "function", name);
    tide_json_flag(out, "is_at_least", statics->frames.at[index].is_at_least);
    tide_json_last(out, "bytes", statics->frames.at[index].bytes);
    free(name);
}

static void put_list(FILE *out, const tide_statics *statics, const char *name, size_t count,
                     void (*put)(FILE *out, const tide_statics *statics, size_t index)) {
    fprintf(out, ",\n\"%s\": [", name);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ",\n {" : "\n {", out);
        put(out, statics, i);
        putc('}', out);
    }
    putc(']', out);
}

static void put_json(FILE *out, const tide_statics *statics, const struct request *request) {
    fputs("{\"format\": \"tidemark-static\", \"version\": 1,\n", out);
    tide_json_text(out, "path", request->operand);
    tide_json_flag(out, "has_symbols", statics->has_symbols);
    tide_json_flag(out, "has_lines", statics->has_lines);
    putc('\n', out);
    put_sums_json(out, statics);
    put_list(out, statics, "sections", statics->sections.count, put_section_json);
    put_list(out, statics, "variables", statics->variables.count, put_variable_json);
    put_list(out, statics, "units", statics->units.count, put_unit_json);
    put_list(out, statics, "frames", statics->frames.count, put_frame_json);
    fputs("}\n", out);
}

/* ---- a process: the files that it has loaded, each once */

struct object {
    uint32_t path;
    uint64_t inode, device;
    bool is_program; /* it has code mapped */
    uint64_t resident_bytes, written_bytes;
};
typedef TIDE_VEC(struct object) object_list;

static void count_object(object_list *objects, const tide_proc_mapping *mapping) {
    size_t i = 0;
    while (i < objects->count &&
           (objects->at[i].inode != mapping->inode || objects->at[i].device != mapping->device))
        i++;
    if (i == objects->count)
        *tide_vec_push(objects) =
            (struct object){.path = mapping->path, .inode = mapping->inode, .device = mapping->device};
    objects->at[i].is_program |= (mapping->protection & TIDE_PROC_EXECUTE) != 0;
    objects->at[i].resident_bytes += mapping->usage.rss_bytes;
    objects->at[i].written_bytes += mapping->usage.anonymous_bytes;
}

static void put_object(FILE *out, const struct object *object, const char *path, const tide_statics *statics,
                       const struct request *request, bool is_first) {
    if (!request->figures.is_json) {
        for (unsigned i = 0; i < TIDE_STATIC_KINDS; i++)
            put_bytes(out, statics->bytes[i], request);
        put_bytes(out, object->resident_bytes, request);
        put_bytes(out, object->written_bytes, request);
        char *clean = tide_text_clean(path);
        fprintf(out, "  %s\n", clean);
        free(clean);
        return;
    }
    fputs(is_first ? "\n {" : ",\n {", out);
    tide_json_text(out, "path", path);
    put_sums_json(out, statics);
    fputs(", ", out);
    tide_json_number(out, "resident_bytes", object->resident_bytes);
    tide_json_last(out, "written_bytes", object->written_bytes);
    putc('}', out);
}

static void put_objects_head(FILE *out, const struct request *request) {
    if (request->figures.is_json) {
        fputs("{\"format\": \"tidemark-static\", \"version\": 1,\n", out);
        fprintf(out, "\"pid\": %s, \"objects\": [", request->operand);
        return;
    }
    int columns = request->figures.is_exact ? EXACT_COLUMNS : FIGURE_COLUMNS;
    for (unsigned i = 0; i < TIDE_STATIC_KINDS; i++)
        fprintf(out, "%*s", columns, tide_static_kind_name((tide_static_kind)i));
    fprintf(out, "%*s%*s  of\n", columns, "resident", columns, "written");
}

/* Returns how many of them could not be read. */
static size_t put_objects(FILE *out, pid_t pid, const tide_proc_mappings *mappings,
                          const object_list *objects, const struct request *request) {
    size_t shown = 0, unread = 0;
    put_objects_head(out, request);
    for (size_t i = 0; i < objects->count; i++) {
        if (!objects->at[i].is_program)
            continue;
        const char *path = tide_strings_get(&mappings->names, objects->at[i].path);
        char *through_root = tide_xasprintf("/proc/%d/root%s", (int)pid, path);
        tide_statics statics = {0};
        tide_err err;
        if (tide_statics_read(&statics, through_root, false, &err) == 0)
            put_object(out, &objects->at[i], path, &statics, request, shown++ == 0);
        else
            unread++;
        tide_statics_free(&statics);
        free(through_root);
    }
    if (request->figures.is_json)
        fputs("]}\n", out);
    return unread;
}

static int show_process(const struct request *request, pid_t pid) {
    tide_proc_mappings mappings = {0};
    object_list objects = {0};
    tide_output output;
    int status = TIDE_EXIT_ERROR, failed = tide_proc_mappings_read(&mappings, pid, true);
    if (failed)
        tide_say("cannot read the mappings of PID %d: %s", (int)pid, strerror(-failed));
    else if (tide_output_open_file(&output, request->figures.output_path, STDOUT_FILENO)) {
        for (size_t i = 0; i < mappings.list.count; i++)
            if (mappings.list.at[i].inode)
                count_object(&objects, &mappings.list.at[i]);
        size_t unread = put_objects(output.stream, pid, &mappings, &objects, request);
        status = tide_output_close(&output);
        if (unread)
            tide_say("%zu of its files cannot be read, or are gone", unread);
        status = status == TIDE_EXIT_OK && unread ? TIDE_EXIT_PARTIAL : status;
    }
    tide_proc_mappings_free(&mappings);
    tide_vec_free(&objects);
    return status;
}

/* ---- a file */

static int show_file(const struct request *request) {
    tide_statics statics = {0};
    tide_output output;
    tide_err err;
    int status = TIDE_EXIT_ERROR;
    if (tide_statics_read(&statics, request->operand, true, &err))
        tide_say("%s", err.text);
    else if (tide_output_open_file(&output, request->figures.output_path, STDOUT_FILENO)) {
        (request->figures.is_json ? put_json : put_text)(output.stream, &statics, request);
        status = tide_output_close(&output);
    }
    tide_statics_free(&statics);
    return status;
}

int tide_cmd_static(int argc, char **argv) {
    struct request request = {0};
    char *end;
    int status;
    if (!parse(&request, argc, argv, &status))
        return status;
    long pid = strtol(request.operand, &end, 10);
    bool is_pid = *request.operand >= '1' && *request.operand <= '9' && !*end && pid <= INT_MAX;
    return is_pid ? show_process(&request, (pid_t)pid) : show_file(&request);
}
