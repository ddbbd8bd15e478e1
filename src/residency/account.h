/* residency/account: where each resident byte of a process belongs, seen from outside. Each stands once; the sums are
 * the kernel's own.
 *
 *   mappings (proc)         pieces (classify)                    parts (split)                  categories
 *   libfoo.so rw-p 24 kB ─► static data, whole mapping        ─► written: anonymous 8 kB     ─► DATA_WRITTEN   8 kB
 *                                                                as in its file 12 kB        ─► DATA_CLEAN    12 kB
 *   anonymous rw-p 9 MB  ─► stack [0, 8 MB) of thread 7       ─► 40 kB                       ─► THREAD_STACK  40 kB
 *                           large malloc block [8 MB, 9 MB)   ─► 1 MB                        ─► LARGE_BLOCK    1 MB
 *
 * Mappings that lie side by side are one to the kernel, so a mapping may be of several pieces; where their pages
 * differ, pagemap says how much of what is in which. Nothing in the process is changed, and nobody is stopped. */
#pragma once
#include "base/err.h"
#include "proc/mappings.h"
#include "proc/smaps_rollup.h"
#include "proc/stat.h"

typedef enum tide_category {
    TIDE_CATEGORY_TEXT,
    TIDE_CATEGORY_CONSTANTS,
    TIDE_CATEGORY_RELOCATED, /* copied by ld.so to write addresses into, then read-only (relro) */
    TIDE_CATEGORY_DATA_WRITTEN,
    TIDE_CATEGORY_DATA_CLEAN, /* still as in the file */
    TIDE_CATEGORY_BSS,        /* static data that begins as zeros */
    TIDE_CATEGORY_MAIN_STACK,
    TIDE_CATEGORY_THREAD_STACK,
    TIDE_CATEGORY_BRK_HEAP,
    TIDE_CATEGORY_ARENA,       /* a heap of glibc beside brk's */
    TIDE_CATEGORY_LARGE_BLOCK, /* a block that glibc's malloc gave a mapping of its own */
    TIDE_CATEGORY_ANONYMOUS,
    TIDE_CATEGORY_GENERATED, /* anonymous and executable */
    TIDE_CATEGORY_SHARED_MEMORY,
    TIDE_CATEGORY_MEMFD,
    TIDE_CATEGORY_FILE, /* other files, as data */
    TIDE_CATEGORY_TRACKER,
    TIDE_CATEGORY_KERNEL, /* vdso and the like */
    TIDE_CATEGORY_COUNT,
} tide_category;

typedef struct tide_part {
    tide_category category;
    uint32_t mapping;    /* in mappings.list */
    uint64_t start, end; /* two parts may share a range: a file's pages, and those that were written */
    uint64_t size_bytes; /* of the address space */
    tide_proc_usage usage;
} tide_part;

typedef struct tide_thread_stack {
    pid_t tid; /* 0: of a thread that has ended, or runs just now */
    char name[TIDE_PROC_COMM_MAX];
    uint64_t start, end;
    uint64_t used_bytes;       /* now; 0: not known */
    uint64_t high_water_bytes; /* touched at some time; 0: not known */
    uint64_t limit_bytes;      /* UINT64_MAX: none */
} tide_thread_stack;

typedef struct tide_category_sum {
    uint64_t parts_count, size_bytes;
    tide_proc_usage usage;
} tide_category_sum;

typedef struct tide_account {
    pid_t pid;
    tide_proc_stat stat;
    tide_proc_mappings mappings;
    TIDE_VEC(tide_part) parts;          /* by mapping */
    TIDE_VEC(tide_thread_stack) stacks; /* the main thread's first */
    tide_category_sum sums[TIDE_CATEGORY_COUNT];
    tide_proc_usage total;
    tide_proc_smaps_rollup kernel; /* the kernel's sum, read right after */
    uint64_t page_tables_bytes;
    uint64_t duration_ns;
    bool has_usage; /* false: an outline */
    bool has_pages; /* pagemap may be read; else mappings of several pieces are divided by size */
    bool
        has_memory; /* its memory may be read; else large blocks are among ANONYMOUS, and arenas known by shape */
    /* of what its end would give back */
    uint64_t freed_bytes;  /* at once: memory of its own, page tables, swap */
    uint64_t cached_bytes; /* pages of files that nobody else maps: they may stay in the page cache */
    uint64_t
        reclaimable_bytes; /* at any time, without harm: clean pages of files that it maps alone, LazyFree */
} tide_account;

/* Fills `*ret`, zeroed before first use, an older account in it is replaced; freed with tide_account_free. -ESRCH: it
 * has ended, is a zombie or a kernel thread; -EACCES; `err` says what to do.
 * Cost: what proc/mappings costs with figures, 25 ns for each page of a mapping that has to be divided. */
int tide_account_read(tide_account *ret, pid_t pid, tide_err *err);
/* Only mappings and parts, without what is resident of them: 0.2 us for each mapping. */
int tide_account_outline(tide_account *ret, pid_t pid);
void tide_account_free(tide_account *account);

const char *tide_category_name(tide_category category); /* "thread stacks"; static */
const char *tide_category_key(tide_category category);  /* "thread_stack", for programs; static */
