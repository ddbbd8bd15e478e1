#include "recording/format.h"
#include <string.h>

struct tide_decoder {
    tide_recording *out; /* borrowed; until the end, lifetimes in its heap are as if read at time 0 */
    bool with_moments, has_info, has_end;
    uint64_t totals[TIDE_TOTAL_FIELDS], sample[TIDE_SAMPLE_FIELDS], pages[TIDE_PAGES_FIELDS];
    tide_moment pending;    /* what COUNTS will make valid */
    size_t next_site;       /* the lowest that may still change in it */
    tide_moment_seen *seen; /* NULL: nobody watches */
    void *seen_arg;
};

/* ---- numbers with limits */

static uint32_t limited(tide_cursor *cursor, uint64_t value, uint64_t limit) {
    if (value < limit && value <= UINT32_MAX)
        return (uint32_t)value;
    cursor->failed = true;
    return 0;
}

static uint32_t take_u32(tide_cursor *cursor) {
    return limited(cursor, tide_cursor_varint(cursor), UINT64_MAX);
}

static uint32_t take_index(tide_cursor *cursor, size_t count) {
    return limited(cursor, tide_cursor_varint(cursor), count);
}

static uint64_t take_difference(tide_cursor *cursor, uint64_t previous) {
    return previous + tide_unzigzag(tide_cursor_varint(cursor));
}

static uint32_t take_near_index(tide_cursor *cursor, uint32_t previous, size_t count) {
    return limited(cursor, take_difference(cursor, previous), count);
}

static char *take_text(tide_cursor *cursor) {
    size_t length_bytes;
    const char *text = tide_cursor_string(cursor, &length_bytes);
    char *copy = tide_xcalloc(length_bytes + 1, 1);
    if (text)
        memcpy(copy, text, length_bytes);
    return copy;
}

/* ---- rows. One that makes no sense sets cursor->failed. */

static void take_string(tide_cursor *cursor, tide_strings *strings) {
    size_t expected = strings->items.count;
    char *text = take_text(cursor);
    if (tide_strings_add(strings, text) != expected) /* it is there twice: each keeps its index */
        *tide_vec_push(&strings->items) = text;
    else
        free(text);
}

static void take_heap_string(tide_cursor *cursor, tide_recording *out) {
    take_string(cursor, &out->heap.strings);
}

static void take_symbols_string(tide_cursor *cursor, tide_recording *out) {
    take_string(cursor, &out->symbols.strings);
}

static void take_module(tide_cursor *cursor, tide_recording *out) {
    tide_module *module = tide_vec_push(&out->heap.modules);
    module->path = take_index(cursor, out->heap.strings.items.count);
    module->build_id_bytes = (uint8_t)take_index(cursor, TIDE_BUILD_ID_MAX + 1);
    const void *build_id = tide_cursor_bytes(cursor, module->build_id_bytes);
    if (build_id)
        memcpy(module->build_id, build_id, module->build_id_bytes);
    module->bias = tide_cursor_varint(cursor);
    module->start = tide_cursor_varint(cursor);
    module->end = module->start + tide_cursor_varint(cursor);
}

static void take_code(tide_cursor *cursor, tide_recording *out) {
    size_t index = out->heap.codes.count;
    tide_code *code = tide_vec_push(&out->heap.codes);
    uint32_t module_plus_one = take_index(cursor, out->heap.modules.count + 1);
    code->module = module_plus_one ? module_plus_one - 1 : TIDE_NONE;
    code->address = take_difference(cursor, index ? code[-1].address : 0);
}

static void take_routine(tide_cursor *cursor, tide_recording *out) {
    tide_routine *routine = tide_vec_push(&out->heap.routines);
    routine->name = take_index(cursor, out->heap.strings.items.count);
    routine->file = take_index(cursor, out->heap.strings.items.count);
    routine->line = take_u32(cursor);
}

static void take_node(tide_cursor *cursor, tide_recording *out) {
    size_t index = out->heap.nodes.count;
    tide_node *node = tide_vec_push(&out->heap.nodes);
    node->parent = limited(cursor, index - tide_cursor_varint(cursor), index);
    node->code = take_near_index(cursor, index > 1 ? node[-1].code : 0, out->heap.codes.count);
}

static void take_thread(tide_cursor *cursor, tide_recording *out) {
    uint32_t index = take_index(cursor, out->heap.threads.count + 1);
    tide_thread thread = {.name = take_index(cursor, out->heap.strings.items.count)};
    thread.tid = take_u32(cursor);
    thread.start_ns = tide_cursor_varint(cursor);
    thread.end_ns = tide_cursor_varint(cursor);
    thread.threads_count = take_u32(cursor);
    if (cursor->failed)
        return;
    if (index == out->heap.threads.count)
        (void)tide_vec_push(&out->heap.threads);
    out->heap.threads.at[index] = thread;
}

