#include "base/json.h"
#include "report/page.h"
#include "report/stack.h"
#include <inttypes.h>

/* The schema is docs/json.md. Written as it is walked: one line for each element of a list. */

static void put_known(FILE *out, const char *key, uint64_t value, bool is_known) {
    if (is_known)
        tide_json_number(out, key, value);
    else
        tide_json_text(out, key, NULL);
}

static void put_recording(const tide_report *report) {
    static const char *const endings[] = {
        [TIDE_END_NONE] = "unknown", [TIDE_END_EXITED] = "exited",     [TIDE_END_SIGNALED] = "signaled",
        [TIDE_END_EXEC] = "exec",    [TIDE_END_DETACHED] = "detached", [TIDE_END_GONE] = "gone"};
    const tide_recording *recording = report->recording;
    FILE *out = report->out;
    uint32_t kind = recording->end.kind;
    fputs("\"recording\": {", out);
    tide_json_text(out, "command", recording->info.command);
    tide_json_text(out, "program", recording->info.program);
    tide_json_text(out, "host", recording->info.host);
    tide_json_text(out, "tool_version", recording->info.tool_version);
    tide_json_number(out, "pid", recording->info.pid);
    tide_json_number(out, "page_bytes", recording->info.page_bytes);
    tide_json_number(out, "start_unix_ns", recording->info.start_unix_ns);
    tide_json_number(out, "duration_ns", recording->heap.totals.time_ns);
    tide_json_text(out, "end", endings[kind < sizeof endings / sizeof *endings ? kind : TIDE_END_NONE]);
    tide_json_number(out, "end_status", recording->end.status);
    tide_json_flag(out, "end_quick", recording->end.quick);
    tide_json_flag(out, "torn", recording->torn);
    static const char *const sources[] = {
        [TIDE_SOURCE_TIDEMARK] = NULL, [TIDE_SOURCE_DHAT] = "dhat", [TIDE_SOURCE_MASSIF] = "massif"};
    static const char *const clocks[] = {[TIDE_CLOCK_NS] = "ns",
                                         [TIDE_CLOCK_INSTRUCTIONS] = "instructions",
                                         [TIDE_CLOCK_BYTES] = "bytes",
                                         [TIDE_CLOCK_UNITS] = "units"};
    if (recording->info.source) {
        tide_json_text(out, "imported_from", sources[recording->info.source]);
        tide_json_text(out, "clock", clocks[recording->info.clock]);
    }
    if (report->options->range) {
        fputs("\"range\": {", out);
        tide_json_number(out, "from_ns", report->options->range->from_ns);
        tide_json_number(out, "to_ns", report->options->range->to_ns);
        tide_json_last(out, "live_bytes_max", report->options->range->live_bytes_max);
        fputs("}, ", out);
    }
    tide_json_last(out, "file_bytes", recording->file_bytes);
    fputs("},\n", out);
}

static void put_totals(const tide_report *report) {
    const tide_totals *totals = &report->recording->heap.totals;
    bool is_ours = report->recording->info.source == TIDE_SOURCE_TIDEMARK;
    FILE *out = report->out;
    fputs("\"totals\": {", out);
    tide_json_number(out, "heap_peak_bytes", totals->heap_peak_bytes);
    tide_json_number(out, "heap_peak_time_ns", totals->peak_time_ns);
    tide_json_number(out, "heap_end_bytes", totals->heap_bytes);
    put_known(out, "mapped_peak_bytes", totals->mapped_peak_bytes, is_ours);
    put_known(out, "mapped_end_bytes", totals->mapped_bytes, is_ours);
    tide_json_number(out, "lost_events", totals->lost_events);
    put_known(out, "foreign_frees", totals->foreign_frees, is_ours);
    put_known(out, "tracker_bytes", totals->own_bytes, is_ours);
    fputs(is_ours ? "\"size_classes\": [" : "\"size_classes\": null", out);
    for (unsigned i = 0; i < TIDE_SIZE_CLASSES && is_ours; i++)
        fprintf(out, "%s%" PRIu64, i ? ", " : "", totals->size_blocks[i]);
    fputs(is_ours ? "]},\n" : "},\n", out);
}

/* "name": [ … ] with `put` for each of `count` elements. */
static void put_list(const tide_report *report, const char *name, size_t count,
                     void (*put)(const tide_report *report, size_t index)) {
    fprintf(report->out, "\"%s\": [", name);
    for (size_t i = 0; i < count && !ferror(report->out); i++) {
        fputs(i ? ",\n {" : "\n {", report->out);
        put(report, i);
        putc('}', report->out);
    }
    fputs("]", report->out);
}

