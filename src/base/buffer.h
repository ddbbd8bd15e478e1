/* base/buffer: bytes to write, grown as needed, and a reader that cannot run past their end.
 * All integers little-endian; varint = LEB128, unsigned. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tide_buffer {
    uint8_t *at; /* owned */
    size_t count, capacity;
} tide_buffer;

void tide_buffer_put(tide_buffer *buffer, const void *bytes, size_t count);
void tide_buffer_put_u32(tide_buffer *buffer, uint32_t value);
void tide_buffer_put_u64(tide_buffer *buffer, uint64_t value);
void tide_buffer_put_long_varint(tide_buffer *buffer, uint64_t value);
static inline void tide_buffer_put_varint(tide_buffer *buffer, uint64_t value) { /* most are below 128 */
    if (value < 0x80 && buffer->count < buffer->capacity)
        buffer->at[buffer->count++] = (uint8_t)value;
    else
        tide_buffer_put_long_varint(buffer, value);
}
void tide_buffer_put_string(tide_buffer *buffer, const char *text); /* varint length, then the bytes */
void tide_buffer_free(tide_buffer *buffer);

/* Reads from borrowed memory. After the first read past the end, or malformed varint, `failed` stays true and all
 * reads give 0 / "" / NULL: check once, at the end of a record. */
typedef struct tide_cursor {
    const uint8_t *at, *end;
    bool failed;
} tide_cursor;

uint32_t tide_cursor_u32(tide_cursor *cursor);
uint64_t tide_cursor_u64(tide_cursor *cursor);
uint64_t tide_cursor_varint(tide_cursor *cursor);
/* Borrowed, not terminated; NULL when it failed. */
const char *tide_cursor_string(tide_cursor *cursor, size_t *ret_length_bytes);
const void *tide_cursor_bytes(tide_cursor *cursor, size_t count);
