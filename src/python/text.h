/* python/text: strings of the interpreter, read where they lie. */
#pragma once
#include "python/layout.h"
#include <stddef.h>

/* A field of an object of the interpreter. */
static inline uintptr_t tide_python_word(const void *object, uint16_t offset_bytes) {
    return *(const uintptr_t *)(const void *)((const char *)object + offset_bytes);
}
static inline const void *tide_python_pointer(const void *object, uint16_t offset_bytes) {
    return (const void *)tide_python_word(object, offset_bytes);
}

/* The str `text` as UTF-8, cut where `ret` is full; no NUL is added. Returns bytes written; 0 for NULL. The object must
 * stay as it is meanwhile. */
size_t tide_python_text_read(const tide_python_layout *layout, const void *text, char *ret,
                             size_t room_bytes);
