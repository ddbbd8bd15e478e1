/* residency/pages: a tracked program's residency again and again, for `record --pages`.
 *
 *   each tick        drain: page faults out of the kernel's rings
 *   each interval    look: outline of the mappings, blocks of the ledger, pages ─► one moment (recording/pages.h)
 *                    faults since the last look × blocks ─► touches, by who wrote and who allocated
 *                    pages that have gone since ─► munmap, brk, malloc_trim or madvise
 *
 * A fault in a block that was freed before the look is looked for among the blocks of the look before; one in a block
 * that came and went between two looks is nobody's. */
#pragma once
#include "heap/ledger_blocks.h"
#include "recording/pages.h"
#include <sys/types.h>

typedef struct tide_pages_watch tide_pages_watch;

/* To be called before the program has a second thread. Never fails: when page faults may not be watched, moments have
 * none, and tide_pages_watch_sees_faults says so. Owned (tide_pages_watch_free). */
tide_pages_watch *tide_pages_watch_new(pid_t pid);
bool tide_pages_watch_sees_faults(const tide_pages_watch *watch);
void tide_pages_watch_free(tide_pages_watch *watch); /* NULL is fine */

void tide_pages_watch_drain(tide_pages_watch *watch);

typedef struct tide_pages_look { /* borrowed from the watch until the next look */
    tide_pages pages;
    const tide_site_pages *sites;
    size_t sites_count;        /* heap.sites */
    const tide_touch *touches; /* since the last look */
    size_t touches_count;
} tide_pages_look;

/* `heap`: as just read from `ledger`; codes and nodes of who touched are added to it. 0 or a negative errno: the
 * process has ended, or its pages may not be seen. Cost: as tide_inside_read, and 200 ns a fault. */
int tide_pages_watch_look(tide_pages_watch *watch, const tide_ledger *ledger, tide_heap *heap,
                          uint64_t time_ns, tide_pages_look *ret);
