#include "ledger/writer.h"
#include "ledger/system.h"
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { FIRST_OPEN_BYTES = 64 << 10, FIRST_BUCKETS = 8, MOST_HALVINGS = 11 };

void tide_spin_wait(uint32_t *lock) {
    for (unsigned spins = 0;; spins++) {
        if (!__atomic_load_n(lock, __ATOMIC_RELAXED) && !__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
            return;
        if (spins % 128 ==
            127) /* its holder may wait for this very core, and be of lower priority: yielding would not help it */
            tide_sys_sleep_ns(20000);
        else
            __builtin_ia32_pause();
    }
}

/* Regions one after another, page-aligned. `shrink`: halvings of what may be large. Returns the bytes of all. */
static uint64_t lay_out(tide_ledger_header *header, unsigned shrink) {
    uint64_t end = TIDE_PAGE, sites = TIDE_SITES_MAX >> shrink;
    struct {
        tide_region *region;
        uint64_t bytes;
    } regions[] = {
        {&header->threads, (uint64_t)TIDE_THREADS_MAX * sizeof(tide_thread_row) >> shrink},
        {&header->shards, TIDE_SHARDS * sizeof(tide_shard)},
        {&header->mappings, (uint64_t)TIDE_MAPPINGS_MAX * sizeof(tide_mapping_row) >> shrink},
        {&header->log, 4ull << 30 >> shrink},
        {&header->sites, sites * sizeof(tide_site_row)},
        {&header->site_notes, sites * sizeof(tide_site_note)},
        {&header->owners, (uint64_t)TIDE_OWNER_ROWS_MAX * sizeof(tide_owner_row) >> shrink},
        {&header->sections, TIDE_SECTION_ROWS_MAX * sizeof(tide_section_row)},
        {&header->rows, 48ull << 30 >> shrink},
    };
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++) {
        uint64_t bytes = (regions[i].bytes + TIDE_PAGE - 1) & ~(uint64_t)(TIDE_PAGE - 1);
        *regions[i].region = (tide_region){.offset = end, .bytes = bytes};
        end += bytes;
    }
    return end;
}

static void opened_init(struct tide_opened *opened, uint8_t *base, tide_region region) {
    *opened = (struct tide_opened){.start = base + region.offset, .room_bytes = region.bytes};
}

bool tide_book_reach(struct tide_opened *opened, uint64_t bytes) {
    if (TIDE_LIKELY(bytes <= opened->open_bytes))
        return true;
    if (bytes > opened->room_bytes)
        return false;
    uint64_t want = opened->open_bytes ? opened->open_bytes : FIRST_OPEN_BYTES;
    while (want < bytes)
        want *= 2;
    if (want > opened->room_bytes)
        want = opened->room_bytes;
    if (mprotect(opened->start, want, PROT_READ | PROT_WRITE))
        return false;
    opened->open_bytes = want;
    return true;
}

static void shards_init(tide_book *book) {
    const uint64_t first_bytes = FIRST_BUCKETS * sizeof(tide_bucket);
    for (uint32_t i = 0; i < TIDE_SHARDS; i++) {
        book->shards[i] = (tide_shard){
            .bucket_count = FIRST_BUCKETS, .row_limit = FIRST_BUCKETS * 2, .offset = i * first_bytes};
    }
    book->header->rows_bytes = TIDE_SHARDS * first_bytes;
}

/* How much address space the tables may take: a quarter of what is allowed (RLIMIT_AS), the rest is the program's. */
static uint64_t address_space_bytes(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    return limit.rlim_cur / 4;
}

int tide_book_open(tide_book *book, int fd) {
    tide_ledger_header layout = {.magic = TIDE_LEDGER_MAGIC, .version = TIDE_LAYOUT_VERSION};
    uint8_t *base = MAP_FAILED;
    uint64_t bytes = 0;
    struct stat file;
    if (fstat(fd, &file))
        return -errno;
    int code = -EFBIG;
    uint64_t most_bytes = address_space_bytes();
    if ((uint64_t)file.st_size < most_bytes)
        most_bytes = (uint64_t)file.st_size; /* beyond the file's end every access would be a SIGBUS */
    for (unsigned shrink = 0; shrink <= MOST_HALVINGS && base == MAP_FAILED; shrink++) {
        bytes = lay_out(&layout, shrink);
        if (bytes > most_bytes)
            continue;
        base = tide_sys_mmap(bytes, PROT_NONE, MAP_SHARED | MAP_NORESERVE, fd);
        code = -errno;
    }
    if (base == MAP_FAILED)
        return code;
    madvise(base, bytes, MADV_DONTDUMP); /* a core dump of the program is the program's */
    *book = (tide_book){.header = (void *)base, .mapped_bytes = bytes};
    opened_init(&book->threads_open, base, layout.threads);
    opened_init(&book->mappings_open, base, layout.mappings);
    opened_init(&book->log_open, base, layout.log);
    opened_init(&book->sites_open, base, layout.sites);
    opened_init(&book->notes_open, base, layout.site_notes);
    opened_init(&book->owners_open, base, layout.owners);
    opened_init(&book->sections_open, base, layout.sections);
    opened_init(&book->rows_open, base, layout.rows);
    book->threads = (void *)book->threads_open.start;
    book->shards = (void *)(base + layout.shards.offset);
    book->mappings = (void *)book->mappings_open.start;
    book->log = (void *)book->log_open.start;
    book->sites = (void *)book->sites_open.start;
    book->site_notes = (void *)book->notes_open.start;
    book->owners = (void *)book->owners_open.start;
    book->sections = (void *)book->sections_open.start;
    book->rows = book->rows_open.start;
    if (mprotect(base, TIDE_PAGE, PROT_READ | PROT_WRITE) ||
        mprotect(book->shards, layout.shards.bytes, PROT_READ | PROT_WRITE) ||
        !tide_book_reach(&book->rows_open, TIDE_SHARDS * FIRST_BUCKETS * sizeof(tide_bucket)) ||
        /* a child made by fork has no part in this ledger: an access would be a bug, and shows as one */
        madvise(base, bytes, MADV_DONTFORK)) {
        code = -errno;
        tide_sys_munmap(base, bytes);
        return code;
    }
    uint64_t clock_ns = book->header->clock_ns; /* the tool's word: it may have been set already */
    *book->header = layout;
    book->header->clock_ns = clock_ns;
    shards_init(book);
    return 0;
}

