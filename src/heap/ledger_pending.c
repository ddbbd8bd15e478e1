/* Events that are on their way into the tables (track/events.h): when the target has ended they are completed here,
 * while it runs they are counted as if they were. */
#include "heap/ledger_view.h"
#include "heap/owners.h"

/* The site with this hash, or a new one of an unknown stack: its program has not named it yet, or was killed before. */
static tide_site *site_of(tide_ledger *ledger, tide_heap *heap, uint64_t hash, uint64_t id, uint32_t thread,
                          uint32_t noted_kind) {
    uint32_t kind = noted_kind & ((1u << TIDE_KIND_BITS) - 1), owner = noted_kind >> TIDE_KIND_BITS;
    const tide_site_note *notes = tide_ledger_at(ledger, ledger->layout.site_notes);
    if (!hash)
        return id && id <= ledger->site_count ? &heap->sites.at[id - 1] : NULL;
    for (uint64_t i = 1; i <= ledger->site_count; i++)
        if (TIDE_READ(notes[i].hash) == hash)
            return &heap->sites.at[i - 1];
    if (!ledger->unknown_node) {
        *tide_vec_push(&heap->codes) = (tide_code){.module = TIDE_NONE, .address = TIDE_CODE_UNRESOLVED};
        *tide_vec_push(&heap->nodes) = (tide_node){.parent = 0, .code = (uint32_t)heap->codes.count - 1};
        ledger->unknown_node = (uint32_t)heap->nodes.count - 1;
    }
    *tide_vec_push(&heap->sites) = (tide_site){
        .node = ledger->unknown_node,
        .thread = thread,
        .owner = owner < heap->owners.count ? owner : 0,
        .kind = kind < TIDE_KIND_COUNT ? kind : TIDE_MALLOC,
    };
    return &heap->sites.at[heap->sites.count - 1];
}

static void add_alloc(tide_heap *heap, tide_counts *counts, uint64_t bytes) {
    counts->allocated_bytes += bytes;
    counts->allocated_blocks++;
    heap->totals.size_blocks[tide_size_class(bytes)]++;
}

static void add_free(tide_counts *counts, uint64_t bytes, bool is_temporary) {
    counts->freed_bytes += bytes;
    counts->freed_blocks++;
    counts->temporary_blocks += is_temporary;
}

/* The heap has seen it; the site has not. Of an earlier epoch it is part of the peak. */
static void finish_due(tide_heap *heap, tide_site *site, uint64_t what, uint64_t bytes, bool is_in_peak) {
    if (!site)
        return;
    if (what == TIDE_EVENT_ALLOC || what == TIDE_EVENT_PAIR)
        add_alloc(heap, &site->counts, bytes);
    if (what != TIDE_EVENT_ALLOC)
        add_free(&site->counts, bytes, what != TIDE_EVENT_FREE);
    if (!is_in_peak || what == TIDE_EVENT_PAIR)
        return;
    site->counts.peak_bytes += what == TIDE_EVENT_ALLOC ? bytes : -bytes;
    site->counts.peak_blocks += what == TIDE_EVENT_ALLOC ? 1 : -1ull;
}

/* The heap has grown to where it never was: every site's live value is its value at the peak. When that was, nobody has
 * noted: it stays the time of the peak before, which was a few events lower. Now would be wrong as soon as the program
 * stands still. */
static void take_peak(tide_heap *heap) {
    heap->totals.heap_peak_bytes = heap->totals.heap_bytes;
    for (size_t i = 0; i < heap->sites.count; i++) {
        tide_counts *counts = &heap->sites.at[i].counts;
        counts->peak_bytes = counts->allocated_bytes - counts->freed_bytes;
        counts->peak_blocks = counts->allocated_blocks - counts->freed_blocks;
    }
}

static void finish_event(tide_heap *heap, tide_site *site, uint64_t what, uint64_t bytes) {
    if (!site)
        return;
    if (what == TIDE_EVENT_ALLOC || what == TIDE_EVENT_PAIR) {
        add_alloc(heap, &site->counts, bytes);
        heap->totals.heap_bytes += bytes;
        if (heap->totals.heap_bytes >= heap->totals.heap_peak_bytes)
            take_peak(heap);
    }
    if (what != TIDE_EVENT_ALLOC) {
        add_free(&site->counts, bytes, what != TIDE_EVENT_FREE);
        heap->totals.heap_bytes -= bytes;
    }
}

static bool find_row(const tide_ledger *ledger, uint64_t address, tide_row *ret) {
    const tide_shard *shards = tide_ledger_at(ledger, ledger->layout.shards);
    tide_shard shard = shards[tide_shard_of(address)];
    uint64_t room = ledger->layout.rows.bytes;
    if (!shard.bucket_count || shard.bucket_count & (shard.bucket_count - 1) || shard.offset % 64 ||
        shard.offset > room || shard.bucket_count > (room - shard.offset) / sizeof(tide_bucket))
        return false;
    const tide_bucket *buckets = (const void *)(ledger->base + ledger->layout.rows.offset + shard.offset);
    uint32_t home = tide_bucket_of(address, shard.bucket_count);
    for (uint32_t distance = 0; distance <= shard.probe_max && distance < shard.bucket_count; distance++) {
        const tide_bucket *bucket = &buckets[(home + distance) & (shard.bucket_count - 1)];
        for (unsigned i = 0; i < 4; i++) {
            *ret = bucket->row[i];
            if (tide_row_address(*ret) == address)
                return true;
        }
    }
    return false;
}

