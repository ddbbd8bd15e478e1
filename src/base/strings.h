/* base/strings: every distinct string once, by index; index 0 is "" and means "not known". */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include <stdint.h>

typedef struct tide_strings {
    TIDE_VEC(char *) items; /* owned */
    tide_map by_hash;       /* hash -> first item with it; equal hashes are probed by hash + 1 … */
} tide_strings;

uint32_t tide_strings_add(tide_strings *strings, const char *text);
uint32_t tide_strings_add_n(tide_strings *strings, const char *text, size_t length_bytes);
/* Borrowed; "" when out of range. */
const char *tide_strings_get(const tide_strings *strings, uint32_t index);
void tide_strings_free(tide_strings *strings);
