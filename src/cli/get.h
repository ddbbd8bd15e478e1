/* cli/get: what `tidemark get` was asked for; watch.c does the repeating. */
#pragma once
#include "base/vec.h"
#include "cli/output.h"
#include "outside/show.h"

enum tide_get_form { TIDE_GET_TEXT, TIDE_GET_JSON, TIDE_GET_CSV };

typedef struct tide_get {
    TIDE_VEC(tide_root) roots;
    bool recursive, verbose, is_watch;
    uint64_t gap_ns;   /* between readings, at least; watch only */
    uint32_t top_rows; /* 0: the roots */
    enum tide_get_form form;
    tide_show_options show;
    const char *output_path; /* NULL: stdout */
} tide_get;

/* False, after a line on stderr: /proc cannot be read. */
bool tide_get_read(const tide_get *get, tide_reading *reading);
/* The reading in the form that was asked for text; `label` begins its last line. */
void tide_get_print_text(FILE *out, const tide_get *get, const char *label, const tide_reading *reading);
/* Reads the roots again and again, until they have ended or somebody stops it. `reading`: the first one, in which
 * there is something; later another one. Returns how many processes could not be read, at most at once. */
uint32_t tide_get_watch(tide_get *get, tide_output *output, tide_reading *reading);
