#include "base/strings.h"

/* FNV-1a: strings are short, and tide_map mixes the result once more. */
static uint64_t hash_bytes(const char *text, size_t length_bytes) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length_bytes; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    return hash;
}

static char *copy_bytes(const char *text, size_t length_bytes) {
    char *copy = tide_xcalloc(length_bytes + 1, 1);
    memcpy(copy, text, length_bytes);
    return copy;
}

uint32_t tide_strings_add_n(tide_strings *strings, const char *text, size_t length_bytes) {
    if (!strings->items.count)
        *tide_vec_push(&strings->items) = copy_bytes("", 0);
    length_bytes = strnlen(text, length_bytes); /* a NUL from a hostile file ends a string like any other */
    if (!length_bytes)
        return 0;
    uint64_t hash = hash_bytes(text, length_bytes);
    for (;; hash++) {
        bool is_new;
        uint32_t index = tide_map_put(&strings->by_hash, hash, (uint32_t)strings->items.count, &is_new);
        if (is_new) {
            *tide_vec_push(&strings->items) = copy_bytes(text, length_bytes);
            return index;
        }
        const char *known = strings->items.at[index];
        if (!strncmp(known, text, length_bytes) && !known[length_bytes])
            return index;
    }
}

uint32_t tide_strings_add(tide_strings *strings, const char *text) {
    return tide_strings_add_n(strings, text, strlen(text));
}

const char *tide_strings_get(const tide_strings *strings, uint32_t index) {
    return index < strings->items.count ? strings->items.at[index] : "";
}

void tide_strings_free(tide_strings *strings) {
    for (size_t i = 0; i < strings->items.count; i++)
        free(strings->items.at[i]);
    tide_vec_free(&strings->items);
    tide_map_free(&strings->by_hash);
}
