#include "../unit/recording_model.h"
#include "fuzz.h"
#include "recording/format.h"
#include <zstd.h>

enum { SEEDS = 24 };

static void unpack(const uint8_t *stored, const tide_block *block, tide_buffer *ret) {
    *ret = (tide_buffer){0};
    if (block->stored_bytes == block->raw_bytes) {
        tide_buffer_put(ret, stored, block->raw_bytes);
    } else {
        ret->at = tide_xcalloc(block->raw_bytes, 1);
        ret->count = ZSTD_decompress(ret->at, block->raw_bytes, stored, block->stored_bytes);
    }
}

/* From a file to the list of contents that recording.c takes; INFO is put in there. */
static void take_frames_off(const tide_buffer *file, tide_buffer *ret) {
    tide_block block;
    for (size_t at = TIDE_FILE_HEADER_BYTES; at < file->count;
         at += TIDE_BLOCK_HEADER_BYTES + block.stored_bytes) {
        tide_buffer content;
        if (!tide_frame_get_block(file->at + at, &block) || block.kind == TIDE_BLOCK_INFO ||
            block.raw_bytes > UINT16_MAX)
            continue;
        unpack(file->at + at + TIDE_BLOCK_HEADER_BYTES, &block, &content);
        const uint8_t head[3] = {(uint8_t)block.kind, block.raw_bytes & 0xff,
                                 (uint8_t)(block.raw_bytes >> 8)};
        tide_buffer_put(ret, head, sizeof head);
        tide_buffer_put(ret, content.at, content.count);
        tide_buffer_free(&content);
    }
}

bool fuzz_seed(unsigned index, tide_buffer *ret) {
    if (index == SEEDS)
        return false;
    model program;
    tide_buffer file;
    model_init(&program, index);
    model_record(&program, 1 + index % 3, 1 + index % 7, &file);
    model_free(&program);
    *ret = (tide_buffer){0};
    if (index % 2) {
        take_frames_off(&file, ret);
        tide_buffer_free(&file);
    } else {
        *ret = file;
    }
    return true;
}
