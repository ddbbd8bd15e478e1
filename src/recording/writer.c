#include "recording/writer.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

enum { FILE_MODE = 0644 };

static int fail_to_create(const char *path, tide_err *err) {
    int code = -errno;
    struct stat status;
    if (code == -EEXIST && !stat(path, &status) && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        code = -EISDIR;
    }
    if (code == -EEXIST)
        return tide_fail(err, code, "%s exists already: use -f to overwrite it", path);
    return tide_fail(err, code, "cannot create %s: %m", path);
}

static int write_all(int fd, const tide_buffer *bytes) {
    for (size_t done = 0; done < bytes->count;) {
        ssize_t count = write(fd, bytes->at + done, bytes->count - done);
        if (count < 0 && errno != EINTR)
            return -errno;
        done += count < 0 ? 0 : (size_t)count;
    }
    return 0;
}

static int fail_to_write(const tide_writer *writer, int code, tide_err *err) {
    errno = -code;
    return tide_fail(err, code, "cannot write to %s: %m", writer->path);
}

/* From here on the file is ours: what an older one held is gone. */
static int replace_older(tide_writer *writer) {
    int failed = ftruncate(writer->fd, 0) ? -errno : write_all(writer->fd, &writer->beginning);
    if (!failed)
        writer->written_bytes = writer->beginning.count;
    tide_buffer_free(&writer->beginning);
    return failed;
}

/* Either all of `bytes` is in the file afterwards, or nothing of it: half a block would hide what comes after it. */
static int append(tide_writer *writer, const tide_buffer *bytes, tide_err *err) {
    if (!writer->failed && writer->beginning.count)
        writer->failed = replace_older(writer);
    if (!writer->failed)
        writer->failed = write_all(writer->fd, bytes);
    if (!writer->failed) {
        writer->written_bytes += bytes->count;
        return 0;
    }
    if (ftruncate(writer->fd, (off_t)writer->written_bytes)) {
        /* a device, or the disk is gone: a reader takes half a block at the end for what it is */
    }
    return fail_to_write(writer, writer->failed, err);
}

int tide_writer_flush(tide_writer *writer, uint32_t kind, tide_err *err) {
    tide_buffer framed = {0};
    tide_frame_put_block(&framed, kind, &writer->content, writer->zstd);
    writer->content.count = 0;
    int failed = append(writer, &framed, err);
    tide_buffer_free(&framed);
    return failed;
}

static void put_info(tide_buffer *out, const tide_info *info) {
    const char *texts[] = {info->command, info->program, info->tool_version, info->host};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t length_bytes = texts[i] ? strnlen(texts[i], TIDE_STRING_MAX_BYTES) : 0;
        tide_buffer_put_varint(out, length_bytes);
        tide_buffer_put(out, texts[i], length_bytes);
    }
    tide_buffer_put_varint(out, info->start_unix_ns);
    tide_buffer_put_varint(out, info->pid);
    tide_buffer_put_varint(out, info->page_bytes);
    if (info->shows_native || info->source)
        tide_buffer_put_varint(out, info->shows_native);
    if (info->source) {
        tide_buffer_put_varint(out, info->source);
        tide_buffer_put_varint(out, info->clock);
    }
}

/* An older file stays whole for now: it may turn out that there is nothing to record. */
static bool is_older_file(const tide_writer *writer) {
    struct stat status;
    return !writer->is_new_file && !fstat(writer->fd, &status) && S_ISREG(status.st_mode);
}

/* Header and INFO in one go, so that a disk that is full from the start leaves an empty file, not a puzzling one. */
static int begin_file(tide_writer *writer, const tide_info *info, tide_err *err) {
    tide_buffer framed = {0};
    tide_frame_put_header(&framed);
    put_info(&writer->content, info);
    tide_frame_put_block(&framed, TIDE_BLOCK_INFO, &writer->content, writer->zstd);
    writer->content.count = 0;
    if (is_older_file(writer)) {
        writer->beginning = framed;
        return 0;
    }
    int failed = append(writer, &framed, err);
    tide_buffer_free(&framed);
    return failed;
}

static void free_writer(tide_writer *writer) {
    ZSTD_freeCCtx(writer->zstd);
    tide_buffer_free(&writer->content);
    tide_buffer_free(&writer->section);
    tide_buffer_free(&writer->beginning);
    tide_vec_free(&writer->threads);
    tide_vec_free(&writer->owners);
    tide_vec_free(&writer->sections);
    tide_vec_free(&writer->events);
    tide_vec_free(&writer->counts);
    tide_vec_free(&writer->site_pages);
    free(writer->path);
    free(writer);
}

