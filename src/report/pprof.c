#include "report/page.h"
#include "report/protobuf.h"
#include "report/stack.h"
#include <zlib.h>

/* profile.proto of github.com/google/pprof, gzipped. Field numbers are from there.
 *
 *   sample ─► locations, innermost first ─► function          a location is one of names->frames: inlined frames have
 *     └ values, thread, kind       └► mapping                 each their own; numbers are our indices + 1
 *
 * Written as it is made, message by message: a profile may be larger than memory. Strings are numbered as they come. */
enum {
    PROFILE_SAMPLE_TYPE = 1,
    PROFILE_SAMPLE,
    PROFILE_MAPPING,
    PROFILE_LOCATION,
    PROFILE_FUNCTION,
    PROFILE_STRING
};
enum {
    PROFILE_TIME_NS = 9,
    PROFILE_DURATION_NS,
    PROFILE_PERIOD_TYPE,
    PROFILE_PERIOD,
    PROFILE_COMMENT,
    PROFILE_DEFAULT
};
enum { TYPE_TYPE = 1, TYPE_UNIT };
enum { SAMPLE_LOCATIONS = 1, SAMPLE_VALUES, SAMPLE_LABEL };
enum { LABEL_KEY = 1, LABEL_TEXT };
enum { MAPPING_ID = 1, MAPPING_START, MAPPING_LIMIT, MAPPING_OFFSET, MAPPING_FILE, MAPPING_BUILD_ID };
enum { MAPPING_HAS_FUNCTIONS = 7, MAPPING_HAS_FILES, MAPPING_HAS_LINES, MAPPING_HAS_INLINED };
enum { LOCATION_ID = 1, LOCATION_MAPPING, LOCATION_ADDRESS, LOCATION_LINE };
enum { LINE_FUNCTION = 1, LINE_LINE };
enum { FUNCTION_ID = 1, FUNCTION_NAME, FUNCTION_SYSTEM_NAME, FUNCTION_FILE };

enum { GZIP = 16 }; /* added to deflateInit2's window bits */

typedef struct pprof {
    const tide_report *report;
    tide_strings strings;
    tide_buffer message, inner, chunk; /* being made; `chunk`: fields of the profile, not compressed yet */
    z_stream zlib;
} pprof;

/* ---- the stream */

static void compress_chunk(pprof *into, int flush) {
    uint8_t out[1 << 14];
    into->zlib.next_in = into->chunk.at;
    into->zlib.avail_in = (unsigned)into->chunk.count;
    do {
        into->zlib.next_out = out;
        into->zlib.avail_out = sizeof out;
        deflate(&into->zlib, flush);
        fwrite(out, 1, sizeof out - into->zlib.avail_out, into->report->out);
    } while (!into->zlib.avail_out);
    into->chunk.count = 0;
}

static void put_message(pprof *into, unsigned field) {
    tide_protobuf_message(&into->chunk, field, &into->message);
    if (into->chunk.count >= 1 << 16)
        compress_chunk(into, Z_NO_FLUSH);
}

/* The number of `text`, which is written when it is new. */
static uint64_t string(pprof *into, const char *text) {
    size_t known = into->strings.items.count;
    uint32_t index = tide_strings_add(&into->strings, text);
    if (index == known)
        tide_protobuf_bytes(&into->chunk, PROFILE_STRING, text, strlen(text));
    return index;
}

/* ---- what is measured */

static void put_type(pprof *into, unsigned field, const char *type, const char *unit) {
    tide_protobuf_number(&into->message, TYPE_TYPE, string(into, type));
    tide_protobuf_number(&into->message, TYPE_UNIT, string(into, unit));
    put_message(into, field);
}

static bool is_end(const tide_report *report) {
    return report->options->view == TIDE_VIEW_LEAKS;
}

/* The kinds of value, in their order; `is_known`: a recording may lack it. */
enum { ALLOC_OBJECTS, ALLOC_SPACE, INUSE_OBJECTS, INUSE_SPACE, VALUES };

static bool is_known(const tide_report *report, int value) {
    if (report->options->are_events)
        return value == ALLOC_OBJECTS || value == ALLOC_SPACE;
    return value == INUSE_SPACE     ? true
           : value == INUSE_OBJECTS ? tide_page_has_blocks(report->recording)
                                    : tide_selection_knows(report->recording, TIDE_VIEW_TOTAL);
}

