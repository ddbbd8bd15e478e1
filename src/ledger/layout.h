/* ledger/layout: the tables that a target writes and everybody else reads. One sparse file in memory (memfd):
 *
 *   header │ threads │ shards │ mappings │ log │ sites │ site notes │ owners │ sections │ rows (live blocks)
 *
 * malloc(100) by thread 1 at a call stack that is site 7, address 0x5000:
 *
 *   rows of the shard of 0x5000   + { 0x5000, 100 bytes, site 7 }
 *   sites[7]                      allocated_bytes += 100, allocated_blocks += 1
 *   header.heap_bytes             += 100; above the peak? then header.epoch += 1
 *
 * free(0x5000) takes the row away and counts on freed_bytes, freed_blocks of site 7.
 *
 * The first time a stack is seen it is described in the log, as a difference to the stack described before it on that
 * thread; the reader builds the tree of calls from it. Offsets, never pointers. Nothing moves but the rows of a shard
 * when it grows. Counters only grow, so that a reader's difference of two never underflows.
 *
 * The peak of every site, exactly, without visiting the sites: `epoch` rises with each new maximum of heap_bytes. A
 * site about to change compares its own epoch; when it is behind, its present value is what it had at the maximum,
 * and is saved. So at any time   value at peak = site.epoch == header.epoch ? saved : live.
 *
 * Trust: the reader clamps all it reads; the target may scribble here. x86-64 only: plain aligned loads and stores of
 * 64 bits are single and ordered as written between one writer and its readers. */
#pragma once
#include "ledger/words.h"
#include <assert.h>
#include <stdalign.h>
#include <stdint.h>

#define TIDE_LEDGER_MAGIC 0x31304c4544495454ull /* "TTIDEL01" */
enum { TIDE_LAYOUT_VERSION = 2 };

enum {
    TIDE_SITE_BITS = 24, /* site ids fit a row's low bits; id 0 is "not named yet" */
    TIDE_SITES_MAX = 1 << TIDE_SITE_BITS,
    TIDE_SHARDS = 256,
    TIDE_THREADS_MAX = 16384,
    TIDE_THREAD_NAME_BYTES = 64,
    TIDE_MAPPINGS_MAX = 1 << 20,
    TIDE_OWNER_ROWS_MAX = 1 << 20,
    TIDE_SECTION_ROWS_MAX = 4096,
    TIDE_EVENT_NAMES_MAX = 200,
    TIDE_PAGE = 4096,
};
static const uint64_t TIDE_LEDGER_FILE_BYTES = 64ull << 30; /* sparse; what the file may grow to */

typedef struct tide_region {
    uint64_t offset, bytes; /* in the file; `bytes` is the room, not what is used */
} tide_region;

/* ---- live blocks: buckets of four rows, one cache line. An empty row is {0, 0}. Written under the shard's lock (when
 * there is more than one thread). Address and size of any block fit: 44 bits of address / 8, 60 bits of size. */
typedef struct tide_row {
    uint64_t place; /* address / 8 << 20 | size >> 40 */
    uint64_t what;  /* size << 24 | site */
} tide_row;
typedef struct tide_bucket {
    alignas(64) tide_row row[4];
} tide_bucket;
static_assert(sizeof(tide_bucket) == 64, "a bucket is a cache line");

typedef struct tide_shard {        /* all blocks whose address / 1 MiB hashes here */
    alignas(64) uint32_t lock;     /* 0 free, 1 held; writers only */
    uint32_t moves;                /* odd while the rows are being moved to a larger table */
    uint32_t bucket_count;         /* 2^k */
    uint32_t probe_max;            /* no row is further than this many buckets from its home */
    uint64_t row_count, row_limit; /* grows at the limit */
    uint64_t offset;               /* of the buckets, from the start of the rows region */
} tide_shard;

/* ---- sites. The thread that owns a site is the only writer of its row, but for saved_*, whose writers may be two: the
 * owner, and a thread that frees a block of the site. */
typedef struct tide_site_row {
    alignas(64) uint64_t allocated_bytes;
    uint64_t allocated_blocks;
    uint64_t freed_bytes, freed_blocks; /* freed by the owner thread */
    uint64_t epoch_thread;              /* epoch << 16 | owner thread's index */
    uint64_t saved_bytes, saved_blocks; /* live at that epoch's maximum */
    /* − clock at each birth, + clock at each death by the owner; mod 2^64 */
    uint64_t lifetime_ns;
} tide_site_row;
static_assert(sizeof(tide_site_row) == 64, "a site's counters are a cache line");

