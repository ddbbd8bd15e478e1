#include "heap/ledger_blocks.h"
#include "heap/ledger_view.h"

enum { READ_TRIES = 3, DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, ADDRESS_BITS = 47 };

static uint32_t site_of(const tide_ledger *ledger, uint64_t id) {
    return id && id <= ledger->site_count ? (uint32_t)id - 1 : TIDE_NONE;
}

/* ---- rows */

static bool shard_fits(const tide_ledger *ledger, const tide_shard *shard) {
    uint64_t room = ledger->layout.rows.bytes;
    return shard->bucket_count && !(shard->bucket_count & (shard->bucket_count - 1)) &&
           shard->offset % 64 == 0 && shard->offset <= room &&
           shard->bucket_count <= (room - shard->offset) / sizeof(tide_bucket);
}

static void take_row(tide_blocks *blocks, const tide_ledger *ledger, const tide_row *from) {
    tide_row row = {.place = TIDE_READ(from->place), .what = TIDE_READ(from->what)};
    if (row.place && tide_row_bytes(row))
        *tide_vec_push(blocks) = (tide_block){.address = tide_row_address(row),
                                              .bytes = tide_row_bytes(row),
                                              .site = site_of(ledger, tide_row_site(row))};
}

/* A shard whose rows were moved meanwhile is read again. */
static void take_shard(tide_blocks *blocks, const tide_ledger *ledger, const tide_shard *from) {
    size_t before = blocks->count;
    for (unsigned tries = 0; tries < READ_TRIES; tries++) {
        uint32_t moves = __atomic_load_n(&from->moves, __ATOMIC_ACQUIRE);
        tide_shard shard = *from;
        blocks->count = before;
        if (!shard_fits(ledger, &shard))
            return;
        const tide_bucket *buckets = (const void *)(ledger->base + ledger->layout.rows.offset + shard.offset);
        for (uint32_t i = 0; i < shard.bucket_count; i++)
            for (unsigned k = 0; k < sizeof buckets->row / sizeof *buckets->row; k++)
                take_row(blocks, ledger, &buckets[i].row[k]);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (!(moves & 1) && TIDE_READ(from->moves) == moves)
            return;
    }
}

static void take_mappings(tide_blocks *blocks, const tide_ledger *ledger) {
    const tide_ledger_header *header = (const void *)ledger->base;
    const tide_mapping_row *rows = tide_ledger_at(ledger, ledger->layout.mappings);
    uint64_t room = ledger->layout.mappings.bytes / sizeof *rows, count = TIDE_READ(header->mapping_count);
    for (uint64_t i = 0; i < count && i < room; i++) {
        uint64_t start = TIDE_READ(rows[i].start), end = TIDE_READ(rows[i].end);
        if (start < end)
            *tide_vec_push(blocks) = (tide_block){.address = start,
                                                  .bytes = end - start,
                                                  .site = site_of(ledger, TIDE_READ(rows[i].site)),
                                                  .is_mapping = true};
    }
}

/* ---- what is noted, and has no row yet or has one no longer (track/events.h) */

static uint32_t noted_site(const tide_ledger *ledger, const tide_thread_row *row) {
    const tide_site_note *notes = tide_ledger_at(ledger, ledger->layout.site_notes);
    uint64_t hash = TIDE_READ(row->noted_hash);
    if (!hash)
        return site_of(ledger, TIDE_READ(row->noted_site));
    for (uint64_t i = 1; i <= ledger->site_count; i++)
        if (TIDE_READ(notes[i].hash) == hash)
            return (uint32_t)i - 1;
    return TIDE_NONE;
}

typedef TIDE_VEC(tide_block) noted_list;

/* Events that are just being written over are left out: they are in the tables by now. */
static noted_list read_noted(const tide_ledger *ledger, size_t thread_count, bool is_free) {
    const tide_thread_row *rows = tide_ledger_at(ledger, ledger->layout.threads);
    noted_list noted = {0};
    for (size_t i = 0; i < thread_count; i++) {
        uint64_t what = TIDE_READ(rows[i].noted_what), address = TIDE_READ(rows[i].noted_address);
        tide_block block = {.address = address, .bytes = TIDE_READ(rows[i].noted_bytes)};
        bool is_wanted = is_free ? what == TIDE_EVENT_FREE || what == TIDE_EVENT_FREE_TEMPORARY
                                 : what == TIDE_EVENT_ALLOC && block.bytes;
        if (!is_wanted)
            continue;
        block.site = is_free ? TIDE_NONE : noted_site(ledger, &rows[i]);
        if (TIDE_READ(rows[i].noted_what) == what && TIDE_READ(rows[i].noted_address) == address)
            *tide_vec_push(&noted) = block;
    }
    return noted;
}

static tide_block *find(const tide_blocks *blocks, uint64_t address) {
    for (size_t i = 0; i < blocks->count; i++)
        if (blocks->at[i].address == address && !blocks->at[i].is_mapping)
            return &blocks->at[i];
    return NULL;
}

/* A block may get its row while the rows are read, after its shard was: then it was noted before. */
static void add_noted(tide_blocks *blocks, noted_list noted) {
    for (size_t i = 0; i < noted.count; i++)
        if (!find(blocks, noted.at[i].address))
            *tide_vec_push(blocks) = noted.at[i];
    tide_vec_free(&noted);
}

static void drop_noted(tide_blocks *blocks, noted_list noted) {
    for (size_t i = 0; i < noted.count; i++) {
        tide_block *block = find(blocks, noted.at[i].address);
        if (block)
            block->bytes = 0;
    }
    tide_vec_free(&noted);
}

/* ---- order */

static void sort_by_digit(tide_block *to, const tide_block *from, size_t count, unsigned shift) {
    size_t start[DIGITS + 1] = {0};
    for (size_t i = 0; i < count; i++)
        start[(from[i].address >> shift & (DIGITS - 1)) + 1]++;
    for (unsigned i = 0; i < DIGITS; i++)
        start[i + 1] += start[i];
    for (size_t i = 0; i < count; i++)
        to[start[from[i].address >> shift & (DIGITS - 1)]++] = from[i];
}

/* By digits of the address, the lowest first: four times over all blocks, where comparing takes twenty. */
static void sort(tide_blocks *blocks) {
    tide_blocks other = {0};
    (void)tide_vec_extend(&other, blocks->count);
    for (unsigned shift = 3; shift < ADDRESS_BITS; shift += DIGIT_BITS) {
        sort_by_digit(other.at, blocks->at, blocks->count, shift);
        tide_blocks sorted = other;
        other = *blocks;
        *blocks = sorted;
    }
    tide_vec_free(&other);
}

static void drop_empty(tide_blocks *blocks) {
    size_t kept = 0;
    for (size_t i = 0; i < blocks->count; i++)
        if (blocks->at[i].bytes)
            blocks->at[kept++] = blocks->at[i];
    blocks->count = kept;
}

void tide_ledger_blocks(tide_blocks *ret, const tide_ledger *ledger, const tide_heap *heap) {
    const tide_shard *shards = tide_ledger_at(ledger, ledger->layout.shards);
    ret->count = 0;
    if (!ledger->is_ready)
        return;
    noted_list before = read_noted(ledger, heap->threads.count, false);
    for (unsigned i = 0; i < TIDE_SHARDS; i++)
        take_shard(ret, ledger, &shards[i]);
    add_noted(ret, before);
    add_noted(ret, read_noted(ledger, heap->threads.count, false));
    drop_noted(ret, read_noted(ledger, heap->threads.count, true));
    take_mappings(ret, ledger);
    drop_empty(ret);
    if (ret->count)
        sort(ret);
}