static void put_head(pprof *into) {
    static const char *const types[VALUES][2] = {[ALLOC_OBJECTS] = {"alloc_objects", "count"},
                                                 [ALLOC_SPACE] = {"alloc_space", "bytes"},
                                                 [INUSE_OBJECTS] = {"inuse_objects", "count"},
                                                 [INUSE_SPACE] = {"inuse_space", "bytes"}};
    const tide_recording *recording = into->report->recording;
    enum tide_view view = into->report->options->view;
    bool are_events = into->report->options->are_events;
    tide_protobuf_bytes(&into->chunk, PROFILE_STRING, "", 0);
    for (int value = 0; value < VALUES; value++)
        if (is_known(into->report, value))
            put_type(into, PROFILE_SAMPLE_TYPE, types[value][0], are_events ? "count" : types[value][1]);
    put_type(into, PROFILE_PERIOD_TYPE, "space", "bytes");
    char *command = tide_text_clean(recording->info.command), *measured = tide_page_measured(recording);
    uint64_t comments[] = {string(into, command),
                           string(into, are_events             ? "ad-hoc events"
                                        : is_end(into->report) ? "inuse: at the end"
                                                               : "inuse: at the peak"),
                           string(into, measured)};
    free(command);
    free(measured);
    tide_protobuf_number(&into->chunk, PROFILE_PERIOD, 1);
    for (size_t i = 0; i < sizeof comments / sizeof *comments; i++)
        tide_protobuf_number(&into->chunk, PROFILE_COMMENT, comments[i]);
    tide_protobuf_number(&into->chunk, PROFILE_TIME_NS, recording->info.start_unix_ns);
    tide_protobuf_number(&into->chunk, PROFILE_DURATION_NS, recording->heap.totals.time_ns);
    tide_protobuf_number(&into->chunk, PROFILE_DEFAULT,
                         string(into, view == TIDE_VIEW_TOTAL ? "alloc_space" : "inuse_space"));
}

static void put_label(pprof *into, const char *key, const char *raw) {
    char *text = tide_text_clean(raw);
    tide_protobuf_number(&into->inner, LABEL_KEY, string(into, key));
    tide_protobuf_number(&into->inner, LABEL_TEXT, string(into, text));
    tide_protobuf_message(&into->message, SAMPLE_LABEL, &into->inner);
    free(text);
}

static void put_sample(pprof *into, tide_stack *stack, const tide_site *site) {
    static const char *const kinds[] = {
#define X(symbol, name) name,
        TIDE_KINDS(X)
#undef X
    };
    const tide_heap *heap = &into->report->recording->heap;
    const tide_counts *counts = &site->counts;
    tide_weight live = tide_selection_weigh(is_end(into->report) ? TIDE_VIEW_LEAKS : TIDE_VIEW_PEAK, counts);
    tide_stack_walk(stack, into->report->names, heap, site->node);
    for (size_t i = tide_stack_wrappers(stack, into->report->names); i < stack->count; i++)
        tide_buffer_put_varint(&into->inner, stack->at[i] + UINT64_C(1));
    tide_protobuf_message(&into->message, SAMPLE_LOCATIONS, &into->inner);
    const uint64_t values[VALUES] = {counts->allocated_blocks, counts->allocated_bytes, live.blocks,
                                     live.amount};
    for (int value = 0; value < VALUES; value++)
        if (is_known(into->report, value))
            tide_buffer_put_varint(&into->inner, values[value]);
    tide_protobuf_message(&into->message, SAMPLE_VALUES, &into->inner);
    put_label(into, "thread", tide_strings_get(&heap->strings, heap->threads.at[site->thread].name));
    put_label(into, "kind", kinds[site->kind]);
    put_message(into, PROFILE_SAMPLE);
}

/* ---- where it is */

