#include "report/protobuf.h"

enum { WIRE_VARINT = 0, WIRE_BYTES = 2 };

void tide_protobuf_number(tide_buffer *message, unsigned field, uint64_t value) {
    if (!value)
        return;
    tide_buffer_put_varint(message, field << 3 | WIRE_VARINT);
    tide_buffer_put_varint(message, value);
}

void tide_protobuf_bytes(tide_buffer *message, unsigned field, const void *bytes, size_t count) {
    tide_buffer_put_varint(message, field << 3 | WIRE_BYTES);
    tide_buffer_put_varint(message, count);
    tide_buffer_put(message, bytes, count);
}

void tide_protobuf_message(tide_buffer *message, unsigned field, tide_buffer *inner) {
    tide_protobuf_bytes(message, field, inner->at, inner->count);
    inner->count = 0;
}