static void put_thread(const tide_report *report, size_t index) {
    const tide_thread *thread = &report->recording->heap.threads.at[index];
    tide_json_text(report->out, "name", tide_strings_get(&report->recording->heap.strings, thread->name));
    tide_json_number(report->out, "tid", thread->tid);
    tide_json_number(report->out, "threads_count", thread->threads_count);
    tide_json_number(report->out, "start_ns", thread->start_ns);
    tide_json_last(report->out, "end_ns", thread->end_ns);
}

static void put_module(const tide_report *report, size_t index) {
    const tide_module *module = &report->recording->heap.modules.at[index];
    char build_id[TIDE_BUILD_ID_MAX * 2 + 1] = "";
    for (unsigned i = 0; i < module->build_id_bytes && i < TIDE_BUILD_ID_MAX; i++)
        snprintf(build_id + 2 * i, 3, "%02x", module->build_id[i]);
    tide_json_text(report->out, "path", tide_strings_get(&report->recording->heap.strings, module->path));
    tide_json_text(report->out, "build_id", build_id);
    tide_json_number(report->out, "bias", module->bias);
    tide_json_number(report->out, "start", module->start);
    tide_json_last(report->out, "end", module->end);
}

static void put_frame(const tide_report *report, const tide_code *code, uint32_t place_index,
                      bool is_inlined) {
    const tide_names *names = report->names;
    const tide_place *place = &names->places.at[place_index];
    if (code->module < report->recording->heap.modules.count)
        tide_json_number(report->out, "module", code->module);
    else
        fputs("\"module\": null, ", report->out);
    if (tide_heap_routine(&report->recording->heap, *code))
        fputs("\"address\": null, ", report->out);
    else
        tide_json_number(report->out, "address", code->address);
    tide_json_text(report->out, "function", tide_names_function(names, place->function));
    tide_json_text(report->out, "file", tide_strings_get(&names->strings, place->file));
    if (place->line)
        tide_json_number(report->out, "line", place->line);
    else
        fputs("\"line\": null, ", report->out);
    fprintf(report->out, "\"inlined\": %s", is_inlined ? "true" : "false");
}

/* All frames of all codes in one list; a code's are innermost first, all but the last inlined into the next. */
static void put_frames(const tide_report *report) {
    const tide_heap *heap = &report->recording->heap;
    const tide_names *names = report->names;
    fputs("\"frames\": [", report->out);
    for (size_t i = 0; i < heap->codes.count && !ferror(report->out); i++) {
        tide_item_range range = names->of_code.at[i];
        for (uint32_t k = 0; k < range.count; k++) {
            fputs(range.first + k ? ",\n {" : "\n {", report->out);
            put_frame(report, &heap->codes.at[i], names->frames.at[range.first + k], k + 1 < range.count);
            putc('}', report->out);
        }
    }
    fputs("]", report->out);
}

static void put_stack(const tide_report *report, uint32_t node) {
    tide_stack stack = {0};
    tide_stack_walk(&stack, report->names, &report->recording->heap, node);
    fputs("\"stack\": [", report->out);
    for (size_t i = 0; i < stack.count; i++)
        fprintf(report->out, "%s%" PRIu32, i ? ", " : "", stack.at[i]);
    putc(']', report->out);
    tide_vec_free(&stack);
}

static void put_site(const tide_report *report, uint32_t index) {
    static const char *const kinds[] = {
#define X(symbol, name) name,
        TIDE_KINDS(X)
#undef X
    };
    const tide_site *site = &report->recording->heap.sites.at[index];
    const tide_counts *counts = &site->counts;
    bool has_total = tide_selection_knows(report->recording, TIDE_VIEW_TOTAL),
         has_temporary = tide_selection_knows(report->recording, TIDE_VIEW_TEMPORARY),
         has_blocks = tide_page_has_blocks(report->recording);
    FILE *out = report->out;
    tide_json_text(out, "kind", site->kind < TIDE_KIND_COUNT ? kinds[site->kind] : NULL);
    tide_json_number(out, "thread", site->thread);
    tide_json_number(out, "owner", site->owner);
    put_known(out, "total_bytes", counts->allocated_bytes, has_total);
    put_known(out, "total_blocks", counts->allocated_blocks, has_total);
    put_known(out, "freed_bytes", counts->freed_bytes, has_total);
    put_known(out, "freed_blocks", counts->freed_blocks, has_total);
    tide_json_number(out, "peak_bytes", counts->peak_bytes);
    put_known(out, "peak_blocks", counts->peak_blocks, has_blocks);
    tide_json_number(out, "end_bytes", counts->allocated_bytes - counts->freed_bytes);
    put_known(out, "end_blocks", counts->allocated_blocks - counts->freed_blocks, has_blocks);
    put_known(out, "temporary_blocks", counts->temporary_blocks, has_temporary);
    put_known(out, "resized_blocks", counts->resized_blocks, has_temporary);
    put_known(out, "lifetime_ns", counts->lifetime_ns, has_total);
    put_stack(report, site->node);
}