int tide_writer_open(tide_writer **ret, const char *path, bool force, const tide_info *info, tide_err *err) {
    if (!strcmp(path, "-"))
        return tide_fail(err, -EINVAL, "a recording needs a file, it cannot go to standard output");
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY;
    int fd = open(path, flags | O_EXCL, FILE_MODE);
    bool is_new_file = fd >= 0;
    if (fd < 0 && errno == EEXIST && force)
        fd = open(path, flags, FILE_MODE);
    if (fd < 0)
        return fail_to_create(path, err);
    tide_writer *writer = tide_xcalloc(1, sizeof *writer);
    *writer = (tide_writer){
        .fd = fd, .path = tide_xstrdup(path), .is_new_file = is_new_file, .string_count = 1, .node_count = 1};
    (void)tide_vec_extend(&writer->owners, TIDE_OWNER_FIELDS); /* row 0 is known to all */
    writer->zstd = ZSTD_createCCtx(); /* NULL, out of memory: blocks are stored as they are */
    int failed = begin_file(writer, info, err);
    if (failed) {
        tide_writer_discard(writer);
        return failed;
    }
    *ret = writer;
    return 0;
}

int tide_writer_begin(tide_writer *writer, tide_err *err) {
    return append(writer, &(tide_buffer){0}, err);
}

void tide_writer_discard(tide_writer *writer) {
    if (writer->is_new_file)
        unlink(writer->path);
    close(writer->fd);
    free_writer(writer);
}

/* COUNTS: the totals, then the sites that changed, ascending. */
static int write_counts(tide_writer *writer, const tide_heap *heap, tide_err *err) {
    tide_buffer *content = &writer->content;
    uint64_t totals[TIDE_TOTAL_FIELDS], time_ns = heap->totals.time_ns;
    tide_totals_to_fields(totals, &heap->totals);
    tide_fields_put(content, writer->totals, totals, TIDE_TOTAL_FIELDS);
    if (writer->counts.count < heap->sites.count)
        (void)tide_vec_extend(&writer->counts, heap->sites.count - writer->counts.count);
    size_t next = 0; /* one more than the last site written */
    for (size_t i = 0; i < heap->sites.count; i++) {
        uint64_t fields[TIDE_COUNT_FIELDS];
        tide_counts_to_fields(fields, &heap->sites.at[i].counts, time_ns);
        if (!memcmp(fields, writer->counts.at[i].field, sizeof fields))
            continue;
        tide_buffer_put_varint(content, i - next);
        tide_counts_put(content, writer->counts.at[i].field, fields, time_ns);
        next = i + 1;
        if (content->count < TIDE_BLOCK_FULL_BYTES)
            continue;
        int failed = tide_writer_flush(writer, TIDE_BLOCK_COUNTS_PART, err);
        if (failed)
            return failed;
        tide_fields_put(content, writer->totals, totals, TIDE_TOTAL_FIELDS);
    }
    return tide_writer_flush(writer, TIDE_BLOCK_COUNTS, err);
}

int tide_writer_heap(tide_writer *writer, const tide_heap *heap, tide_err *err) {
    if (heap->totals.time_ns < writer->totals[0])
        return tide_fail(err, -EINVAL, "moments of a recording go forward in time");
    int failed = tide_writer_defs(writer, heap, err);
    return failed ? failed : write_counts(writer, heap, err);
}

int tide_writer_samples(tide_writer *writer, const tide_sample *samples, size_t count, tide_err *err) {
    for (size_t i = 0; i < count; i++)
        if (samples[i].time_ns < (i ? samples[i - 1].time_ns : writer->sample[0]))
            return tide_fail(err, -EINVAL, "samples of a recording go forward in time");
    int failed = 0;
    for (size_t i = 0; !failed && i < count; i++) {
        uint64_t fields[TIDE_SAMPLE_FIELDS];
        tide_sample_to_fields(fields, &samples[i]);
        tide_fields_put(&writer->content, writer->sample, fields, TIDE_SAMPLE_FIELDS);
        if (i + 1 == count || writer->content.count >= TIDE_BLOCK_FULL_BYTES)
            failed = tide_writer_flush(writer, TIDE_BLOCK_SAMPLES, err);
    }
    return failed;
}

int tide_writer_close(tide_writer *writer, const tide_end *end, tide_err *err) {
    if (!writer)
        return 0;
    int failed = writer->failed;
    if (failed)
        fail_to_write(writer, failed, err);
    else if (end) {
        tide_buffer_put_varint(&writer->content, end->kind);
        tide_buffer_put_varint(&writer->content, end->status);
        tide_buffer_put_varint(&writer->content, end->quick);
        failed = tide_writer_flush(writer, TIDE_BLOCK_END, err);
    }
    /* Some file systems report a full disk only here. */
    if (close(writer->fd) && !failed)
        failed = fail_to_write(writer, -errno, err);
    free_writer(writer);
    return failed;
}

uint64_t tide_writer_bytes(const tide_writer *writer) {
    return writer->written_bytes;
}
