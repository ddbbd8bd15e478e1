#include "recording/crc32c.h"
#include "recording/format.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

/* Where the bytes come from: a file, or memory. Only forwards. */
typedef struct reader {
    int fd;            /* -1: memory */
    const uint8_t *at; /* the memory that is left; borrowed */
    size_t left_bytes;
    const char *name;        /* for messages; borrowed */
    uint64_t offset_bytes;   /* how far it was read */
    tide_buffer stored, raw; /* the block at hand; `capacity` is their size */
    tide_decoder *decoder;
    tide_recording *out;
    tide_err *err;
} reader;

/* Returns how many of `count` bytes there were, fewer only at the end, or -errno. */
static ssize_t read_bytes(reader *in, void *to, size_t count) {
    size_t done = 0;
    if (in->fd < 0) {
        done = in->left_bytes < count ? in->left_bytes : count;
        if (done)
            memcpy(to, in->at, done);
        in->at += done;
        in->left_bytes -= done;
    }
    while (in->fd >= 0 && done < count) {
        ssize_t got = read(in->fd, (uint8_t *)to + done, count - done);
        if (got < 0 && errno != EINTR)
            return tide_fail(in->err, -errno, "cannot read %s: %m", in->name);
        if (got == 0)
            break;
        done += got < 0 ? 0 : (size_t)got;
    }
    in->offset_bytes += done;
    return (ssize_t)done;
}

static int fail_damaged(reader *in, uint64_t offset_bytes, const char *why) {
    tide_fail(in->err, -EBADMSG, "%s is damaged at byte %" PRIu64 ": %s", in->name, offset_bytes, why);
    if (in->err)
        in->err->offset_bytes = offset_bytes;
    return -EBADMSG;
}

static int read_header(reader *in) {
    uint8_t bytes[TIDE_FILE_HEADER_BYTES];
    ssize_t got = read_bytes(in, bytes, sizeof bytes);
    if (got < 0)
        return (int)got;
    const size_t magic_bytes = strlen(TIDE_FILE_MAGIC);
    if ((size_t)got < magic_bytes || memcmp(bytes, TIDE_FILE_MAGIC, magic_bytes) != 0)
        return tide_fail(in->err, -EBADMSG, "%s is %s", in->name, got ? "no recording of Tidemark" : "empty");
    if (got < TIDE_FILE_HEADER_BYTES)
        return fail_damaged(in, (uint64_t)got, "it ends within its header");
    tide_cursor cursor = {.at = bytes + magic_bytes, .end = bytes + sizeof bytes};
    uint32_t major = tide_cursor_u32(&cursor) & UINT16_MAX;
    if (tide_cursor_u32(&cursor) != tide_crc32c(bytes, TIDE_FILE_HEADER_BYTES - sizeof(uint32_t)))
        return fail_damaged(in, 0, "the header's checksum is wrong");
    if (major != TIDE_FILE_MAJOR)
        return tide_fail(in->err, -EBADMSG,
                         "%s has format %u, and this Tidemark reads format %d: use the one that made it",
                         in->name, major, TIDE_FILE_MAJOR);
    return 0;
}

/* The file was cut within the block that starts here. */
static int end_torn(reader *in, uint64_t offset_bytes) {
    in->out->torn = true;
    in->out->torn_offset_bytes = offset_bytes;
    return 0;
}

static void set_size(tide_buffer *buffer, size_t count) {
    if (count > buffer->capacity || !buffer->at) {
        buffer->at = tide_xrealloc(buffer->at, count, 1);
        buffer->capacity = count;
    }
    buffer->count = count;
}

/* Decompress `stored` into `raw`. Returns NULL, or what is wrong. */
static const char *unpack(reader *in, const tide_block *block) {
    if (tide_crc32c(in->stored.at, in->stored.count) != block->crc)
        return "a block's checksum is wrong";
    set_size(&in->raw, block->raw_bytes);
    if (block->stored_bytes == block->raw_bytes) {
        memcpy(in->raw.at, in->stored.at, block->raw_bytes);
        return NULL;
    }
    size_t raw_bytes = ZSTD_decompress(in->raw.at, in->raw.count, in->stored.at, in->stored.count);
    return ZSTD_isError(raw_bytes) || raw_bytes != block->raw_bytes ? "a block does not decompress" : NULL;
}