static void take_site(tide_cursor *cursor, tide_recording *out) {
    static const tide_site none;
    size_t index = out->heap.sites.count;
    tide_site *site = tide_vec_push(&out->heap.sites);
    const tide_site *previous = index ? site - 1 : &none;
    site->node = take_near_index(cursor, previous->node, out->heap.nodes.count);
    site->thread = take_near_index(cursor, previous->thread, out->heap.threads.count);
    site->owner = take_near_index(cursor, previous->owner, out->heap.owners.count);
    site->kind = take_index(cursor, TIDE_KIND_COUNT);
}

/* The row that comes next: its fields are differences to what it has been. NULL: its number makes no sense. */
#define TAKE_CHANGED(cursor, table, fields, ret_row)                      \
    do {                                                                  \
        uint32_t index = take_index(cursor, (table)->count + 1);          \
        if ((cursor)->failed)                                             \
            return;                                                       \
        if (index == (table)->count)                                      \
            (void)tide_vec_push(table);                                   \
        *(ret_row) = &(table)->at[index];                                 \
        tide_fields_take(cursor, (uint64_t *)(void *)*(ret_row), fields); \
    } while (0)

static void take_owner(tide_cursor *cursor, tide_recording *out) {
    tide_owner *owner;
    TAKE_CHANGED(cursor, &out->heap.owners, TIDE_OWNER_FIELDS, &owner);
    cursor->failed |= owner->name >= out->heap.strings.items.count ||
                      (owner->parent && owner->parent >= (uint64_t)(owner - out->heap.owners.at));
}

static void take_named_section(tide_cursor *cursor, tide_recording *out) {
    tide_named_section *section;
    TAKE_CHANGED(cursor, &out->heap.sections, TIDE_NAMED_SECTION_FIELDS, &section);
    cursor->failed |= section->name >= out->heap.strings.items.count;
}

static void take_event(tide_cursor *cursor, tide_recording *out) {
    tide_weighed_event *event;
    TAKE_CHANGED(cursor, &out->heap.events, TIDE_EVENT_FIELDS, &event);
    cursor->failed |= event->name >= out->heap.strings.items.count || event->site >= out->heap.sites.count;
}

static void take_frame(tide_cursor *cursor, tide_recording *out) {
    static const tide_frame none;
    size_t index = out->symbols.frames.count, string_count = out->symbols.strings.items.count;
    tide_frame *frame = tide_vec_push(&out->symbols.frames);
    const tide_frame *previous = index ? frame - 1 : &none;
    frame->function = take_near_index(cursor, previous->function, string_count);
    frame->file = take_near_index(cursor, previous->file, string_count);
    frame->line = take_near_index(cursor, previous->line, SIZE_MAX);
}

static void take_range(tide_cursor *cursor, tide_recording *out) {
    size_t index = out->symbols.of_code.count, frame_count = out->symbols.frames.count;
    if (index >= out->heap.codes.count) {
        cursor->failed = true;
        return;
    }
    tide_frame_range *range = tide_vec_push(&out->symbols.of_code);
    uint64_t expected = index ? range[-1].first + (uint64_t)range[-1].count : 0;
    range->first = limited(cursor, take_difference(cursor, expected), frame_count + 1);
    range->count = take_index(cursor, frame_count - range->first + 1);
}

static void take_module_state(tide_cursor *cursor, tide_recording *out) {
    if (out->symbols.module_state.count >= out->heap.modules.count) {
        cursor->failed = true;
        return;
    }
    *tide_vec_push(&out->symbols.module_state) = (uint8_t)take_index(cursor, TIDE_SYMBOLS_LINES + 1);
}

/* ---- blocks */

typedef struct section_kind {
    uint32_t tag;
    void (*take)(tide_cursor *cursor, tide_recording *out);
    const char *why;
} section_kind;

