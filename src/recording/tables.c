#include "recording/writer.h"
#include <assert.h>
#include <string.h>

/* Appends row `index` of one of the tables in `tables`, a tide_heap or a tide_symbols. */
typedef void put_row(tide_buffer *out, const void *tables, size_t index);

static void put_difference(tide_buffer *out, uint64_t value, uint64_t previous) {
    tide_buffer_put_varint(out, tide_zigzag(value - previous));
}

static void put_string(tide_buffer *out, const char *text) {
    size_t length_bytes = strnlen(text, TIDE_STRING_MAX_BYTES);
    tide_buffer_put_varint(out, length_bytes);
    tide_buffer_put(out, text, length_bytes);
}

static void put_heap_string(tide_buffer *out, const void *tables, size_t index) {
    const tide_heap *heap = tables;
    put_string(out, heap->strings.items.at[index]);
}

static void put_symbols_string(tide_buffer *out, const void *tables, size_t index) {
    const tide_symbols *symbols = tables;
    put_string(out, symbols->strings.items.at[index]);
}

static void put_module(tide_buffer *out, const void *tables, size_t index) {
    const tide_module *module = &((const tide_heap *)tables)->modules.at[index];
    tide_buffer_put_varint(out, module->path);
    tide_buffer_put_varint(out, module->build_id_bytes);
    tide_buffer_put(out, module->build_id, module->build_id_bytes);
    tide_buffer_put_varint(out, module->bias);
    tide_buffer_put_varint(out, module->start);
    tide_buffer_put_varint(out, module->end - module->start);
}

static void put_routine(tide_buffer *out, const void *tables, size_t index) {
    const tide_routine *routine = &((const tide_heap *)tables)->routines.at[index];
    tide_buffer_put_varint(out, routine->name);
    tide_buffer_put_varint(out, routine->file);
    tide_buffer_put_varint(out, routine->line);
}

static void put_code(tide_buffer *out, const void *tables, size_t index) {
    const tide_code *code = &((const tide_heap *)tables)->codes.at[index];
    tide_buffer_put_varint(out, code->module == TIDE_NONE ? 0 : code->module + UINT64_C(1));
    put_difference(out, code->address, index ? code[-1].address : 0);
}

static void put_node(tide_buffer *out, const void *tables, size_t index) {
    const tide_node *node = &((const tide_heap *)tables)->nodes.at[index];
    tide_buffer_put_varint(out, index - node->parent);
    put_difference(out, node->code, index > 1 ? node[-1].code : 0);
}

static void put_site(tide_buffer *out, const void *tables, size_t index) {
    static const tide_site none;
    const tide_site *site = &((const tide_heap *)tables)->sites.at[index],
                    *previous = index ? site - 1 : &none;
    put_difference(out, site->node, previous->node);
    put_difference(out, site->thread, previous->thread);
    put_difference(out, site->owner, previous->owner);
    tide_buffer_put_varint(out, site->kind);
}

static void put_frame(tide_buffer *out, const void *tables, size_t index) {
    static const tide_frame none;
    const tide_frame *frame = &((const tide_symbols *)tables)->frames.at[index],
                     *previous = index ? frame - 1 : &none;
    put_difference(out, frame->function, previous->function);
    put_difference(out, frame->file, previous->file);
    put_difference(out, frame->line, previous->line);
}

static void put_range(tide_buffer *out, const void *tables, size_t index) {
    const tide_frame_range *range = &((const tide_symbols *)tables)->of_code.at[index];
    uint64_t expected = index ? range[-1].first + (uint64_t)range[-1].count : 0;
    put_difference(out, range->first, expected);
    tide_buffer_put_varint(out, range->count);
}

static void put_module_state(tide_buffer *out, const void *tables, size_t index) {
    tide_buffer_put_varint(out, ((const tide_symbols *)tables)->module_state.at[index]);
}

/* A block that is being filled, and as what it is written when it is full. */
typedef struct filling {
    tide_writer *writer;
    const void *tables;
    uint32_t kind, next_kind;
} filling;

static int flush(filling *into, tide_err *err) {
    uint32_t kind = into->kind;
    into->kind = into->next_kind;
    return tide_writer_flush(into->writer, kind, err);
}

static int end_section(filling *into, uint32_t tag, tide_err *err) {
    tide_buffer *content = &into->writer->content, *section = &into->writer->section;
    tide_buffer_put_varint(content, tag);
    tide_buffer_put_varint(content, section->count);
    tide_buffer_put(content, section->at, section->count);
    section->count = 0;
    return content->count >= TIDE_BLOCK_FULL_BYTES ? flush(into, err) : 0;
}

/* The rows from `*known` up to `count`. */
static int put_rows(filling *into, uint32_t tag, put_row *put, size_t *known, size_t count, tide_err *err) {
    tide_buffer *section = &into->writer->section;
    int failed = 0;
    while (!failed && *known < count) {
        while (*known < count && section->count < TIDE_BLOCK_FULL_BYTES)
            put(section, into->tables, (*known)++);
        failed = end_section(into, tag, err);
    }
    return failed;
}

static bool is_same_thread(const tide_thread *a, const tide_thread *b) {
    return a->name == b->name && a->tid == b->tid && a->start_ns == b->start_ns && a->end_ns == b->end_ns &&
           a->threads_count == b->threads_count;
}

