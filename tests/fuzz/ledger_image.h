/* tests/fuzz/ledger_image: a ledger small enough for a fuzzer: good regions in one file of some pages. */
#pragma once
#include "ledger/layout.h"
#include <stddef.h>
#include <string.h>

typedef struct fuzz_ledger_image {
    tide_ledger_header header;
    uint8_t rest_of_page[TIDE_PAGE - sizeof(tide_ledger_header)];
    tide_thread_row threads[4];
    tide_shard shards[TIDE_SHARDS];
    uint64_t log[512];
    tide_site_row sites[32];
    tide_site_note site_notes[32];
    tide_owner_row owners[4];
    tide_section_row sections[4];
    tide_bucket rows[16];
} fuzz_ledger_image;

static inline void fuzz_ledger_init(fuzz_ledger_image *image) {
    memset(image, 0, sizeof *image);
    tide_ledger_header *header = &image->header;
    header->magic = TIDE_LEDGER_MAGIC;
    header->version = TIDE_LAYOUT_VERSION;
#define REGION(name) header->name = (tide_region){offsetof(fuzz_ledger_image, name), sizeof image->name}
    REGION(threads);
    REGION(shards);
    REGION(log);
    REGION(sites);
    REGION(site_notes);
    REGION(owners);
    REGION(sections);
    REGION(rows);
#undef REGION
    header->mappings = (tide_region){sizeof *image, 0};
    header->thread_count = 2;
    for (uint32_t i = 0; i < TIDE_SHARDS; i++)
        image->shards[i].bucket_count = 4;
    header->ready = 1;
}