static void finish_noted(tide_ledger *ledger, tide_heap *heap, uint32_t thread, const tide_thread_row *row) {
    uint64_t what = TIDE_READ(row->noted_what), bytes = TIDE_READ(row->noted_bytes);
    tide_row block;
    if (what == TIDE_EVENT_ALLOC || what == TIDE_EVENT_PAIR) {
        finish_event(heap,
                     site_of(ledger, heap, TIDE_READ(row->noted_hash), TIDE_READ(row->noted_site), thread,
                             TIDE_READ(row->noted_kind)),
                     what, bytes);
    } else if (find_row(ledger, TIDE_READ(row->noted_address), &block)) {
        finish_event(heap, site_of(ledger, heap, 0, tide_row_site(block), thread, 0), what,
                     tide_row_bytes(block));
    } else
        heap->totals.foreign_frees++;
}

static void finish_thread_due(tide_ledger *ledger, tide_heap *heap, uint32_t thread,
                              const tide_thread_row *row, uint64_t epoch) {
    uint32_t what = TIDE_READ(row->due_what);
    if (what)
        finish_due(heap, site_of(ledger, heap, 0, TIDE_READ(row->due_site), thread, 0), what,
                   TIDE_READ(row->due_bytes), TIDE_READ(row->due_epoch) < epoch);
}

void tide_ledger_finish_pending(tide_ledger *ledger, tide_heap *heap) {
    const tide_thread_row *rows = tide_ledger_at(ledger, ledger->layout.threads);
    const tide_ledger_header *header = (const void *)ledger->base;
    uint64_t epoch = TIDE_READ(header->epoch);
    for (uint32_t i = 0; i < heap->threads.count; i++)
        finish_thread_due(ledger, heap, i, &rows[i], epoch);
    for (uint32_t i = 0; i < heap->threads.count; i++)
        if (TIDE_READ(rows[i].noted_what))
            finish_noted(ledger, heap, i, &rows[i]);
    tide_owner_peaks_raise(heap);
}

/* ---- while it runs */

/* From noted_what to due_epoch: one cache line. */
enum { WAITING_WORDS = 8, READ_TRIES = 3 };
static_assert(offsetof(tide_thread_row, size_blocks) - offsetof(tide_thread_row, noted_what) ==
                  WAITING_WORDS * sizeof(uint64_t),
              "what waits is a line of its own");
typedef struct waiting {
    uint64_t words[WAITING_WORDS];
} waiting;

static waiting read_waiting(const tide_thread_row *row) {
    const uint64_t *words = &row->noted_what;
    waiting now;
    for (unsigned i = 0; i < WAITING_WORDS; i++)
        now.words[i] = TIDE_READ(words[i]);
    return now;
}

/* An event may have been counted between two looks that found it waiting: the program repeats itself. */
static void drop_overcounted(tide_heap *heap) {
    for (size_t i = 0; i < heap->sites.count; i++) {
        tide_counts *counts = &heap->sites.at[i].counts;
        if (counts->allocated_bytes < counts->freed_bytes ||
            counts->allocated_blocks < counts->freed_blocks) {
            counts->freed_bytes = counts->allocated_bytes;
            counts->freed_blocks = counts->allocated_blocks;
        }
    }
}

typedef TIDE_VEC(waiting) waiting_rows;

/* What waits, as it was just before the tables were read; once more if threads came that were not known then. */
static int read_between(tide_ledger *ledger, tide_heap *heap, waiting_rows *before, tide_err *err) {
    int code = 0;
    for (unsigned tries = 0;
         code == 0 && tries < READ_TRIES && (!tries || heap->threads.count > before->count); tries++) {
        const tide_thread_row *rows = tide_ledger_at(ledger, ledger->layout.threads);
        before->count = 0;
        for (size_t i = 0; i < heap->threads.count; i++)
            *tide_vec_push(before) = read_waiting(&rows[i]);
        code = tide_ledger_read(ledger, heap, false, err);
    }
    return code;
}

int tide_ledger_read_now(tide_ledger *ledger, tide_heap *heap, tide_err *err) {
    waiting_rows before = {0};
    int code = read_between(ledger, heap, &before, err);
    const tide_thread_row *rows = tide_ledger_at(ledger, ledger->layout.threads);
    const tide_ledger_header *header = (const void *)ledger->base;
    uint64_t epoch = TIDE_READ(header->epoch);
    for (uint32_t pass = 0; code == 0 && pass < 2; pass++)
        for (uint32_t i = 0; i < before.count; i++) {
            tide_thread_row row = {0};
            waiting now = read_waiting(&rows[i]);
            if (memcmp(&now, &before.at[i], sizeof now) != 0)
                continue;
            memcpy(&row.noted_what, &now, sizeof now);
            if (pass == 0)
                finish_thread_due(ledger, heap, i, &row, epoch);
            else if (row.noted_what)
                finish_noted(ledger, heap, i, &row);
        }
    tide_vec_free(&before);
    drop_overcounted(heap);
    tide_owner_peaks_raise(heap);
    return code;
}
