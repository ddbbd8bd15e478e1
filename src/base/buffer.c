#include "base/buffer.h"
#include "base/alloc.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64, VARINT_MAX_BYTES = 10 };

static void grow(tide_buffer *buffer, size_t more) {
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : FIRST_CAPACITY;
    if (capacity < buffer->count + more)
        capacity = buffer->count + more;
    buffer->at = tide_xrealloc(buffer->at, capacity, 1);
    buffer->capacity = capacity;
}

static inline uint8_t *reserve(tide_buffer *buffer, size_t more) {
    if (more > buffer->capacity - buffer->count)
        grow(buffer, more);
    uint8_t *place = buffer->at + buffer->count;
    buffer->count += more;
    return place;
}

static void put_little_endian(tide_buffer *buffer, uint64_t value, size_t count) {
    uint8_t *place = reserve(buffer, count);
    for (size_t i = 0; i < count; i++)
        place[i] = (uint8_t)(value >> (8 * i));
}

void tide_buffer_put(tide_buffer *buffer, const void *bytes, size_t count) {
    if (count)
        memcpy(reserve(buffer, count), bytes, count);
}

void tide_buffer_put_u32(tide_buffer *buffer, uint32_t value) {
    put_little_endian(buffer, value, sizeof value);
}

void tide_buffer_put_u64(tide_buffer *buffer, uint64_t value) {
    put_little_endian(buffer, value, sizeof value);
}

void tide_buffer_put_long_varint(tide_buffer *buffer, uint64_t value) {
    uint8_t *place = reserve(buffer, VARINT_MAX_BYTES);
    size_t count = 0;
    for (; value >= 0x80; value >>= 7)
        place[count++] = (uint8_t)(value | 0x80);
    place[count++] = (uint8_t)value;
    buffer->count -= VARINT_MAX_BYTES - count;
}

void tide_buffer_put_string(tide_buffer *buffer, const char *text) {
    size_t length_bytes = strlen(text);
    tide_buffer_put_varint(buffer, length_bytes);
    tide_buffer_put(buffer, text, length_bytes);
}

void tide_buffer_free(tide_buffer *buffer) {
    free(buffer->at);
    memset(buffer, 0, sizeof *buffer);
}

const void *tide_cursor_bytes(tide_cursor *cursor, size_t count) {
    if (cursor->failed || count > (size_t)(cursor->end - cursor->at)) {
        cursor->failed = true;
        return NULL;
    }
    const uint8_t *bytes = cursor->at;
    cursor->at += count;
    return bytes;
}

static uint64_t take_little_endian(tide_cursor *cursor, size_t count) {
    const uint8_t *bytes = tide_cursor_bytes(cursor, count);
    uint64_t value = 0;
    for (size_t i = 0; bytes && i < count; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

uint32_t tide_cursor_u32(tide_cursor *cursor) {
    return (uint32_t)take_little_endian(cursor, sizeof(uint32_t));
}

uint64_t tide_cursor_u64(tide_cursor *cursor) {
    return take_little_endian(cursor, sizeof(uint64_t));
}

uint64_t tide_cursor_varint(tide_cursor *cursor) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 7 * VARINT_MAX_BYTES; shift += 7) {
        const uint8_t *byte = tide_cursor_bytes(cursor, 1);
        if (!byte)
            return 0;
        uint64_t bits = *byte & 0x7f;
        if (shift == 63 && bits > 1)
            break; /* would not fit into 64 bits */
        value |= bits << shift;
        if (!(*byte & 0x80))
            return value;
    }
    cursor->failed = true;
    return 0;
}

const char *tide_cursor_string(tide_cursor *cursor, size_t *ret_length_bytes) {
    uint64_t length_bytes = tide_cursor_varint(cursor);
    const char *text = tide_cursor_bytes(cursor, length_bytes);
    *ret_length_bytes = text ? length_bytes : 0;
    return text;
}
