/* The reader of recordings. An input is a file, or, since no fuzzer guesses checksums, a list of contents of blocks:
 * kind, length (16 bits, little-endian), content; the frames are put around them here. */
#include "fuzz.h"
#include "recording/format.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void frame_blocks(const uint8_t *data, size_t size, tide_buffer *ret) {
    uint8_t info[7] = {0};
    tide_frame_put_header(ret);
    tide_frame_put_block(ret, TIDE_BLOCK_INFO, &(tide_buffer){.at = info, .count = sizeof info}, NULL);
    while (size >= 3) {
        size_t count = data[1] | (size_t)data[2] << 8;
        uint32_t kind = data[0];
        data += 3, size -= 3;
        if (count > size)
            count = size;
        tide_buffer content = {0};
        tide_buffer_put(&content, data, count);
        tide_frame_put_block(ret, kind, &content, NULL);
        tide_buffer_free(&content);
        data += count, size -= count;
    }
}

static void require(bool promise) {
    if (!promise)
        abort();
}

static void check_symbols(const tide_recording *recording) {
    const tide_symbols *symbols = &recording->symbols;
    size_t string_count = symbols->strings.items.count;
    require(symbols->of_code.count == recording->heap.codes.count);
    require(symbols->module_state.count == recording->heap.modules.count);
    for (size_t i = 0; i < symbols->of_code.count; i++)
        require((uint64_t)symbols->of_code.at[i].first + symbols->of_code.at[i].count <=
                symbols->frames.count);
    for (size_t i = 0; i < symbols->frames.count; i++)
        require(symbols->frames.at[i].function < string_count && symbols->frames.at[i].file < string_count);
    for (size_t i = 0; i < symbols->module_state.count; i++)
        require(symbols->module_state.at[i] <= TIDE_SYMBOLS_LINES);
}

static void check_timeline(const tide_recording *recording) {
    for (size_t i = 1; i < recording->samples.count; i++)
        require(recording->samples.at[i - 1].time_ns <= recording->samples.at[i].time_ns);
    uint64_t time_ns = 0;
    for (size_t i = 0; i < recording->moments.count; i++) {
        const tide_moment *moment = &recording->moments.at[i];
        require(time_ns <= moment->totals.time_ns);
        time_ns = moment->totals.time_ns;
        for (size_t k = 0; k < moment->changes.count; k++)
            require(moment->changes.at[k].site < recording->heap.sites.count &&
                    (!k || moment->changes.at[k - 1].site < moment->changes.at[k].site));
    }
    require(time_ns <= recording->heap.totals.time_ns);
}

static void parse(const uint8_t *data, size_t size) {
    tide_recording recording;
    tide_err err = {0};
    int failed = tide_recording_parse(&recording, data, size, true, &err);
    if (failed) {
        require(failed == -EBADMSG && err.text[0] && err.offset_bytes <= size);
    } else {
        require(recording.file_bytes == size && recording.info.command && recording.info.host);
        fuzz_check_heap(&recording.heap);
        check_symbols(&recording);
        check_timeline(&recording);
    }
    tide_recording_free(&recording);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const size_t magic_bytes = strlen(TIDE_FILE_MAGIC);
    if (size >= magic_bytes && !memcmp(data, TIDE_FILE_MAGIC, magic_bytes)) {
        parse(data, size);
        return 0;
    }
    tide_buffer file = {0};
    frame_blocks(data, size, &file);
    parse(file.at, file.count);
    tide_buffer_free(&file);
    return 0;
}
