#include "heap/ledger_reader.h"
#include "base/alloc.h"
#include "heap/ledger_view.h"
#include "ledger/hello.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A limit that was meant for the program is the tool's too. */
static int explain_map(uint64_t bytes, int code, tide_err *err) {
    struct rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    if (limit.rlim_cur == RLIM_INFINITY)
        return tide_fail(err, code, "cannot map a ledger of %llu bytes: %m", (unsigned long long)bytes);
    return tide_fail(
        err, code,
        "the limit on address space (ulimit -v) is too low for the ledger, a sparse file of %llu GiB in "
        "memory; to limit the program alone: record sh -c 'ulimit -v KIB; exec PROGRAM'",
        (unsigned long long)(bytes >> 30));
}

static int map_ledger(tide_ledger *ledger, uint64_t bytes, int protection, tide_err *err) {
    ledger->base = mmap(NULL, bytes, protection, MAP_SHARED | MAP_NORESERVE, ledger->fd, 0);
    if (ledger->base == MAP_FAILED) {
        ledger->base = NULL;
        return explain_map(bytes, -errno, err);
    }
    ledger->file_bytes = bytes;
    return 0;
}

static tide_ledger *ledger_alloc(int fd) {
    tide_ledger *ledger = tide_xcalloc(1, sizeof *ledger);
    ledger->fd = fd;
    return ledger;
}

/* `ulimit -f` is meant for files on disks, yet the kernel applies it to this one as well. */
static int set_size(int fd, tide_err *err) {
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    if (limit.rlim_max < TIDE_LEDGER_FILE_BYTES)
        return tide_fail(err, -EFBIG,
                         "the limit on file sizes (ulimit -H -f) is too low for the ledger, a sparse file of "
                         "%llu GiB in memory",
                         (unsigned long long)(TIDE_LEDGER_FILE_BYTES >> 30));
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit.rlim_max, limit.rlim_max});
    int failed = ftruncate(fd, (off_t)TIDE_LEDGER_FILE_BYTES) ? errno : 0;
    setrlimit(RLIMIT_FSIZE, &limit);
    errno = failed;
    return failed ? tide_fail(err, -failed, "cannot make a ledger: %m") : 0;
}

