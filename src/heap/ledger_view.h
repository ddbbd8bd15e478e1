/* heap/ledger_view: what the files of the ledger's reader share. The mapping may change under their hands: every word
 * is read once, into a local, and checked there. */
#pragma once
#include "heap/ledger_reader.h"
#include "ledger/layout.h"
#include <stdbool.h>

#define TIDE_READ(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)

enum { TIDE_RECENT_CODES = 4096 };

typedef struct tide_ledger_stack {
    uint32_t node, depth;
} tide_ledger_stack;
typedef struct tide_ledger_lines {
    uint64_t at_bytes, bytes; /* in the log, from its start; checked */
} tide_ledger_lines;

struct tide_ledger {
    uint8_t *base;
    int fd; /* owned */
    uint64_t file_bytes;
    bool is_ready;
    tide_ledger_header layout;          /* our copy of the regions; checked */
    uint64_t log_words;                 /* read so far */
    uint64_t site_count;                /* sites read so far: site id k of the target is heap.sites[k - 1] */
    TIDE_VEC(tide_ledger_stack) stacks; /* of each of these sites, as the log tells it */
    TIDE_VEC(tide_ledger_lines) line_tables; /* per heap.routines */
    TIDE_VEC(bool) module_gone;              /* per heap.modules */
    uint32_t last_module;
    uint32_t unknown_node; /* of a stack that is not known; 0: not made yet */
    tide_map codes;        /* module + 1 << 48 ^ address → code */
    struct tide_recent_code {
        uint64_t pc;
        uint32_t code_plus_one;        /* 0: nothing here */
    } recent_codes[TIDE_RECENT_CODES]; /* by return address; good for as long as no module comes or goes */
};

static inline const void *tide_ledger_at(const tide_ledger *ledger, tide_region region) {
    return ledger->base + region.offset;
}

/* Take over the log's new records, up to word `end`. The threads they name have been read before. */
int tide_ledger_read_log(tide_ledger *ledger, tide_heap *heap, uint64_t end, tide_err *err);
/* A record of a name that the program gave. False: it makes no sense. */
bool tide_ledger_read_given(tide_heap *heap, const uint64_t *record, uint32_t words);
/* The site counts ad-hoc events of this index. */
void tide_ledger_add_event(tide_heap *heap, uint32_t index, uint32_t site);
/* The numbers of owners, sections and events, after those of the sites. */
void tide_ledger_read_given_rows(const tide_ledger *ledger, tide_heap *heap);
/* The target has ended: do what its threads had left for later (track/events.h). */
void tide_ledger_finish_pending(tide_ledger *ledger, tide_heap *heap);
