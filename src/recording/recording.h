/* recording: the file. Format and byte example: FORMAT.md beside this header.
 *
 *   header │ INFO │ DEFS │ COUNTS t1 │ SAMPLES │ DEFS │ COUNTS t2 │ … │ SYMBOLS │ END
 *
 * A file is a list of blocks, each on its own: kind, lengths, checksum, zstd data. It is written as the program runs,
 * so that a tool that is killed leaves everything up to its last block. Tables are appended to, never rewritten. */
#pragma once
#include "base/err.h"
#include "heap/heap.h"
#include "recording/pages.h"
#include "symbols/symbols.h"
#include <stdbool.h>
#include <stdint.h>

/* Who measured. */
enum tide_source {
    TIDE_SOURCE_TIDEMARK,
    TIDE_SOURCE_DHAT,   /* imported; no timeline, no temporary blocks, no threads */
    TIDE_SOURCE_MASSIF, /* imported; bytes at the peak and at the end, no blocks, no totals */
};
/* What all times are counted in. */
enum tide_clock {
    TIDE_CLOCK_NS,
    TIDE_CLOCK_INSTRUCTIONS,
    TIDE_CLOCK_BYTES, /* allocated and freed so far */
    TIDE_CLOCK_UNITS, /* of another tool, not known here */
};

typedef struct tide_info {     /* known at the start */
    char *command;             /* arguments joined by spaces, quoted where a shell would need it; owned */
    char *program;             /* path of the executable; owned */
    char *tool_version, *host; /* owned */
    uint64_t start_unix_ns;    /* wall clock at the program's start */
    uint32_t pid, page_bytes;
    uint32_t source, clock; /* enum tide_source, enum tide_clock */
    bool shows_native;      /* views show native frames between those of an interpreted language, too */
} tide_info;

/* How the recording ended. */
enum tide_end_kind {
    TIDE_END_NONE,     /* it did not: the tool was killed, the disk was full, or the file is cut */
    TIDE_END_EXITED,   /* status = exit status */
    TIDE_END_SIGNALED, /* status = signal number */
    TIDE_END_EXEC,     /* the program replaced itself by another one */
    TIDE_END_DETACHED, /* the program goes on */
    TIDE_END_GONE,     /* it ended; its status went to its parent, which is not the tool */
};
typedef struct tide_end {
    uint32_t kind, status;
    bool quick; /* ended by _exit, quick_exit, abort or a signal: no atexit handlers ran */
} tide_end;

typedef struct tide_sample { /* one point of the timeline */
    uint64_t time_ns, heap_bytes, mapped_bytes;
    uint64_t rss_bytes, pss_bytes; /* without the tracker's own memory; pss 0: not measured here */
} tide_sample;

/* ---- writing */
typedef struct tide_writer tide_writer;

/* Create `path`. An existing file is refused unless `force`, and then stays whole until tide_writer_begin, or what else
 * writes first; that it may be written to is checked here. "-" is refused. `*ret` is owned (tide_writer_close). */
int tide_writer_open(tide_writer **ret, const char *path, bool force, const tide_info *info, tide_err *err);
/* There is something to record: an older file is replaced now. Does nothing for a new one. */
int tide_writer_begin(tide_writer *writer, tide_err *err);
/* There is nothing to record: instead of all that follows. Removes a new file, leaves an older one as it was. Frees
 * `writer`. */
void tide_writer_discard(tide_writer *writer);
/* After a failure to write, here and below, the file ends with its last whole block and further calls fail as well. */

/* Append what of `heap`'s tables is new since the last call, then the counts of the sites that changed. Of rows
 * that were written before, only threads may change. heap->totals.time_ns never goes back (-EINVAL).
 * Cost: O(sites); a moment at which n sites changed takes some 10 n bytes. */
int tide_writer_heap(tide_writer *writer, const tide_heap *heap, tide_err *err);
/* By time, also across calls (-EINVAL). */
int tide_writer_samples(tide_writer *writer, const tide_sample *samples, size_t count, tide_err *err);
/* Of the codes and modules that tide_writer_heap wrote. A later call replaces what an earlier one wrote. */
int tide_writer_symbols(tide_writer *writer, const tide_symbols *symbols, tide_err *err);
/* Residency at one moment, after those before it (-EINVAL), and who touched what since. Appends what of `heap`'s tables
 * is new, as tide_writer_heap does. A moment at which n sites changed takes some 10 n bytes. */
int tide_writer_pages(tide_writer *writer, const tide_heap *heap, const tide_pages *pages,
                      const tide_site_pages *sites, size_t sites_count, const tide_touch *touches,
                      size_t touches_count, tide_err *err);
/* Write the END block and close; what a file system reports only then is returned too. NULL end: no END block.
 * Frees `writer`, also after a failure; NULL is fine. */
int tide_writer_close(tide_writer *writer, const tide_end *end, tide_err *err);
uint64_t tide_writer_bytes(const tide_writer *writer); /* written so far */

/* ---- reading */
typedef struct tide_change {
    uint32_t site;
    tide_counts counts;
} tide_change;
typedef struct tide_moment { /* one COUNTS block */
    tide_totals totals;
    /* Absolute values of the sites that changed, ascending. All others are as they were at the moment before, but that
     * their live blocks are older: lifetime_ns grew by live blocks × time between the two. */
    TIDE_VEC(tide_change) changes;
} tide_moment;

typedef struct tide_recording {
    tide_info info;
    tide_heap heap; /* as of the last moment in the file */
    tide_symbols symbols;
    TIDE_VEC(tide_sample) samples; /* by time */
    TIDE_VEC(tide_moment) moments; /* by time; empty unless asked for */
    tide_residency residency;      /* with --pages */
    tide_end end;
    bool torn; /* the tail is cut: everything up to torn_offset_bytes was read */
    uint64_t torn_offset_bytes, file_bytes;
} tide_recording;

/* Read a whole file into `*ret` (caller's storage; freed with tide_recording_free also after an error).
 * `with_moments`: keep each COUNTS block too. Returns 0 (also for a torn tail), -EBADMSG with the byte offset for
 * anything that is no recording, of another major version, or damaged before its tail; -errno for I/O.
 * Memory is bounded by the tables in the file; hostile lengths are refused before anything is allocated for them. */
int tide_recording_read(tide_recording *ret, const char *path, bool with_moments, tide_err *err);
/* Called when the counts of a moment are in `so_far->heap`. `changes`: which sites they are. Until the file is read, a
 * site's lifetime_ns is short of live blocks × time of the moment, modulo 2^64, and file_bytes is how far that went. */
typedef void tide_moment_seen(void *arg, const tide_recording *so_far, const tide_change *changes,
                              size_t change_count);
/* tide_recording_read for files of which not all moments fit into memory: each is shown and forgotten. */
int tide_recording_watch(tide_recording *ret, const char *path, tide_moment_seen *seen, void *arg,
                         tide_err *err);
/* The same from memory, for tests and fuzzing. */
int tide_recording_parse(tide_recording *ret, const void *bytes, size_t count, bool with_moments,
                         tide_err *err);
void tide_recording_free(tide_recording *recording);
