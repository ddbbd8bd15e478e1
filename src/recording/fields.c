#include "recording/format.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

/* Order is the file format, as FORMAT.md lists it. */
enum {
    ALLOCATED_BYTES,
    ALLOCATED_BLOCKS,
    LIVE_BYTES,
    LIVE_BLOCKS,
    LIFETIME,
    TEMPORARY,
    PEAK_BYTES,
    PEAK_BLOCKS,
    RESIZED
};

static const size_t totals_offsets[] = {
    offsetof(tide_totals, time_ns),         offsetof(tide_totals, heap_bytes),
    offsetof(tide_totals, heap_peak_bytes), offsetof(tide_totals, peak_time_ns),
    offsetof(tide_totals, mapped_bytes),    offsetof(tide_totals, mapped_peak_bytes),
    offsetof(tide_totals, lost_events),     offsetof(tide_totals, foreign_frees),
    offsetof(tide_totals, own_bytes),
};
enum { TOTALS_SINGLE = sizeof totals_offsets / sizeof *totals_offsets };
static_assert(TOTALS_SINGLE + TIDE_SIZE_CLASSES == TIDE_TOTAL_FIELDS, "every total is in the file");
static_assert(sizeof(tide_totals) == TIDE_TOTAL_FIELDS * sizeof(uint64_t), "every total is in the file");
static_assert(sizeof(tide_counts) == TIDE_COUNT_FIELDS * sizeof(uint64_t), "every count is in the file");
static_assert(sizeof(tide_sample) == TIDE_SAMPLE_FIELDS * sizeof(uint64_t),
              "every sample's figure is in the file");
static_assert((int)TIDE_TOTAL_FIELDS <= (int)TIDE_FIELDS_MAX, "a mask is 64 bits");

/* Small differences of either sign become small numbers: 0 −1 1 −2 … are 0 1 2 3 … */
uint64_t tide_zigzag(uint64_t difference) {
    return difference << 1 ^ (0 - (difference >> 63));
}

uint64_t tide_unzigzag(uint64_t coded) {
    return coded >> 1 ^ (0 - (coded & 1));
}

static void put_differences(tide_buffer *buffer, const uint64_t *differences, unsigned count) {
    uint64_t mask = 0;
    for (unsigned i = 0; i < count; i++)
        mask |= (uint64_t)(differences[i] != 0) << i;
    tide_buffer_put_varint(buffer, mask);
    for (unsigned i = 0; i < count; i++)
        if (differences[i])
            tide_buffer_put_varint(buffer, tide_zigzag(differences[i]));
}

static void take_differences(tide_cursor *cursor, uint64_t *ret_differences, unsigned count) {
    uint64_t mask = tide_cursor_varint(cursor);
    if (count < TIDE_FIELDS_MAX && mask >> count)
        cursor->failed = true;
    for (unsigned i = 0; i < count; i++)
        ret_differences[i] = mask >> i & 1 ? tide_unzigzag(tide_cursor_varint(cursor)) : 0;
}

void tide_fields_put(tide_buffer *buffer, uint64_t *known, const uint64_t *now, unsigned count) {
    uint64_t differences[TIDE_FIELDS_MAX];
    for (unsigned i = 0; i < count; i++)
        differences[i] = now[i] - known[i];
    put_differences(buffer, differences, count);
    memcpy(known, now, count * sizeof *known);
}

void tide_fields_take(tide_cursor *cursor, uint64_t *known, unsigned count) {
    uint64_t differences[TIDE_FIELDS_MAX];
    take_differences(cursor, differences, count);
    for (unsigned i = 0; i < count; i++)
        known[i] += differences[i];
}

void tide_totals_to_fields(uint64_t ret[TIDE_TOTAL_FIELDS], const tide_totals *totals) {
    for (unsigned i = 0; i < TOTALS_SINGLE; i++)
        memcpy(&ret[i], (const char *)totals + totals_offsets[i], sizeof *ret);
    memcpy(&ret[TOTALS_SINGLE], totals->size_blocks, sizeof totals->size_blocks);
}

