#include "report/diff.h"
#include "report/html_page.h"
#include <stdlib.h>

/* What the page knows is what --format json prints: web/src/data/diff.ts reads it. */
void tide_diff_html_print(FILE *out, const tide_diff *diff) {
    char *json = NULL;
    size_t length_bytes = 0;
    FILE *text = open_memstream(&json, &length_bytes);
    tide_diff_json_print(text, diff);
    fclose(text);
    tide_html_page_print(out, &tide_html_diff, json, length_bytes);
    free(json);
}