static const section_kind def_sections[] = {
    {TIDE_SECTION_STRINGS, take_heap_string, "a string makes no sense"},
    {TIDE_SECTION_MODULES, take_module, "a module makes no sense"},
    {TIDE_SECTION_ROUTINES, take_routine, "a routine makes no sense"},
    {TIDE_SECTION_CODES, take_code, "a return address makes no sense"},
    {TIDE_SECTION_NODES, take_node, "a node of the tree of calls makes no sense"},
    {TIDE_SECTION_THREADS, take_thread, "a thread makes no sense"},
    {TIDE_SECTION_OWNERS, take_owner, "an owner makes no sense"},
    {TIDE_SECTION_SITES, take_site, "a call site makes no sense"},
    {TIDE_SECTION_NAMED_SECTIONS, take_named_section, "a section makes no sense"},
    {TIDE_SECTION_EVENTS, take_event, "an ad-hoc event makes no sense"},
    {0},
};
static const section_kind symbol_sections[] = {
    {TIDE_SECTION_STRINGS, take_symbols_string, "a symbol's string makes no sense"},
    {TIDE_SECTION_FRAMES, take_frame, "a source line makes no sense"},
    {TIDE_SECTION_RANGES, take_range, "the source lines of an address make no sense"},
    {TIDE_SECTION_MODULE_STATES, take_module_state, "a module's symbols make no sense"},
    {0},
};

static const char *take_section(tide_recording *out, const section_kind *kind, tide_cursor rows) {
    while (kind->take && rows.at < rows.end) {
        kind->take(&rows, out);
        if (rows.failed)
            return kind->why;
    }
    return NULL;
}

static const char *take_sections(tide_recording *out, const section_kind *kinds, tide_cursor *block) {
    while (block->at < block->end) {
        uint64_t tag = tide_cursor_varint(block), length_bytes = tide_cursor_varint(block);
        const uint8_t *rows = tide_cursor_bytes(block, length_bytes);
        if (!rows)
            return "a table is longer than its block";
        const section_kind *kind = kinds;
        while (kind->tag && kind->tag != tag)
            kind++;
        const char *why = take_section(out, kind, (tide_cursor){.at = rows, .end = rows + length_bytes});
        if (why)
            return why;
    }
    return NULL;
}

static const char *take_info(tide_decoder *decoder, tide_cursor *block) {
    decoder->has_info = true;
    tide_info *info = &decoder->out->info;
    info->command = take_text(block);
    info->program = take_text(block);
    info->tool_version = take_text(block);
    info->host = take_text(block);
    info->start_unix_ns = tide_cursor_varint(block);
    info->pid = take_u32(block);
    info->page_bytes = take_u32(block);
    info->shows_native = block->at < block->end && tide_cursor_varint(block);
    if (block->at < block->end) {
        info->source = take_index(block, TIDE_SOURCE_MASSIF + 1);
        info->clock = take_index(block, TIDE_CLOCK_UNITS + 1);
    }
    return block->failed ? "INFO makes no sense" : NULL;
}

static const char *take_changes(tide_decoder *decoder, tide_cursor *block) {
    tide_fields_take(block, decoder->totals, TIDE_TOTAL_FIELDS);
    tide_totals *totals = &decoder->pending.totals;
    tide_totals_from_fields(totals, decoder->totals);
    if (totals->time_ns < decoder->out->heap.totals.time_ns)
        return "a moment is before the one before it";
    const tide_heap *heap = &decoder->out->heap;
    while (block->at < block->end && !block->failed) {
        uint32_t skip = take_index(block, heap->sites.count);
        uint32_t site = limited(block, decoder->next_site + skip, heap->sites.count);
        if (block->failed)
            break;
        uint64_t fields[TIDE_COUNT_FIELDS];
        tide_counts_to_fields(fields, &heap->sites.at[site].counts, 0);
        tide_counts_take(block, fields, totals->time_ns);
        tide_change *change = tide_vec_push(&decoder->pending.changes);
        change->site = site;
        tide_counts_from_fields(&change->counts, fields, totals->time_ns);
        decoder->next_site = (size_t)site + 1;
    }
    return block->failed ? "the counts of a call site make no sense" : NULL;
}

static void move_lifetime(tide_counts *counts, uint64_t from_ns, uint64_t to_ns) {
    uint64_t fields[TIDE_COUNT_FIELDS];
    tide_counts_to_fields(fields, counts, from_ns);
    tide_counts_from_fields(counts, fields, to_ns);
}

static void end_moment(tide_decoder *decoder) {
    tide_moment *moment = &decoder->pending;
    tide_heap *heap = &decoder->out->heap;
    heap->totals = moment->totals;
    for (size_t i = 0; i < moment->changes.count; i++) {
        tide_counts *counts = &heap->sites.at[moment->changes.at[i].site].counts;
        *counts = moment->changes.at[i].counts;
        move_lifetime(counts, moment->totals.time_ns, 0);
    }
    if (decoder->seen)
        decoder->seen(decoder->seen_arg, decoder->out, moment->changes.at, moment->changes.count);
    if (decoder->with_moments) {
        *tide_vec_push(&decoder->out->moments) = *moment;
        *moment = (tide_moment){0};
    }
    moment->changes.count = 0;
    decoder->next_site = 0;
}

