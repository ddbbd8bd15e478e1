#include "api/sites.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_SITES = 5, SHOWN_FRAMES = 4 };

typedef struct weighed {
    uint32_t site;
    uint64_t bytes, blocks;
} weighed;

static weighed weigh(const tide_book *book, uint32_t id, bool by_live) {
    const tide_site_row *site = &book->sites[id];
    const tide_site_note *note = &book->site_notes[id];
    weighed of = {.site = id,
                  .bytes = site->allocated_bytes + note->resized_bytes,
                  .blocks = site->allocated_blocks + note->resized_blocks};
    if (by_live) {
        of.bytes -= site->freed_bytes + note->foreign_bytes;
        of.blocks -= site->freed_blocks + note->foreign_blocks;
    }
    return of;
}

/* The heaviest sites first. */
static unsigned choose(weighed chosen[SHOWN_SITES], const tide_thread *thread, tide_owner owner,
                       bool by_live) {
    const tide_book *book = thread->book;
    unsigned count = 0;
    for (uint32_t id = 1; id <= book->header->site_count; id++) {
        weighed of = weigh(book, id, by_live);
        if (book->site_notes[id].owner != owner || book->site_notes[id].is_event || !of.blocks)
            continue;
        unsigned at = count < SHOWN_SITES ? count++ : SHOWN_SITES;
        for (; at > 0 && (at == SHOWN_SITES || chosen[at - 1].bytes < of.bytes); at--) {
            if (at == SHOWN_SITES && chosen[at - 1].bytes >= of.bytes)
                break;
            if (at < SHOWN_SITES)
                chosen[at] = chosen[at - 1];
        }
        if (at < SHOWN_SITES)
            chosen[at] = of;
    }
    return count;
}

/* The record that describes a site's stack. */
static const uint64_t *record_of(const tide_book *book, uint32_t site) {
    for (uint64_t at = 0; at < book->header->log_words;) {
        const uint64_t *record = &book->log[at];
        if ((record[0] & 0xff) == TIDE_LOG_SITE && record[0] >> 32 == site)
            return record;
        at += record[0] >> 8 & TIDE_LOG_RECORD_WORDS_MAX;
    }
    return NULL;
}

/* Frame `depth` of a site's stack, 0 outermost; what it shares with an earlier one is described there. */
static uint64_t frame_at(const tide_book *book, uint32_t site, uint32_t depth) {
    for (const uint64_t *record; (record = record_of(book, site)); site = (uint32_t)(record[1] >> 32))
        if (depth >= (uint32_t)record[1])
            return record[3 + depth - (uint32_t)record[1]];
    return 0;
}

static void put_frame(char *text, size_t text_bytes, uint64_t pc) {
    size_t used = strlen(text);
    Dl_info info;
    if (!dladdr((void *)(uintptr_t)(pc - 1), &info)) // NOLINT(performance-no-int-to-ptr)
        snprintf(text + used, text_bytes - used, "%#llx", (unsigned long long)pc);
    else if (info.dli_sname)
        snprintf(text + used, text_bytes - used, "%s", info.dli_sname);
    else {
        const char *name = strrchr(info.dli_fname, '/');
        snprintf(text + used, text_bytes - used, "%s+%#llx", name ? name + 1 : info.dli_fname,
                 (unsigned long long)(pc - (uintptr_t)info.dli_fbase));
    }
}

static void put_stack(char *text, size_t text_bytes, const tide_book *book, uint32_t site) {
    const uint64_t *record = record_of(book, site);
    if (!record)
        return;
    uint32_t depth = (uint32_t)record[1] + (uint32_t)(record[0] >> 8 & TIDE_LOG_RECORD_WORDS_MAX) - 3;
    for (unsigned i = 0; i < SHOWN_FRAMES && depth; i++) {
        size_t used = strlen(text);
        snprintf(text + used, text_bytes - used, "%s", i ? " < " : "  ");
        put_frame(text, text_bytes, frame_at(book, site, --depth));
    }
}

void tide_api_put_sites(char *text, size_t text_bytes, const tide_thread *thread, tide_owner owner,
                        bool by_live) {
    weighed chosen[SHOWN_SITES];
    unsigned count = choose(chosen, thread, owner, by_live);
    for (unsigned i = 0; i < count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, text_bytes - used, "  %llu bytes in %llu blocks",
                 (unsigned long long)chosen[i].bytes, (unsigned long long)chosen[i].blocks);
        put_stack(text, text_bytes, thread->book, chosen[i].site);
        used = strlen(text);
        snprintf(text + used, text_bytes - used, "\n");
    }
}