int tide_ledger_new(tide_ledger **ret, int *ret_fd, tide_err *err) {
    int fd = memfd_create(TIDE_LEDGER_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return tide_fail(err, -errno, "cannot make a ledger: %m");
    tide_ledger *ledger = ledger_alloc(fd);
    int code = set_size(fd, err);
    /* Sealed, so that a target cannot pull the pages from under a reader. */
    if (!code && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
        code = tide_fail(err, -errno, "cannot make a ledger: %m");
    if (!code)
        code = map_ledger(ledger, TIDE_LEDGER_FILE_BYTES, PROT_READ | PROT_WRITE, err);
    if (code) {
        tide_ledger_free(ledger);
        return code;
    }
    *ret = ledger;
    *ret_fd = fd;
    return 0;
}

int tide_ledger_open(tide_ledger **ret, int fd, tide_err *err) {
    struct stat status;
    if (fstat(fd, &status))
        return tide_fail(err, -errno, "cannot read the ledger: %m");
    if (status.st_size < TIDE_PAGE)
        return tide_fail(err, -EBADMSG, "too short for a ledger");
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return tide_fail(err, -errno, "cannot read the ledger: %m");
    tide_ledger *ledger = ledger_alloc(own);
    int code = map_ledger(ledger, (uint64_t)status.st_size, PROT_READ, err);
    if (code) {
        tide_ledger_free(ledger);
        return code;
    }
    *ret = ledger;
    return 0;
}

void tide_ledger_free(tide_ledger *ledger) {
    if (!ledger)
        return;
    if (ledger->base)
        munmap(ledger->base, ledger->file_bytes);
    close(ledger->fd);
    tide_vec_free(&ledger->stacks);
    tide_vec_free(&ledger->line_tables);
    tide_vec_free(&ledger->module_gone);
    tide_map_free(&ledger->codes);
    free(ledger);
}

static const tide_ledger_header *header_of(const tide_ledger *ledger) {
    return (const void *)ledger->base;
}

void tide_ledger_tick(tide_ledger *ledger, uint64_t time_ns) {
    tide_ledger_header *header = (void *)ledger->base;
    __atomic_store_n(&header->clock_ns, time_ns, __ATOMIC_RELAXED);
}

/* Memory that the tables really take; stat(2): units of 512. */
static uint64_t file_bytes(const tide_ledger *ledger) {
    struct stat status;
    return fstat(ledger->fd, &status) ? 0 : (uint64_t)status.st_blocks * 512;
}

void tide_ledger_now_read(const tide_ledger *ledger, tide_ledger_now *ret) {
    const tide_ledger_header *header = header_of(ledger);
    *ret = (tide_ledger_now){
        .heap_bytes = TIDE_READ(header->heap_bytes),
        .heap_peak_bytes = TIDE_READ(header->peak_bytes),
        .mapped_bytes = TIDE_READ(header->mapped_bytes),
        .tables_bytes = file_bytes(ledger),
        .private_bytes = TIDE_READ(header->private_bytes),
    };
}

uint32_t tide_ledger_ending(const tide_ledger *ledger) {
    return TIDE_READ(header_of(ledger)->ending);
}

static bool region_fits(const tide_ledger *ledger, tide_region region) {
    return region.offset >= TIDE_PAGE && region.offset % 64 == 0 && region.offset <= ledger->file_bytes &&
           region.bytes <= ledger->file_bytes - region.offset;
}

/* Take the layout over, once, when the target has written it. */
static int learn_layout(tide_ledger *ledger, tide_err *err) {
    tide_ledger_header *layout = &ledger->layout;
    *layout = *header_of(ledger);
    if (layout->magic != TIDE_LEDGER_MAGIC)
        return tide_fail(err, -EBADMSG, "this is no ledger");
    if (layout->version != TIDE_LAYOUT_VERSION)
        return tide_fail(err, -EBADMSG, "ledger version %u, this tool reads %u", layout->version,
                         TIDE_LAYOUT_VERSION);
    const tide_region *regions = &layout->threads;
    for (const tide_region *region = regions; region <= &layout->rows; region++)
        if (!region_fits(ledger, *region))
            return tide_fail(err, -EBADMSG, "ledger with a table outside of its file");
    if (layout->shards.bytes < TIDE_SHARDS * sizeof(tide_shard))
        return tide_fail(err, -EBADMSG, "ledger without shards");
    ledger->is_ready = true;
    return 0;
}

static uint64_t fit(uint64_t count, tide_region region, uint64_t item_bytes) {
    return count < region.bytes / item_bytes ? count : region.bytes / item_bytes;
}

static void read_threads(tide_ledger *ledger, tide_heap *heap) {
    const tide_thread_row *rows = tide_ledger_at(ledger, ledger->layout.threads);
    uint64_t count = fit(TIDE_READ(header_of(ledger)->thread_count), ledger->layout.threads, sizeof *rows);
    for (uint64_t i = 0; i < count; i++) {
        char name[sizeof rows->name + 1] = "";
        memcpy(name, rows[i].name, sizeof rows->name);
        if (i == heap->threads.count)
            tide_vec_push(&heap->threads);
        heap->threads.at[i] = (tide_thread){
            .name = tide_strings_add(&heap->strings, name),
            .tid = TIDE_READ(rows[i].tid),
            .start_ns = TIDE_READ(rows[i].start_ns),
            .end_ns = TIDE_READ(rows[i].end_ns),
            .threads_count = TIDE_READ(rows[i].threads_count),
        };
    }
}

/* allocated, freed, live: read freed first, so that the difference cannot come out below what it was. */
static tide_counts read_counts(const tide_site_row *site, const tide_site_note *note, uint64_t epoch,
                               uint64_t clock_ns) {
    tide_counts counts = {0};
    counts.freed_bytes = TIDE_READ(site->freed_bytes) + TIDE_READ(note->foreign_bytes);
    counts.freed_blocks = TIDE_READ(site->freed_blocks) + TIDE_READ(note->foreign_blocks);
    uint64_t saved_bytes = TIDE_READ(site->saved_bytes), saved_blocks = TIDE_READ(site->saved_blocks);
    bool is_saved = TIDE_READ(site->epoch_thread) >> 16 >= epoch;
    counts.resized_blocks = TIDE_READ(note->resized_blocks);
    counts.allocated_bytes = TIDE_READ(site->allocated_bytes) + TIDE_READ(note->resized_bytes);
    counts.allocated_blocks = TIDE_READ(site->allocated_blocks) + counts.resized_blocks;
    counts.temporary_blocks = TIDE_READ(note->temporary_blocks);
    counts.peak_bytes = is_saved ? saved_bytes : counts.allocated_bytes - counts.freed_bytes;
    counts.peak_blocks = is_saved ? saved_blocks : counts.allocated_blocks - counts.freed_blocks;
    counts.lifetime_ns = TIDE_READ(site->lifetime_ns) + TIDE_READ(note->foreign_lifetime_ns) +
                         (counts.allocated_blocks - counts.freed_blocks) * clock_ns;
    return counts;
}

static void read_sites(tide_ledger *ledger, tide_heap *heap) {
    const tide_site_row *rows = tide_ledger_at(ledger, ledger->layout.sites);
    const tide_site_note *notes = tide_ledger_at(ledger, ledger->layout.site_notes);
    uint64_t epoch = TIDE_READ(header_of(ledger)->epoch), clock_ns = TIDE_READ(header_of(ledger)->clock_ns);
    for (size_t i = 0; i < ledger->site_count; i++)
        heap->sites.at[i].counts = read_counts(&rows[i + 1], &notes[i + 1], epoch, clock_ns);
}

static void read_totals(tide_ledger *ledger, tide_heap *heap) {
    const tide_ledger_header *header = header_of(ledger);
    tide_totals totals = {
        .time_ns = TIDE_READ(header->clock_ns),
        .heap_bytes = TIDE_READ(header->heap_bytes),
        .heap_peak_bytes = TIDE_READ(header->peak_bytes),
        .peak_time_ns = TIDE_READ(header->peak_time_ns),
        .mapped_bytes = TIDE_READ(header->mapped_bytes),
        .mapped_peak_bytes = TIDE_READ(header->mapped_peak_bytes),
        .lost_events = TIDE_READ(header->lost_events),
        .own_bytes = TIDE_READ(header->private_bytes) + file_bytes(ledger),
    };
    const tide_thread_row *rows = tide_ledger_at(ledger, ledger->layout.threads);
    for (size_t i = 0; i < heap->threads.count; i++) {
        totals.lost_events += TIDE_READ(rows[i].lost_events);
        totals.foreign_frees += TIDE_READ(rows[i].foreign_frees);
        for (unsigned class = 0; class < TIDE_SIZE_CLASSES; class ++)
            totals.size_blocks[class] += TIDE_READ(rows[i].size_blocks[class]);
    }
    heap->totals = totals;
    heap->has_unknown_python = TIDE_READ(header->python_state) == TIDE_PYTHON_UNKNOWN;
    heap->unknown_python = TIDE_READ(header->python_version);
}

int tide_ledger_read(tide_ledger *ledger, tide_heap *heap, bool is_final, tide_err *err) {
    int code;
    if (!__atomic_load_n(&header_of(ledger)->ready, __ATOMIC_ACQUIRE)) {
        heap->totals.time_ns = TIDE_READ(header_of(ledger)->clock_ns);
        return 0;
    }
    if (!ledger->is_ready && (code = learn_layout(ledger, err)))
        return code;
    if (heap->sites.count > ledger->site_count)
        heap->sites.count = ledger->site_count; /* tide_ledger_read_now added some for the moment */
    /* First how far the log goes, then the threads: what is logged later may be of threads that come later. */
    uint64_t log_end = __atomic_load_n(&header_of(ledger)->log_words, __ATOMIC_ACQUIRE);
    read_threads(ledger, heap);
    if ((code = tide_ledger_read_log(ledger, heap, log_end, err)))
        return code;
    read_sites(ledger, heap);
    tide_ledger_read_given_rows(ledger, heap);
    read_totals(ledger, heap);
    if (is_final)
        tide_ledger_finish_pending(ledger, heap);
    return 0;
}
