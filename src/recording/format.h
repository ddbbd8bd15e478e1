/* recording/format: what writer and reader agree on; the law is FORMAT.md. For this folder, its tests and its fuzz
 * target only.
 *
 *   file    header  16 bytes │ block │ block │ …
 *   header  "TIDEMARK" │ major u16 │ minor u16 │ crc of these 12 bytes
 *   block   kind u32 │ raw_bytes u32 │ stored_bytes u32 │ crc of the content │ crc of these 16 bytes │ content
 *
 * A block's header has a checksum of its own, so that a damaged length is told from a file that was cut. */
#pragma once
#include "base/buffer.h"
#include "heap/heap.h"
#include "recording/recording.h"
#include <stdbool.h>
#include <stdint.h>

#define TIDE_FILE_MAGIC "TIDEMARK"
enum { TIDE_FILE_MAJOR = 1, TIDE_FILE_MINOR = 1 };
enum { TIDE_FILE_HEADER_BYTES = 16, TIDE_BLOCK_HEADER_BYTES = 20 };

enum {
    TIDE_BLOCK_FULL_BYTES = 1 << 20, /* a writer closes a block when it has grown past this */
    TIDE_STRING_MAX_BYTES = 1 << 20, /* longer ones are cut there */
    TIDE_BLOCK_MAX_BYTES = 8 << 20,  /* a reader refuses more: INFO with four longest strings is 4 MiB */
};

enum tide_block_kind {
    TIDE_BLOCK_INFO = 1,
    TIDE_BLOCK_DEFS,
    TIDE_BLOCK_COUNTS_PART, /* of a moment with very many changes; COUNTS completes it */
    TIDE_BLOCK_COUNTS,
    TIDE_BLOCK_SAMPLES,
    TIDE_BLOCK_SYMBOLS, /* a new set, in place of any before it */
    TIDE_BLOCK_SYMBOLS_MORE,
    TIDE_BLOCK_END,
    TIDE_BLOCK_PAGES, /* residency; several of one time are one moment */
    TIDE_BLOCK_TOUCHES,
};

enum tide_section { /* in DEFS: tables of tide_heap; in SYMBOLS: of tide_symbols */
                    TIDE_SECTION_STRINGS = 1,
                    TIDE_SECTION_MODULES,
                    TIDE_SECTION_CODES,
                    TIDE_SECTION_NODES,
                    TIDE_SECTION_THREADS,
                    TIDE_SECTION_SITES,
                    TIDE_SECTION_FRAMES,
                    TIDE_SECTION_RANGES,
                    TIDE_SECTION_MODULE_STATES,
                    TIDE_SECTION_ROUTINES,
                    TIDE_SECTION_OWNERS,
                    TIDE_SECTION_NAMED_SECTIONS,
                    TIDE_SECTION_EVENTS,
};

/* ---- framing (frame.c) */
typedef struct tide_block {
    uint32_t kind, raw_bytes, stored_bytes, crc;
} tide_block;

void tide_frame_put_header(tide_buffer *out);
/* Append a block with `raw` as its content; `zstd`, a ZSTD_CCtx, may be NULL: then it is not compressed. */
void tide_frame_put_block(tide_buffer *out, uint32_t kind, const tide_buffer *raw, void *zstd);
/* False: its checksum is wrong. */
bool tide_frame_get_block(const uint8_t bytes[TIDE_BLOCK_HEADER_BYTES], tide_block *ret);

/* ---- contents (decode.c) */
typedef struct tide_decoder tide_decoder;
tide_decoder *tide_decoder_new(tide_recording *out, bool with_moments); /* owned (tide_decoder_free) */
void tide_decoder_watch(tide_decoder *decoder, tide_moment_seen *seen, void *arg);
/* Take one block into the recording. Returns NULL, or what is wrong with it (static). Unknown kinds are passed over. */
const char *tide_decoder_block(tide_decoder *decoder, uint32_t kind, const void *raw, size_t raw_bytes);
/* What can only be done when all is read. To be called before the recording is used, also after an error. */
void tide_decoder_finish(tide_decoder *decoder);
void tide_decoder_free(tide_decoder *decoder);
/* pages.c; NULL, or what is wrong. `known`: the fields of the moment before. */
const char *tide_residency_take_pages(tide_residency *residency, uint64_t *known, const tide_heap *heap,
                                      tide_cursor *block);
const char *tide_residency_take_touches(tide_residency *residency, const tide_heap *heap, tide_cursor *block);

/* Rows of owners, sections and events are fields, too: as many as their structs in heap/heap.h have numbers. */
enum { TIDE_OWNER_FIELDS = 7, TIDE_NAMED_SECTION_FIELDS = 10, TIDE_EVENT_FIELDS = 4 };

/* ---- rows of numbers of which few change (fields.c): a mask varint, then a zigzag varint for each bit in it */
enum { TIDE_COUNT_FIELDS = 9, TIDE_TOTAL_FIELDS = 9 + TIDE_SIZE_CLASSES, TIDE_SAMPLE_FIELDS = 5 };
enum { TIDE_FIELDS_MAX = 64 };

uint64_t tide_zigzag(uint64_t difference);
uint64_t tide_unzigzag(uint64_t coded);
/* Put what `now` has more than `known`, modulo 2^64, and make `known` the same as `now`; and the reverse. */
void tide_fields_put(tide_buffer *buffer, uint64_t *known, const uint64_t *now, unsigned count);
void tide_fields_take(tide_cursor *cursor, uint64_t *known, unsigned count);

void tide_totals_to_fields(uint64_t ret[TIDE_TOTAL_FIELDS], const tide_totals *totals);
void tide_totals_from_fields(tide_totals *ret, const uint64_t fields[TIDE_TOTAL_FIELDS]);
void tide_sample_to_fields(uint64_t ret[TIDE_SAMPLE_FIELDS], const tide_sample *sample);
void tide_sample_from_fields(tide_sample *ret, const uint64_t fields[TIDE_SAMPLE_FIELDS]);

/* The fields of a site do not change just because time passes: in place of lifetime_ns they have what it was less the
 * age that the live blocks would have if born at 0. `time_ns` is when the counts were read. */
void tide_counts_to_fields(uint64_t ret[TIDE_COUNT_FIELDS], const tide_counts *counts, uint64_t time_ns);
void tide_counts_from_fields(tide_counts *ret, const uint64_t fields[TIDE_COUNT_FIELDS], uint64_t time_ns);
/* As tide_fields_put and _take, with the age that new live blocks do not have at `time_ns` taken off. */
void tide_counts_put(tide_buffer *buffer, uint64_t known[TIDE_COUNT_FIELDS],
                     const uint64_t now[TIDE_COUNT_FIELDS], uint64_t time_ns);
void tide_counts_take(tide_cursor *cursor, uint64_t known[TIDE_COUNT_FIELDS], uint64_t time_ns);