/* Returns 1 when there may be another one, 0 at the end, or a negative errno. */
static int read_block(reader *in) {
    uint64_t start = in->offset_bytes;
    uint8_t header[TIDE_BLOCK_HEADER_BYTES];
    tide_block block;
    ssize_t got = read_bytes(in, header, sizeof header);
    if (got <= 0)
        return (int)got;
    if (got < TIDE_BLOCK_HEADER_BYTES)
        return end_torn(in, start);
    if (!tide_frame_get_block(header, &block))
        return fail_damaged(in, start, "the checksum of a block's header is wrong");
    if (block.raw_bytes > TIDE_BLOCK_MAX_BYTES || block.stored_bytes > block.raw_bytes)
        return fail_damaged(in, start, "a block is larger than any may be");
    set_size(&in->stored, block.stored_bytes);
    got = read_bytes(in, in->stored.at, in->stored.count);
    if (got < 0)
        return (int)got;
    if ((size_t)got < in->stored.count)
        return end_torn(in, start);
    in->out->file_bytes = in->offset_bytes;
    const char *why = unpack(in, &block);
    if (!why)
        why = tide_decoder_block(in->decoder, block.kind, in->raw.at, in->raw.count);
    return why ? fail_damaged(in, start, why) : 1;
}

static int read_all(reader *in) {
    int status = read_header(in);
    if (!status)
        do
            status = read_block(in);
        while (status > 0);
    tide_decoder_finish(in->decoder);
    in->out->file_bytes = in->offset_bytes;
    tide_decoder_free(in->decoder);
    tide_buffer_free(&in->stored);
    tide_buffer_free(&in->raw);
    return status;
}

/* Reads with a new `decoder`, and frees it. */
static int read_file(tide_decoder *decoder, tide_recording *ret, const char *path, tide_err *err) {
    reader in = {
        .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), .name = path, .decoder = decoder, .out = ret};
    in.err = err;
    if (in.fd < 0) {
        int failed = tide_fail(err, -errno, "cannot open %s: %m", path);
        tide_decoder_free(decoder);
        tide_recording_free(ret);
        return failed;
    }
    int failed = read_all(&in);
    close(in.fd);
    return failed;
}

int tide_recording_read(tide_recording *ret, const char *path, bool with_moments, tide_err *err) {
    return read_file(tide_decoder_new(ret, with_moments), ret, path, err);
}

int tide_recording_watch(tide_recording *ret, const char *path, tide_moment_seen *seen, void *arg,
                         tide_err *err) {
    tide_decoder *decoder = tide_decoder_new(ret, false);
    tide_decoder_watch(decoder, seen, arg);
    return read_file(decoder, ret, path, err);
}

int tide_recording_parse(tide_recording *ret, const void *bytes, size_t count, bool with_moments,
                         tide_err *err) {
    reader in = {.fd = -1, .at = bytes, .left_bytes = count, .name = "the recording", .out = ret, .err = err};
    in.decoder = tide_decoder_new(ret, with_moments);
    return read_all(&in);
}

void tide_recording_free(tide_recording *recording) {
    free(recording->info.command);
    free(recording->info.program);
    free(recording->info.tool_version);
    free(recording->info.host);
    tide_heap_free(&recording->heap);
    tide_symbols_free(&recording->symbols);
    tide_vec_free(&recording->samples);
    for (size_t i = 0; i < recording->moments.count; i++)
        tide_vec_free(&recording->moments.at[i].changes);
    tide_vec_free(&recording->moments);
    tide_residency_free(&recording->residency);
    memset(recording, 0, sizeof *recording);
}