/* what changes seldom; atomic adds, since any thread may resize or free a block */
typedef struct tide_site_note {
    alignas(64) uint64_t hash;              /* of thread, kind, owner and stack; constant */
    uint64_t temporary_blocks;              /* owner thread only */
    uint64_t resized_bytes, resized_blocks; /* reallocs, beside allocated_*: new sizes */
    /* freed by other threads, or the old sizes of reallocs */
    uint64_t foreign_bytes, foreign_blocks;
    uint64_t foreign_lifetime_ns; /* + clock at each death by another thread */
    uint32_t owner, is_event;     /* constant; is_event: its counters are of ad-hoc events */
} tide_site_note;
static_assert(sizeof(tide_site_note) == 64, "");

/* ---- threads */
enum tide_event {
    TIDE_EVENT_NONE,
    TIDE_EVENT_ALLOC,
    TIDE_EVENT_FREE,
    TIDE_EVENT_FREE_TEMPORARY, /* before its thread's next allocation */
    TIDE_EVENT_PAIR,           /* allocated and at once freed: a temporary that never gets a row */
};

typedef struct tide_thread_row {
    alignas(64) uint32_t tid;
    uint32_t threads_count;    /* threads that have used this row, one after another */
    uint64_t start_ns, end_ns; /* end 0: alive */
    uint64_t lost_events, foreign_frees;
    alignas(64) char name[TIDE_THREAD_NAME_BYTES]; /* the kernel's 15, or Python's; cut, and padded with 0 */
    /* The thread's last two events on their way into the tables (track/events.h). A reader completes them itself. */
    alignas(64) uint64_t noted_what; /* enum tide_event: not looked up yet */
    uint64_t noted_address, noted_bytes;
    uint64_t noted_hash;             /* of an allocation; 0: its site is noted_site */
    uint32_t noted_site, noted_kind; /* kind | owner << TIDE_KIND_BITS */
    uint32_t due_what, due_site;     /* looked up, not counted yet */
    uint64_t due_bytes;
    uint64_t due_epoch; /* the header's when it happened */
    alignas(64) uint64_t size_blocks[TIDE_SIZE_CLASSES];
} tide_thread_row;

/* ---- mappings the program made with mmap, sorted by start, never overlapping. Written under mappings_lock. */
typedef struct tide_mapping_row {
    uint64_t start, end;
    uint64_t site;
} tide_mapping_row;

/* ---- what the program says of itself (include/tidemark/tidemark.h). Written by src/track/tally.c and src/api. */

/* What has passed through an owner, with those below it. With one writer plain additions, else atomic ones. */
typedef struct tide_tally {
    uint64_t allocated_bytes, allocated_blocks, freed_bytes, freed_blocks;
    int64_t peak_bytes, peak_blocks; /* the highest allocated − freed, and the blocks at that moment */
} tide_tally;

/* Row 0 is the whole process, counted while somebody measures it; its name is "". */
typedef struct tide_owner_row {
    alignas(64) tide_tally tally;
    uint64_t limit_bytes;                  /* 0: none */
    uint32_t parent, is_used;              /* is_used: 0 when it is retired */
    alignas(64) uint64_t charged_bytes[3]; /* enum tide_class; of itself alone; atomic */
    uint64_t site_count;                   /* call sites in it; only grows */
    uint64_t hash;                         /* of name and parent */
} tide_owner_row;
static_assert(sizeof(tide_owner_row) == 128, "");

/* All sections of one name. Atomic additions, when one begins or ends. */
typedef struct tide_section_row {
    alignas(64) uint64_t begun_count;
    uint64_t ended_count;
    uint64_t allocated_bytes, allocated_blocks, freed_bytes, freed_blocks; /* of those that have ended */
    int64_t peak_bytes;                                                    /* the highest of any */
    uint64_t first_begin_ns;
    alignas(64) uint64_t last_end_ns;
    uint64_t hash; /* of the name */
} tide_section_row;
static_assert(sizeof(tide_section_row) == 128, "");

/* ---- log: records of whole 64-bit words. word 0 = kind | words << 8 | a << 32 (words counts word 0). */
enum tide_log_kind {
    /* a = site id;  [1] = previous site << 32 | frames kept of its stack, from the root
     *               [2] = thread | kind << 16 | owner << 24
     *               [3…] frames, outermost first: return addresses, or TIDE_FRAME_* */
    TIDE_LOG_SITE = 1,
    /* a = module index;  [1] bias [2] start [3] end [4] build-id bytes [5..7] build-id [8…] path, padded with 0 */
    TIDE_LOG_MODULE = 2,
    TIDE_LOG_MODULE_GONE = 3, /* a = module index: addresses in the sites that follow are not in it */
    /* a = routine index, from 0: a function of an interpreted language; [1] first line | bytes of its name << 32
     * [2] bytes of its file's name | bytes of its line table << 32      [3…] these three, padded with 0 */
    TIDE_LOG_ROUTINE = 4,
    /* a name that the program gave:  [1] bytes of the name | parent << 32   [2…] the name, padded with 0 */
    TIDE_LOG_OWNER = 5,   /* a = row, from 1; once more when it is taken again */
    TIDE_LOG_SECTION = 6, /* a = row, from 0 */
    TIDE_LOG_EVENT = 7,   /* a = index, from 0: sites of kind TIDE_KIND_EVENT + a count events of this name */
};
/* What stands in a stack in place of a return address */
#define TIDE_FRAME_ROUTINE \
    (1ull << 63) /* | routine << 32 | offset in its instructions, bytes; before them: negative */
