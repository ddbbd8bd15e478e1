/* recording/writer: what the two halves of the writer share. writer.c makes the file, blocks and their order;
 * tables.c knows what rows look like. Private to this folder. */
#pragma once
#include "base/buffer.h"
#include "recording/format.h"

typedef TIDE_VEC(uint64_t) tide_known_rows; /* fields, one row after another */

/* What the file has so far: only differences to it are written. */
struct tide_writer {
    int fd;     /* owned */
    char *path; /* owned; for messages */
    int failed; /* the negative errno that ended writing; the file ends at its last whole block */
    uint64_t written_bytes;
    bool is_new_file;             /* there was none before */
    tide_buffer beginning;        /* header and INFO, not written while an older file is still whole */
    void *zstd;                   /* owned ZSTD_CCtx */
    tide_buffer content, section; /* of the block and the section being made */

    size_t string_count, module_count, routine_count, code_count, node_count, site_count;
    TIDE_VEC(tide_thread) threads; /* whole: they change */
    tide_known_rows owners, sections, events;
    TIDE_VEC(struct tide_site_fields { uint64_t field[TIDE_COUNT_FIELDS]; }) counts;
    uint64_t totals[TIDE_TOTAL_FIELDS], sample[TIDE_SAMPLE_FIELDS], pages[TIDE_PAGES_FIELDS];
    TIDE_VEC(tide_site_pages) site_pages;
};

/* Write `content` as a block of this kind, and empty it. On failure the file is cut back to what it was before. */
int tide_writer_flush(tide_writer *writer, uint32_t kind, tide_err *err);

/* New and changed rows as sections, in one block or several. */
int tide_writer_defs(tide_writer *writer, const tide_heap *heap, tide_err *err);
