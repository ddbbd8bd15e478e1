/* What the program says of itself (include/tidemark/tidemark.h): names from the log, numbers from their rows. */
#include "heap/ledger_view.h"
#include <string.h>

enum { HEAD_WORDS = 2 };

static uint32_t name_of(tide_heap *heap, const uint64_t *record, uint32_t words) {
    size_t bytes = (uint32_t)TIDE_READ(record[1]), room_bytes = (words - HEAD_WORDS) * sizeof *record;
    return tide_strings_add_n(&heap->strings, (const char *)&record[HEAD_WORDS],
                              bytes < room_bytes ? bytes : room_bytes);
}

/* The row `index` of a table, which may be the next one; NULL: further on. */
#define ROW_AT(vec, index) \
    ((index) > (vec)->count ? NULL : (index) == (vec)->count ? tide_vec_push(vec) : &(vec)->at[index])

bool tide_ledger_read_given(tide_heap *heap, const uint64_t *record, uint32_t words) {
    uint64_t first = TIDE_READ(record[0]), index = first >> 32;
    if (words < HEAD_WORDS)
        return false;
    uint32_t name = name_of(heap, record, words), parent = (uint32_t)(TIDE_READ(record[1]) >> 32);
    if ((first & 0xff) == TIDE_LOG_OWNER) {
        tide_owner *owner = index && parent < heap->owners.count ? ROW_AT(&heap->owners, index) : NULL;
        if (owner)
            *owner = (tide_owner){.name = name, .parent = parent < index ? parent : 0};
        return owner;
    }
    if ((first & 0xff) == TIDE_LOG_SECTION) {
        tide_named_section *section = ROW_AT(&heap->sections, index);
        if (section)
            section->name = name;
        return section;
    }
    uint32_t *of = ROW_AT(&heap->event_names, index);
    if (of)
        *of = name;
    return of;
}

void tide_ledger_add_event(tide_heap *heap, uint32_t index, uint32_t site) {
    *tide_vec_push(&heap->events) = (tide_weighed_event){
        .site = site, .name = index < heap->event_names.count ? heap->event_names.at[index] : 0};
}

static void read_owners(const tide_ledger *ledger, tide_heap *heap) {
    const tide_owner_row *rows = tide_ledger_at(ledger, ledger->layout.owners);
    uint64_t room = ledger->layout.owners.bytes / sizeof *rows;
    for (size_t i = 1; i < heap->owners.count && i < room; i++) {
        tide_owner *owner = &heap->owners.at[i];
        owner->peak_bytes = (uint64_t)TIDE_READ(rows[i].tally.peak_bytes);
        owner->peak_blocks = (uint64_t)TIDE_READ(rows[i].tally.peak_blocks);
        owner->used_bytes = TIDE_READ(rows[i].charged_bytes[0]);
        owner->allocated_bytes = TIDE_READ(rows[i].charged_bytes[1]);
        owner->reserved_bytes = TIDE_READ(rows[i].charged_bytes[2]);
    }
}

static void read_sections(const tide_ledger *ledger, tide_heap *heap) {
    const tide_section_row *rows = tide_ledger_at(ledger, ledger->layout.sections);
    uint64_t room = ledger->layout.sections.bytes / sizeof *rows;
    for (size_t i = 0; i < heap->sections.count && i < room; i++) {
        tide_named_section *section = &heap->sections.at[i];
        section->ended_count = TIDE_READ(rows[i].ended_count);
        section->begun_count = TIDE_READ(rows[i].begun_count);
        section->freed_bytes = TIDE_READ(rows[i].freed_bytes);
        section->freed_blocks = TIDE_READ(rows[i].freed_blocks);
        section->allocated_bytes = TIDE_READ(rows[i].allocated_bytes);
        section->allocated_blocks = TIDE_READ(rows[i].allocated_blocks);
        section->peak_bytes = (uint64_t)TIDE_READ(rows[i].peak_bytes);
        section->first_begin_ns = TIDE_READ(rows[i].first_begin_ns);
        section->last_end_ns = TIDE_READ(rows[i].last_end_ns);
    }
}

/* The site of an event has counted in its row; of memory it has nothing. */
static void read_events(tide_heap *heap) {
    for (size_t i = 0; i < heap->events.count; i++) {
        tide_weighed_event *event = &heap->events.at[i];
        tide_counts *counts = &heap->sites.at[event->site].counts;
        event->count = counts->allocated_blocks;
        event->weight = counts->allocated_bytes;
        *counts = (tide_counts){0};
    }
}

void tide_ledger_read_given_rows(const tide_ledger *ledger, tide_heap *heap) {
    read_owners(ledger, heap);
    read_sections(ledger, heap);
    read_events(heap);
}
