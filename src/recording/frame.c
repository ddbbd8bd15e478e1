#include "base/alloc.h"
#include "recording/crc32c.h"
#include "recording/format.h"
#include <string.h>
#include <zstd.h>

enum { ZSTD_LEVEL = 1 };

static void put_crc_since(tide_buffer *out, size_t start) {
    tide_buffer_put_u32(out, tide_crc32c(out->at + start, out->count - start));
}

void tide_frame_put_header(tide_buffer *out) {
    static const uint8_t version[4] = {TIDE_FILE_MAJOR & 0xff, TIDE_FILE_MAJOR >> 8, TIDE_FILE_MINOR & 0xff,
                                       TIDE_FILE_MINOR >> 8};
    size_t start = out->count;
    tide_buffer_put(out, TIDE_FILE_MAGIC, strlen(TIDE_FILE_MAGIC));
    tide_buffer_put(out, version, sizeof version);
    put_crc_since(out, start);
}

/* Returns false when that would not make it smaller. */
static bool compress(tide_buffer *out, const tide_buffer *raw, ZSTD_CCtx *zstd) {
    out->capacity = ZSTD_compressBound(raw->count);
    out->at = tide_xrealloc(NULL, out->capacity, 1);
    size_t stored_bytes = ZSTD_compressCCtx(zstd, out->at, out->capacity, raw->at, raw->count, ZSTD_LEVEL);
    if (ZSTD_isError(stored_bytes) || stored_bytes >= raw->count)
        return false;
    out->count = stored_bytes;
    return true;
}

void tide_frame_put_block(tide_buffer *out, uint32_t kind, const tide_buffer *raw, void *zstd) {
    tide_buffer packed = {0};
    const tide_buffer *stored = zstd && compress(&packed, raw, zstd) ? &packed : raw;
    size_t start = out->count;
    tide_buffer_put_u32(out, kind);
    tide_buffer_put_u32(out, (uint32_t)raw->count);
    tide_buffer_put_u32(out, (uint32_t)stored->count);
    tide_buffer_put_u32(out, tide_crc32c(stored->at, stored->count));
    put_crc_since(out, start);
    tide_buffer_put(out, stored->at, stored->count);
    tide_buffer_free(&packed);
}

bool tide_frame_get_block(const uint8_t bytes[TIDE_BLOCK_HEADER_BYTES], tide_block *ret) {
    tide_cursor cursor = {.at = bytes, .end = bytes + TIDE_BLOCK_HEADER_BYTES};
    *ret = (tide_block){.kind = tide_cursor_u32(&cursor)};
    ret->raw_bytes = tide_cursor_u32(&cursor);
    ret->stored_bytes = tide_cursor_u32(&cursor);
    ret->crc = tide_cursor_u32(&cursor);
    return tide_cursor_u32(&cursor) == tide_crc32c(bytes, TIDE_BLOCK_HEADER_BYTES - sizeof(uint32_t));
}
