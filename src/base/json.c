#include "base/json.h"
#include "base/text.h"
#include <inttypes.h>
#include <stdlib.h>

void tide_json_string(FILE *out, const char *raw) {
    char *text = tide_text_clean(raw); /* control characters and bytes that are no UTF-8 become "?" */
    putc('"', out);
    for (const char *at = text; *at; at++) {
        if (*at == '"' || *at == '\\')
            putc('\\', out);
        putc(*at, out);
    }
    putc('"', out);
    free(text);
}

void tide_json_text(FILE *out, const char *key, const char *text) {
    fprintf(out, "\"%s\": ", key);
    if (text && *text)
        tide_json_string(out, text);
    else
        fputs("null", out);
    fputs(", ", out);
}

void tide_json_number(FILE *out, const char *key, uint64_t value) {
    fprintf(out, "\"%s\": %" PRIu64 ", ", key, value);
}

void tide_json_last(FILE *out, const char *key, uint64_t value) {
    fprintf(out, "\"%s\": %" PRIu64, key, value);
}

void tide_json_flag(FILE *out, const char *key, bool value) {
    fprintf(out, "\"%s\": %s, ", key, value ? "true" : "false");
}