/* ---- tables of rows. A heap that grows fills one MiB after the other, so one shard's outgrown tables are what the
 * next one needs: to use them again costs a tenth of fresh pages (measured: 2.2 us for a page, 0.9 to give it back). */

static struct tide_spare *spares_of(tide_book *book, uint32_t bucket_count) {
    return &book->spares[__builtin_ctz(bucket_count)];
}

/* Offset of an empty table; UINT64_MAX: no room. */
static uint64_t table_new(tide_book *book, uint32_t bucket_count) {
    struct tide_spare *spares = spares_of(book, bucket_count);
    uint64_t bytes = (uint64_t)bucket_count * sizeof(tide_bucket), offset = UINT64_MAX;
    uint64_t align = bytes < TIDE_PAGE ? bytes : TIDE_PAGE;
    /* Shards may grow at the same time, each under its own lock: this is the one thing they share. */
    tide_spin_lock(&book->header->rows_lock);
    bool is_spare = spares->count;
    if (is_spare) {
        offset = spares->offsets[--spares->count];
    } else {
        uint64_t next = (book->header->rows_bytes + align - 1) & ~(align - 1);
        if (tide_book_reach(&book->rows_open, next + bytes)) {
            offset = next;
            book->header->rows_bytes = next + bytes;
        }
    }
    tide_spin_unlock(&book->header->rows_lock);
    if (is_spare)
        memset(book->rows + offset, 0, bytes);
    return offset;
}

/* A table that is used no more: a few of each size are kept, of others the memory goes back to the system. */
static void table_free(tide_book *book, uint64_t offset, uint32_t bucket_count) {
    struct tide_spare *spares = spares_of(book, bucket_count);
    uint64_t bytes = (uint64_t)bucket_count * sizeof(tide_bucket);
    tide_spin_lock(&book->header->rows_lock);
    bool is_kept = spares->count < TIDE_SPARE_TABLES;
    if (is_kept)
        spares->offsets[spares->count++] = offset;
    tide_spin_unlock(&book->header->rows_lock);
    if (!is_kept && bytes >= TIDE_PAGE)
        madvise(book->rows + offset, bytes, MADV_REMOVE);
}

bool tide_shard_grow(tide_book *book, tide_shard *shard) {
    uint32_t old_count = shard->bucket_count, new_count = old_count * 2;
    uint64_t old_offset = shard->offset, offset = table_new(book, new_count);
    if (offset == UINT64_MAX)
        return false;
    const tide_bucket *old = tide_shard_buckets(book, shard);
    __atomic_store_n(&shard->moves, shard->moves + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    shard->offset = offset;
    shard->bucket_count = new_count;
    shard->probe_max = 0;
    shard->row_limit = (uint64_t)new_count * 5 / 2; /* 62 % full */
    for (uint32_t b = 0; b < old_count; b++) {
        for (unsigned i = 0; i < 4; i++) {
            tide_row row = old[b].row[i];
            if (row.place)
                *tide_live_vacancy(book, shard, tide_row_address(row)) = row;
        }
    }
    __atomic_store_n(&shard->moves, shard->moves + 1, __ATOMIC_RELEASE);
    table_free(book, old_offset, old_count);
    return true;
}

/* ---- the log */
uint64_t *tide_log_begin(tide_book *book, uint32_t kind, uint32_t count, uint32_t a) {
    uint64_t start = book->header->log_words;
    if (!tide_book_reach(&book->log_open, (start + count) * sizeof(uint64_t)))
        return NULL;
    book->log[start] = kind | (uint64_t)count << 8 | (uint64_t)a << 32;
    return &book->log[start];
}

void tide_log_commit(tide_book *book, uint32_t count) {
    __atomic_store_n(&book->header->log_words, book->header->log_words + count, __ATOMIC_RELEASE);
}

bool tide_log_append(tide_book *book, const uint64_t *words, uint32_t count) {
    uint64_t *at = tide_log_begin(book, 0, count, 0);
    if (!at)
        return false;
    memcpy(at, words, count * sizeof *words);
    at[0] |= (uint64_t)count << 8;
    tide_log_commit(book, count);
    return true;
}