static void put_mapping(pprof *into, uint32_t index) {
    const tide_heap *heap = &into->report->recording->heap;
    const tide_module *module = &heap->modules.at[index];
    char *path = tide_text_clean(tide_strings_get(&heap->strings, module->path)),
         build_id[TIDE_BUILD_ID_MAX * 2 + 1] = "";
    for (unsigned i = 0; i < module->build_id_bytes; i++)
        snprintf(build_id + 2 * i, 3, "%02x", module->build_id[i]);
    tide_protobuf_number(&into->message, MAPPING_ID, index + UINT64_C(1));
    tide_protobuf_number(&into->message, MAPPING_START, module->start);
    tide_protobuf_number(&into->message, MAPPING_LIMIT, module->end);
    tide_protobuf_number(&into->message, MAPPING_OFFSET, module->start - module->bias);
    tide_protobuf_number(&into->message, MAPPING_FILE, string(into, path));
    tide_protobuf_number(&into->message, MAPPING_BUILD_ID, string(into, build_id));
    /* All names that there are stand here already: nobody need look for others. */
    for (unsigned field = MAPPING_HAS_FUNCTIONS; field <= MAPPING_HAS_INLINED; field++)
        tide_protobuf_number(&into->message, field, 1);
    put_message(into, PROFILE_MAPPING);
    free(path);
}

static void put_location(pprof *into, const tide_code *code, uint32_t frame) {
    const tide_heap *heap = &into->report->recording->heap;
    const tide_names *names = into->report->names;
    const tide_place *place = &names->places.at[names->frames.at[frame]];
    uint64_t bias = 0;
    tide_protobuf_number(&into->message, LOCATION_ID, frame + UINT64_C(1));
    if (code->module < heap->modules.count) {
        tide_protobuf_number(&into->message, LOCATION_MAPPING, code->module + UINT64_C(1));
        bias = heap->modules.at[code->module].bias;
    }
    if (!tide_heap_routine(heap, *code))
        tide_protobuf_number(&into->message, LOCATION_ADDRESS,
                             code->address + bias - 1); /* in the call itself */
    tide_protobuf_number(&into->inner, LINE_FUNCTION, place->function + UINT64_C(1));
    tide_protobuf_number(&into->inner, LINE_LINE, place->line);
    tide_protobuf_message(&into->message, LOCATION_LINE, &into->inner);
    put_message(into, PROFILE_LOCATION);
}

static void put_locations(pprof *into) {
    const tide_heap *heap = &into->report->recording->heap;
    for (uint32_t i = 0; i < heap->codes.count && !ferror(into->report->out); i++) {
        tide_item_range range = into->report->names->of_code.at[i];
        for (uint32_t k = 0; k < range.count; k++)
            put_location(into, &heap->codes.at[i], range.first + k);
    }
}

/* A function's file is that of the first of its places. */
static void put_functions(pprof *into) {
    const tide_names *names = into->report->names;
    uint32_t *file_of = tide_xcalloc(names->functions.count + 1, sizeof *file_of);
    for (size_t i = names->places.count; i-- > 0;)
        if (names->places.at[i].file)
            file_of[names->places.at[i].function] = names->places.at[i].file;
    for (uint32_t i = 0; i < names->functions.count && !ferror(into->report->out); i++) {
        uint64_t name = string(into, tide_names_function(names, i));
        tide_protobuf_number(&into->message, FUNCTION_ID, i + UINT64_C(1));
        tide_protobuf_number(&into->message, FUNCTION_NAME, name);
        tide_protobuf_number(&into->message, FUNCTION_SYSTEM_NAME, name);
        tide_protobuf_number(&into->message, FUNCTION_FILE,
                             string(into, tide_strings_get(&names->strings, file_of[i])));
        put_message(into, PROFILE_FUNCTION);
    }
    free(file_of);
}

static void put_samples(pprof *into) {
    const tide_heap *heap = &into->report->recording->heap;
    tide_stack stack = {0};
    for (size_t i = 0; i < heap->sites.count && !ferror(into->report->out); i++)
        if (into->report->selection->is_selected.at[i] && heap->sites.at[i].kind != TIDE_MMAP)
            put_sample(into, &stack, &heap->sites.at[i]);
    tide_vec_free(&stack);
}

void tide_format_pprof_print(const tide_report *report) {
    pprof profile = {.report = report};
    if (deflateInit2(&profile.zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP, 8,
                     Z_DEFAULT_STRATEGY))
        return;
    tide_strings_add(&profile.strings, "");
    put_head(&profile);
    for (uint32_t i = 0; i < report->recording->heap.modules.count; i++)
        put_mapping(&profile, i);
    put_locations(&profile);
    put_functions(&profile);
    put_samples(&profile);
    compress_chunk(&profile, Z_FINISH);
    deflateEnd(&profile.zlib);
    tide_buffer_free(&profile.message);
    tide_buffer_free(&profile.inner);
    tide_buffer_free(&profile.chunk);
    tide_strings_free(&profile.strings);
}
