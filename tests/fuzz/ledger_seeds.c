#include "fuzz.h"
#include "ledger_image.h"

/* Sites 1 and 2 share a frame in a module; site 3 is elsewhere, after the module has gone. */
static const uint64_t log_words[] = {
    TIDE_LOG_MODULE | 9 << 8,
    0x1000,
    0x10000,
    0x20000,
    4,
    0xdeadbeef,
    0,
    0,
    0x6f732e61 /* "a.so" */,
    TIDE_LOG_SITE | 5 << 8 | 1ull << 32,
    0,
    1 | (uint64_t)TIDE_MALLOC << 16,
    0x10010,
    0x10020,
    TIDE_LOG_SITE | 4 << 8 | 2ull << 32,
    1ull << 32 | 1,
    (uint64_t)TIDE_NEW << 16,
    0x10030,
    TIDE_LOG_MODULE_GONE | 1 << 8,
    TIDE_LOG_SITE | 4 << 8 | 3ull << 32,
    2ull << 32,
    1ull << 32,
    0x10010,
};

static void put_patch(tide_buffer *out, size_t offset_bytes, uint64_t word) {
    const uint8_t place[2] = {(uint8_t)(offset_bytes / 8), (uint8_t)(offset_bytes / 8 >> 8)};
    tide_buffer_put(out, place, sizeof place);
    tide_buffer_put_u64(out, word);
}
#define PATCH(out, field, word) put_patch(out, offsetof(fuzz_ledger_image, field), word)

/* Events that thread 0 had not finished: the second line of its row, filled in one way or another with the numbers of
 * an event, an address, a size and a site; and the row of a live block at that address. */
static void put_unfinished(tide_buffer *out, unsigned way, uint64_t address) {
    const uint64_t words[] = {way, address, 48, way & 1 ? 0x1234 : 0, 1, 2 | (uint64_t)(way & 3) << 32, 32};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        put_patch(out, offsetof(fuzz_ledger_image, threads) + 64 + i * sizeof *words, words[i]);
    size_t shard = offsetof(fuzz_ledger_image, shards) + tide_shard_of(address) * sizeof(tide_shard);
    size_t bucket = offsetof(fuzz_ledger_image, rows) + tide_bucket_of(address, 4) * sizeof(tide_bucket);
    tide_row row = tide_row_make(address, 48, 2);
    put_patch(out, shard + offsetof(tide_shard, bucket_count), 4 | 2ull << 32); /* and probe_max */
    put_patch(out, bucket + offsetof(tide_row, place), row.place);
    put_patch(out, bucket + offsetof(tide_row, what), row.what);
}

bool fuzz_seed(unsigned index, tide_buffer *ret) {
    enum { SEEDS = 24 };
    if (index == SEEDS)
        return false;
    size_t log_bytes = sizeof log_words - (index & 4 ? 4 * sizeof *log_words : 0);
    const uint8_t head[3] = {(uint8_t)(index & 3), (uint8_t)log_bytes, (uint8_t)(log_bytes >> 8)};
    *ret = (tide_buffer){0};
    tide_buffer_put(ret, head, sizeof head);
    tide_buffer_put(ret, log_words, log_bytes);
    PATCH(ret, header.heap_bytes, 100);
    PATCH(ret, header.peak_bytes, 200);
    PATCH(ret, sites[1].allocated_bytes, 100);
    PATCH(ret, threads[0].name, 0x6e69616d); /* "main" */
    if (index & 1)
        put_unfinished(ret, 1 + index / 4, 0x5550000);
    return true;
}