static void put_thread(tide_buffer *out, size_t index, const tide_thread *thread) {
    tide_buffer_put_varint(out, index);
    tide_buffer_put_varint(out, thread->name);
    tide_buffer_put_varint(out, thread->tid);
    tide_buffer_put_varint(out, thread->start_ns);
    tide_buffer_put_varint(out, thread->end_ns);
    tide_buffer_put_varint(out, thread->threads_count);
}

static int put_threads(filling *into, const tide_heap *heap, tide_err *err) {
    tide_writer *writer = into->writer;
    int failed = 0;
    for (size_t i = 0; !failed && i < heap->threads.count; i++) {
        const tide_thread *thread = &heap->threads.at[i];
        if (i == writer->threads.count)
            (void)tide_vec_push(&writer->threads);
        else if (is_same_thread(thread, &writer->threads.at[i]))
            continue;
        writer->threads.at[i] = *thread;
        put_thread(&writer->section, i, thread);
        if (writer->section.count >= TIDE_BLOCK_FULL_BYTES)
            failed = end_section(into, TIDE_SECTION_THREADS, err);
    }
    return !failed && writer->section.count ? end_section(into, TIDE_SECTION_THREADS, err) : failed;
}

static_assert(sizeof(tide_owner) == TIDE_OWNER_FIELDS * sizeof(uint64_t), "all of an owner is in the file");
static_assert(sizeof(tide_named_section) == TIDE_NAMED_SECTION_FIELDS * sizeof(uint64_t), "");
static_assert(sizeof(tide_weighed_event) == TIDE_EVENT_FIELDS * sizeof(uint64_t), "");

/* Rows of `fields` numbers that are new, or not what they were: each as its index, and fields against what it was. */
static int put_changed(filling *into, uint32_t tag, tide_known_rows *known, const void *rows, size_t count,
                       unsigned fields, tide_err *err) {
    tide_buffer *section = &into->writer->section;
    size_t known_count = known->count / fields;
    const uint64_t *now = rows;
    int failed = 0;
    (void)tide_vec_extend(known, count * fields - known->count);
    for (size_t i = 0; !failed && i < count; i++, now += fields) {
        if (i < known_count && !memcmp(&known->at[i * fields], now, fields * sizeof *now))
            continue;
        tide_buffer_put_varint(section, i);
        tide_fields_put(section, &known->at[i * fields], now, fields);
        if (section->count >= TIDE_BLOCK_FULL_BYTES)
            failed = end_section(into, tag, err);
    }
    return !failed && section->count ? end_section(into, tag, err) : failed;
}

int tide_writer_defs(tide_writer *writer, const tide_heap *heap, tide_err *err) {
    filling into = {writer, heap, TIDE_BLOCK_DEFS, TIDE_BLOCK_DEFS};
    int failed = put_rows(&into, TIDE_SECTION_STRINGS, put_heap_string, &writer->string_count,
                          heap->strings.items.count, err);
    if (!failed)
        failed = put_rows(&into, TIDE_SECTION_MODULES, put_module, &writer->module_count, heap->modules.count,
                          err);
    if (!failed)
        failed = put_rows(&into, TIDE_SECTION_ROUTINES, put_routine, &writer->routine_count,
                          heap->routines.count, err);
    if (!failed)
        failed = put_rows(&into, TIDE_SECTION_CODES, put_code, &writer->code_count, heap->codes.count, err);
    if (!failed)
        failed = put_rows(&into, TIDE_SECTION_NODES, put_node, &writer->node_count, heap->nodes.count, err);
    if (!failed)
        failed = put_threads(&into, heap, err);
    if (!failed)
        failed = put_changed(&into, TIDE_SECTION_OWNERS, &writer->owners, heap->owners.at, heap->owners.count,
                             TIDE_OWNER_FIELDS, err);
    if (!failed)
        failed = put_rows(&into, TIDE_SECTION_SITES, put_site, &writer->site_count, heap->sites.count, err);
    if (!failed)
        failed = put_changed(&into, TIDE_SECTION_NAMED_SECTIONS, &writer->sections, heap->sections.at,
                             heap->sections.count, TIDE_NAMED_SECTION_FIELDS, err);
    if (!failed)
        failed = put_changed(&into, TIDE_SECTION_EVENTS, &writer->events, heap->events.at, heap->events.count,
                             TIDE_EVENT_FIELDS, err);
    return !failed && writer->content.count ? flush(&into, err) : failed;
}

int tide_writer_symbols(tide_writer *writer, const tide_symbols *symbols, tide_err *err) {
    filling into = {writer, symbols, TIDE_BLOCK_SYMBOLS, TIDE_BLOCK_SYMBOLS_MORE};
    size_t string_count = 1, frame_count = 0, code_count = 0, module_count = 0;
    int failed = put_rows(&into, TIDE_SECTION_STRINGS, put_symbols_string, &string_count,
                          symbols->strings.items.count, err);
    if (!failed)
        failed = put_rows(&into, TIDE_SECTION_FRAMES, put_frame, &frame_count, symbols->frames.count, err);
    if (!failed)
        failed = put_rows(&into, TIDE_SECTION_RANGES, put_range, &code_count, symbols->of_code.count, err);
    if (!failed)
        failed = put_rows(&into, TIDE_SECTION_MODULE_STATES, put_module_state, &module_count,
                          symbols->module_state.count, err);
    bool is_done = !writer->content.count && into.kind == TIDE_BLOCK_SYMBOLS_MORE;
    return failed || is_done ? failed : flush(&into, err);
}