static void put_sites(const tide_report *report) {
    tide_site_list order = tide_selection_order(report->selection);
    uint32_t limit = tide_page_limit(report, UINT32_MAX), shown = 0;
    const tide_heap *heap = &report->recording->heap;
    bool *is_event = tide_xcalloc(heap->sites.count + 1, sizeof *is_event);
    for (size_t i = 0; i < heap->events.count; i++)
        is_event[heap->events.at[i].site] = true;
    fputs("\"sites\": [", report->out);
    for (size_t i = 0; i < order.count && shown < limit && !ferror(report->out); i++) {
        if (is_event[order.at[i]])
            continue;
        fputs(shown++ ? ",\n {" : "\n {", report->out);
        put_site(report, order.at[i]);
        putc('}', report->out);
    }
    fputs("]", report->out);
    free(is_event);
    tide_vec_free(&order);
}

static void put_sample(const tide_report *report, size_t index) {
    const tide_sample *sample = &report->recording->samples.at[index];
    tide_json_number(report->out, "time_ns", sample->time_ns);
    tide_json_number(report->out, "heap_bytes", sample->heap_bytes);
    put_known(report->out, "mapped_bytes", sample->mapped_bytes,
              report->recording->info.source == TIDE_SOURCE_TIDEMARK);
    put_known(report->out, "rss_bytes", sample->rss_bytes, sample->rss_bytes);
    if (sample->pss_bytes)
        tide_json_last(report->out, "pss_bytes", sample->pss_bytes);
    else
        fputs("\"pss_bytes\": null", report->out);
}

static void put_owner(const tide_report *report, size_t index) {
    const tide_heap *heap = &report->recording->heap;
    const tide_owner *owner = &heap->owners.at[index];
    FILE *out = report->out;
    tide_json_text(out, "name", index ? tide_strings_get(&heap->strings, (uint32_t)owner->name) : NULL);
    if (owner->parent)
        tide_json_number(out, "parent", owner->parent);
    else
        fputs("\"parent\": null, ", out);
    tide_json_number(out, "peak_bytes", owner->peak_bytes);
    tide_json_number(out, "peak_blocks", owner->peak_blocks);
    tide_json_number(out, "used_bytes", owner->used_bytes);
    tide_json_number(out, "allocated_bytes", owner->allocated_bytes);
    tide_json_last(out, "reserved_bytes", owner->reserved_bytes);
}

static void put_section(const tide_report *report, size_t index) {
    const tide_heap *heap = &report->recording->heap;
    const tide_named_section *section = &heap->sections.at[index];
    FILE *out = report->out;
    tide_json_text(out, "name", tide_strings_get(&heap->strings, (uint32_t)section->name));
    tide_json_number(out, "begun_count", section->begun_count);
    tide_json_number(out, "ended_count", section->ended_count);
    tide_json_number(out, "total_bytes", section->allocated_bytes);
    tide_json_number(out, "total_blocks", section->allocated_blocks);
    tide_json_number(out, "freed_bytes", section->freed_bytes);
    tide_json_number(out, "freed_blocks", section->freed_blocks);
    tide_json_number(out, "peak_bytes", section->peak_bytes);
    tide_json_number(out, "first_begin_ns", section->first_begin_ns);
    tide_json_last(out, "last_end_ns", section->last_end_ns);
}

static void put_event(const tide_report *report, size_t index) {
    const tide_heap *heap = &report->recording->heap;
    const tide_weighed_event *event = &heap->events.at[index];
    const tide_site *site = &heap->sites.at[event->site];
    tide_json_text(report->out, "name", tide_strings_get(&heap->strings, (uint32_t)event->name));
    tide_json_number(report->out, "thread", site->thread);
    tide_json_number(report->out, "owner", site->owner);
    tide_json_number(report->out, "count", event->count);
    tide_json_number(report->out, "weight", event->weight);
    put_stack(report, site->node);
}

void tide_format_json_print(const tide_report *report) {
    const tide_recording *recording = report->recording;
    fputs("{\"format\": \"tidemark-report\", \"version\": 1,\n", report->out);
    put_recording(report);
    put_totals(report);
    put_list(report, "threads", recording->heap.threads.count, put_thread);
    fputs(",\n", report->out);
    put_list(report, "modules", recording->heap.modules.count, put_module);
    fputs(",\n", report->out);
    put_frames(report);
    fputs(",\n", report->out);
    put_list(report, "timeline", recording->samples.count, put_sample);
    fputs(",\n", report->out);
    tide_pages_put_json(report);
    fputs(",\n", report->out);
    put_list(report, "owners", recording->heap.owners.count, put_owner);
    fputs(",\n", report->out);
    put_list(report, "sections", recording->heap.sections.count, put_section);
    fputs(",\n", report->out);
    put_list(report, "events", recording->heap.events.count, put_event);
    fputs(",\n", report->out);
    put_sites(report);
    fputs("}\n", report->out);
}
