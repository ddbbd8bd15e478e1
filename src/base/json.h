/* base/json: members of a JSON object, written as they come: `"key": value, `. An object's last one is a number. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* In quotes. Control characters and bytes that are no UTF-8 become "?". */
void tide_json_string(FILE *out, const char *raw);
/* NULL and "" become null. */
void tide_json_text(FILE *out, const char *key, const char *text);
void tide_json_number(FILE *out, const char *key, uint64_t value);
void tide_json_flag(FILE *out, const char *key, bool value);
void tide_json_last(FILE *out, const char *key, uint64_t value); /* a number, and no comma */
