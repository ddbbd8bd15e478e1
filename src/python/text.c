#include "python/text.h"
#include <string.h>

/* The state of a str: interned 2 bits, kind 3, compact 1, ascii 1. Kind is the bytes of a character. */
enum { KIND_SHIFT = 2, KIND_MASK = 7, IS_ASCII = 1 << 6, UTF8_MAX_BYTES = 4 };

static uint32_t character(const void *characters, unsigned kind, size_t index) {
    switch (kind) {
    case 1:
        return ((const uint8_t *)characters)[index];
    case 2:
        return ((const uint16_t *)characters)[index];
    default:
        return ((const uint32_t *)characters)[index];
    }
}

static size_t put_utf8(char *ret, uint32_t character) {
    if (character < 0x80) {
        ret[0] = (char)character;
        return 1;
    }
    size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = length; --i; character >>= 6)
        ret[i] = (char)(0x80 | (character & 0x3f));
    ret[0] = (char)(0xf00 >> length | character);
    return length;
}

size_t tide_python_text_read(const tide_python_layout *layout, const void *text, char *ret,
                             size_t room_bytes) {
    if (!text)
        return 0;
    size_t length = tide_python_word(text, layout->text_length), used_bytes = 0;
    uint32_t state = (uint32_t)tide_python_word(text, layout->text_state);
    const char *ascii = (const char *)text + layout->text_ascii,
               *other = (const char *)text + layout->text_other;
    if (state & IS_ASCII) {
        length = length < room_bytes ? length : room_bytes;
        memcpy(ret, ascii, length);
        return length;
    }
    unsigned kind = state >> KIND_SHIFT & KIND_MASK;
    for (size_t i = 0; i < length && used_bytes + UTF8_MAX_BYTES <= room_bytes; i++)
        used_bytes += put_utf8(ret + used_bytes, character(other, kind, i));
    return used_bytes;
}