static const char *take_samples(tide_decoder *decoder, tide_cursor *block) {
    while (block->at < block->end) {
        uint64_t previous_ns = decoder->sample[0];
        tide_fields_take(block, decoder->sample, TIDE_SAMPLE_FIELDS);
        if (block->failed || decoder->sample[0] < previous_ns)
            return "a sample of the timeline makes no sense";
        tide_sample_from_fields(tide_vec_push(&decoder->out->samples), decoder->sample);
    }
    return NULL;
}

static const char *take_end(tide_decoder *decoder, tide_cursor *block) {
    decoder->has_end = true;
    tide_end *end = &decoder->out->end;
    *end = (tide_end){.kind = take_index(block, TIDE_END_GONE + 1), .status = take_u32(block)};
    end->quick = take_index(block, 2);
    return block->failed || end->kind == TIDE_END_NONE ? "END makes no sense" : NULL;
}

const char *tide_decoder_block(tide_decoder *decoder, uint32_t kind, const void *raw, size_t raw_bytes) {
    tide_recording *out = decoder->out;
    tide_cursor block = {.at = raw, .end = (const uint8_t *)raw + raw_bytes};
    if (kind < TIDE_BLOCK_INFO || kind > TIDE_BLOCK_TOUCHES)
        return NULL;
    if (decoder->has_info == (kind == TIDE_BLOCK_INFO))
        return decoder->has_info ? "a second INFO" : "it does not begin with INFO";
    if (decoder->has_end)
        return "there is more after END";
    const char *why = NULL;
    switch ((enum tide_block_kind)kind) {
    case TIDE_BLOCK_INFO:
        return take_info(decoder, &block);
    case TIDE_BLOCK_DEFS:
        return take_sections(out, def_sections, &block);
    case TIDE_BLOCK_COUNTS_PART:
        return take_changes(decoder, &block);
    case TIDE_BLOCK_COUNTS:
        why = take_changes(decoder, &block);
        if (!why)
            end_moment(decoder);
        return why;
    case TIDE_BLOCK_SAMPLES:
        return take_samples(decoder, &block);
    case TIDE_BLOCK_SYMBOLS:
        tide_symbols_free(&out->symbols);
        tide_strings_add(&out->symbols.strings, "");
        return take_sections(out, symbol_sections, &block);
    case TIDE_BLOCK_SYMBOLS_MORE:
        return take_sections(out, symbol_sections, &block);
    case TIDE_BLOCK_END:
        return take_end(decoder, &block);
    case TIDE_BLOCK_PAGES:
        return tide_residency_take_pages(&out->residency, decoder->pages, &out->heap, &block);
    case TIDE_BLOCK_TOUCHES:
        return tide_residency_take_touches(&out->residency, &out->heap, &block);
    }
    return NULL;
}

/* ---- start and end */

tide_decoder *tide_decoder_new(tide_recording *out, bool with_moments) {
    *out = (tide_recording){0};
    tide_heap_init(&out->heap);
    tide_strings_add(&out->symbols.strings, "");
    tide_decoder *decoder = tide_xcalloc(1, sizeof *decoder);
    *decoder = (tide_decoder){.out = out, .with_moments = with_moments};
    return decoder;
}

void tide_decoder_watch(tide_decoder *decoder, tide_moment_seen *seen, void *arg) {
    decoder->seen = seen;
    decoder->seen_arg = arg;
}

static void set_default(char **text) {
    if (!*text)
        *text = tide_xstrdup("");
}

void tide_decoder_finish(tide_decoder *decoder) {
    tide_recording *out = decoder->out;
    for (size_t i = 0; i < out->heap.sites.count; i++)
        move_lifetime(&out->heap.sites.at[i].counts, 0, out->heap.totals.time_ns);
    tide_residency_finish(&out->residency);
    /* Readers index these by code and by module: without SYMBOLS nothing is known of any. */
    tide_symbols *symbols = &out->symbols;
    (void)tide_vec_extend(&symbols->of_code, out->heap.codes.count - symbols->of_code.count);
    (void)tide_vec_extend(&symbols->module_state, out->heap.modules.count - symbols->module_state.count);
    set_default(&out->info.command);
    set_default(&out->info.program);
    set_default(&out->info.tool_version);
    set_default(&out->info.host);
}

void tide_decoder_free(tide_decoder *decoder) {
    if (!decoder)
        return;
    tide_vec_free(&decoder->pending.changes);
    free(decoder);
}
