/* report/protobuf: the wire format of Protocol Buffers, as far as profile.proto needs it.
 *
 *   field 5, number 300    28 ac 02           5 << 3 | 0, varint
 *   field 2, bytes "abc"   12 03 61 62 63     2 << 3 | 2, length, bytes; a message inside is bytes too
 *
 * Source: https://protobuf.dev/programming-guides/encoding/ */
#pragma once
#include "base/buffer.h"

/* 0 is the default, and not written. */
void tide_protobuf_number(tide_buffer *message, unsigned field, uint64_t value);
void tide_protobuf_bytes(tide_buffer *message, unsigned field, const void *bytes, size_t count);
/* A finished message, or varints of a repeated number, as a field of `message`; empties `inner`. */
void tide_protobuf_message(tide_buffer *message, unsigned field, tide_buffer *inner);