enum {
    TIDE_PC_ELIDED = 1,     /* frames are left out here (TIDE_CODE_ELIDED of heap/heap.h) */
    TIDE_PC_UNRESOLVED = 2, /* the stack is not known (TIDE_CODE_UNRESOLVED) */
};
enum {
    TIDE_LOG_RECORD_WORDS_MAX = (1 << 24) - 1,
};

/* ---- header */
typedef struct tide_ledger_header {
    uint64_t magic;
    uint32_t version, pid;
    /* 1 when the fields up to here and the regions are set; written last, by the target */
    uint32_t ready;
    uint32_t ending; /* enum tide_ending: what the target is about to do */
    tide_region threads, shards, mappings, log, sites, site_notes, owners, sections, rows;

    alignas(64) uint64_t clock_ns; /* since the program's start; written by the tool only */

    /* one line, since every event changes the first and reads the others */
    alignas(64) uint64_t heap_bytes;
    uint64_t peak_bytes, epoch;
    uint64_t peak_time_ns;
    uint64_t
        last_thread; /* index of the thread of the last event; kept while there is no sole writer (track/sole.h) */

    alignas(64) uint64_t log_words; /* published with release after the record is complete */
    uint32_t site_count, thread_count, module_count;
    uint32_t mapping_count, mappings_lock;
    uint64_t mapped_bytes, mapped_peak_bytes;
    uint64_t rows_bytes; /* of the rows region, handed out; under rows_lock */
    uint32_t rows_lock;
    uint64_t lost_events;                             /* of threads without a row */
    uint64_t private_bytes;                           /* the tracker's memory beside this file */
    uint32_t python_state;                            /* enum tide_python_state */
    uint32_t owner_count, section_count, event_count; /* row 0 of the owners is not counted */
    uint32_t python_version; /* as the interpreter has it: 0x030b02f0 is 3.11.2; 0: older than that */
} tide_ledger_header;
static_assert(sizeof(tide_ledger_header) <= TIDE_PAGE, "");

enum tide_python_state { TIDE_PYTHON_NONE, TIDE_PYTHON_KNOWN, TIDE_PYTHON_UNKNOWN };
enum tide_ending { TIDE_RUNNING, TIDE_ENDING_EXIT, TIDE_ENDING_QUICK, TIDE_ENDING_EXEC };

/* Which shard, and which bucket in it. One MiB of addresses shares a shard: each thread's arena has its own, and the
 * shards' locks stay in the cache of their thread. */
static inline uint32_t tide_shard_of(uint64_t address) {
    return (uint32_t)(((address >> 20) * 0x9E3779B97F4A7C15ull) >> 56);
}
static inline uint32_t tide_bucket_of(uint64_t address, uint32_t bucket_count) {
    return (uint32_t)(((address >> 3) * 0x9E3779B97F4A7C15ull) >> 32) & (bucket_count - 1);
}
static_assert(TIDE_SHARDS == 256, "tide_shard_of takes 8 bits");

static inline uint64_t tide_row_address(tide_row row) {
    return row.place >> 20 << 3;
}
static inline uint64_t tide_row_bytes(tide_row row) {
    return (row.place & 0xfffff) << 40 | row.what >> TIDE_SITE_BITS;
}
static inline uint32_t tide_row_site(tide_row row) {
    return (uint32_t)row.what & (TIDE_SITES_MAX - 1);
}
static inline tide_row tide_row_make(uint64_t address, uint64_t bytes, uint32_t site) {
    return (tide_row){.place = address >> 3 << 20 | bytes >> 40, .what = bytes << TIDE_SITE_BITS | site};
}
/* Class 0: size 0; class k: 2^(k-1) <= size < 2^k. */
static inline uint32_t tide_size_class(uint64_t bytes) {
    uint32_t class = bytes ? 64u - (uint32_t)__builtin_clzll(bytes) : 0;
    return class < TIDE_SIZE_CLASSES ? class : TIDE_SIZE_CLASSES - 1;
}