void tide_totals_from_fields(tide_totals *ret, const uint64_t fields[TIDE_TOTAL_FIELDS]) {
    for (unsigned i = 0; i < TOTALS_SINGLE; i++)
        memcpy((char *)ret + totals_offsets[i], &fields[i], sizeof *fields);
    memcpy(ret->size_blocks, &fields[TOTALS_SINGLE], sizeof ret->size_blocks);
}

void tide_sample_to_fields(uint64_t ret[TIDE_SAMPLE_FIELDS], const tide_sample *sample) {
    ret[0] = sample->time_ns;
    ret[1] = sample->heap_bytes;
    ret[2] = sample->mapped_bytes;
    ret[3] = sample->rss_bytes;
    ret[4] = sample->pss_bytes;
}

void tide_sample_from_fields(tide_sample *ret, const uint64_t fields[TIDE_SAMPLE_FIELDS]) {
    *ret = (tide_sample){.time_ns = fields[0],
                         .heap_bytes = fields[1],
                         .mapped_bytes = fields[2],
                         .rss_bytes = fields[3],
                         .pss_bytes = fields[4]};
}

void tide_counts_to_fields(uint64_t ret[TIDE_COUNT_FIELDS], const tide_counts *counts, uint64_t time_ns) {
    ret[ALLOCATED_BYTES] = counts->allocated_bytes;
    ret[ALLOCATED_BLOCKS] = counts->allocated_blocks;
    ret[LIVE_BYTES] = counts->allocated_bytes - counts->freed_bytes;
    ret[LIVE_BLOCKS] = counts->allocated_blocks - counts->freed_blocks;
    ret[LIFETIME] = counts->lifetime_ns - ret[LIVE_BLOCKS] * time_ns;
    ret[TEMPORARY] = counts->temporary_blocks;
    ret[PEAK_BYTES] = counts->peak_bytes;
    ret[PEAK_BLOCKS] = counts->peak_blocks;
    ret[RESIZED] = counts->resized_blocks;
}

void tide_counts_from_fields(tide_counts *ret, const uint64_t fields[TIDE_COUNT_FIELDS], uint64_t time_ns) {
    *ret = (tide_counts){
        .allocated_bytes = fields[ALLOCATED_BYTES],
        .allocated_blocks = fields[ALLOCATED_BLOCKS],
        .freed_bytes = fields[ALLOCATED_BYTES] - fields[LIVE_BYTES],
        .freed_blocks = fields[ALLOCATED_BLOCKS] - fields[LIVE_BLOCKS],
        .peak_bytes = fields[PEAK_BYTES],
        .peak_blocks = fields[PEAK_BLOCKS],
        .temporary_blocks = fields[TEMPORARY],
        .resized_blocks = fields[RESIZED],
        .lifetime_ns = fields[LIFETIME] + fields[LIVE_BLOCKS] * time_ns,
    };
}

/* A block born at t takes t off the lifetime field. Taken at `time_ns` instead, what is left to write is its age. */
void tide_counts_put(tide_buffer *buffer, uint64_t known[TIDE_COUNT_FIELDS],
                     const uint64_t now[TIDE_COUNT_FIELDS], uint64_t time_ns) {
    uint64_t differences[TIDE_COUNT_FIELDS];
    for (unsigned i = 0; i < TIDE_COUNT_FIELDS; i++)
        differences[i] = now[i] - known[i];
    differences[LIFETIME] += differences[LIVE_BLOCKS] * time_ns;
    put_differences(buffer, differences, TIDE_COUNT_FIELDS);
    memcpy(known, now, TIDE_COUNT_FIELDS * sizeof *known);
}

void tide_counts_take(tide_cursor *cursor, uint64_t known[TIDE_COUNT_FIELDS], uint64_t time_ns) {
    uint64_t differences[TIDE_COUNT_FIELDS];
    take_differences(cursor, differences, TIDE_COUNT_FIELDS);
    differences[LIFETIME] -= differences[LIVE_BLOCKS] * time_ns;
    for (unsigned i = 0; i < TIDE_COUNT_FIELDS; i++)
        known[i] += differences[i];
}
