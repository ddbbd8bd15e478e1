#include "import/building.h"
#include <errno.h>
#include <jansson.h>

/* DHAT's format 2, of Valgrind and of dhat-rs. */

typedef struct dhat {
    tide_building *into;
    const char *path; /* for messages */
    tide_err *err;
    uint32_t *code_of; /* per entry of "ftbl" */
    size_t frame_count;
    uint64_t unit_ns; /* a unit of its times; 1 when they are no times */
} dhat;

static int fail(const dhat *from, const char *why) {
    return tide_fail(from->err, -EBADMSG, "%s makes no sense: %s", from->path, why);
}

/* False: `key` is no whole number from 0 on. */
static bool take_number(const json_t *object, const char *key, uint64_t *ret) {
    const json_t *value = json_object_get(object, key);
    bool is_good = json_is_integer(value) && json_integer_value(value) >= 0;
    *ret = is_good ? (uint64_t)json_integer_value(value) : 0;
    return is_good;
}

static const char *take_text(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void take_unit(dhat *from, const char *unit) {
    static const struct {
        const char *name;
        uint64_t unit_ns;
        uint32_t clock;
    } units[] = {{"instrs", 1, TIDE_CLOCK_INSTRUCTIONS},
                 {"ns", 1, TIDE_CLOCK_NS},
                 {"µs", 1000, TIDE_CLOCK_NS},
                 {"us", 1000, TIDE_CLOCK_NS},
                 {"ms", 1000000, TIDE_CLOCK_NS}};
    from->unit_ns = 1;
    from->into->out->info.clock = TIDE_CLOCK_UNITS;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(units[i].name, unit)) {
            from->unit_ns = units[i].unit_ns;
            from->into->out->info.clock = units[i].clock;
        }
}

static int take_head(dhat *from, const json_t *profile) {
    tide_recording *out = from->into->out;
    tide_totals *totals = &out->heap.totals;
    uint64_t version, pid;
    if (!take_number(profile, "dhatFileVersion", &version) || version != 2)
        return tide_fail(from->err, -EBADMSG, "%s is JSON, but no profile of DHAT in its format 2",
                         from->path);
    const char *mode = take_text(profile, "mode");
    if (!json_is_true(json_object_get(profile, "bklt")))
        return tide_fail(from->err, -EBADMSG, "%s is a profile of DHAT's mode '%.32s', which knows no heap",
                         from->path, mode);
    take_number(profile, "pid", &pid);
    take_unit(from, take_text(profile, "tu"));
    free(out->info.command);
    out->info.command = tide_xstrdup(take_text(profile, "cmd"));
    out->info.pid = (uint32_t)pid;
    out->heap.threads.at[0].tid = (uint32_t)pid;
    if (!take_number(profile, "te", &totals->time_ns) || !take_number(profile, "tg", &totals->peak_time_ns))
        return fail(from, "it has no times");
    totals->time_ns *= from->unit_ns;
    totals->peak_time_ns *= from->unit_ns;
    return 0;
}

static int take_frames(dhat *from, const json_t *table) {
    size_t index;
    json_t *frame;
    from->frame_count = json_array_size(table);
    from->code_of = tide_xcalloc(from->frame_count + 1, sizeof *from->code_of);
    json_array_foreach(table, index, frame) {
        const char *text = json_string_value(frame);
        if (!text)
            return fail(from, "a frame is no text");
        from->code_of[index] = index ? tide_building_code(from->into, text) : 0; /* [0] is "[root]" */
    }
    return 0;
}

/* The node of "fs", whose innermost frame comes first; TIDE_NONE: it makes no sense. */
static uint32_t take_stack(dhat *from, const json_t *frames) {
    uint32_t node = 0;
    if (!json_is_array(frames))
        return TIDE_NONE;
    for (size_t i = json_array_size(frames); i-- > 0;) {
        const json_t *frame = json_array_get(frames, i);
        json_int_t index = json_integer_value(frame);
        if (!json_is_integer(frame) || index < 0 || (size_t)index >= from->frame_count)
            return TIDE_NONE;
        if (index)
            node = tide_building_node(from->into, node, from->code_of[index]);
    }
    return node;
}

static int take_point(dhat *from, const json_t *point) {
    uint64_t total_bytes = 0, total_blocks = 0, lifetime = 0, peak_bytes = 0, peak_blocks = 0, end_bytes = 0,
             end_blocks = 0;
    uint32_t node = take_stack(from, json_object_get(point, "fs"));
    if (node == TIDE_NONE)
        return fail(from, "a point's frames are not in its table");
    bool is_whole = take_number(point, "tb", &total_bytes) && take_number(point, "tbk", &total_blocks) &&
                    take_number(point, "tl", &lifetime) && take_number(point, "gb", &peak_bytes) &&
                    take_number(point, "gbk", &peak_blocks) && take_number(point, "eb", &end_bytes) &&
                    take_number(point, "ebk", &end_blocks);
    if (!is_whole || end_bytes > total_bytes || end_blocks > total_blocks || peak_bytes > total_bytes)
        return fail(from, "a point's figures");
    tide_counts *counts = tide_building_site(from->into, node);
    counts->allocated_bytes += total_bytes;
    counts->allocated_blocks += total_blocks;
    counts->freed_bytes += total_bytes - end_bytes;
    counts->freed_blocks += total_blocks - end_blocks;
    counts->peak_bytes += peak_bytes;
    counts->peak_blocks += peak_blocks;
    counts->lifetime_ns += lifetime * from->unit_ns;
    from->into->out->heap.totals.heap_bytes += end_bytes;
    from->into->out->heap.totals.heap_peak_bytes += peak_bytes;
    return 0;
}

static int take_points(dhat *from, const json_t *points) {
    size_t index;
    json_t *point;
    if (!json_is_array(points))
        return fail(from, "it has no points");
    json_array_foreach(points, index, point) {
        int failed = take_point(from, point);
        if (failed)
            return failed;
    }
    return 0;
}

int tide_import_dhat(tide_building *into, const char *path, tide_err *err) {
    dhat dhat_file = {.into = into, .path = path, .err = err};
    json_error_t why;
    json_t *profile = json_load_file(path, 0, &why);
    if (!profile)
        return tide_fail(err, -EBADMSG, "%s is no JSON: line %d: %s", path, why.line, why.text);
    int failed = take_head(&dhat_file, profile);
    if (!failed)
        failed = take_frames(&dhat_file, json_object_get(profile, "ftbl"));
    if (!failed)
        failed = take_points(&dhat_file, json_object_get(profile, "pps"));
    free(dhat_file.code_of);
    json_decref(profile);
    return failed;
}
