#include "import/building.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* Massif's text: src/report/massif.c draws it. Only the peak's tree and the last snapshot's are taken: a recording
 * knows sites at the peak and at the end. What a tree does not tell apart is of one site. */

enum { DEPTH_MAX = 2048 };

typedef struct tree_line { /* one that is open: lines below it may follow */
    uint32_t code;
    uint64_t left_bytes; /* less what is on lines below it */
    uint64_t left_lines; /* below it, that are still to come */
} tree_line;

typedef struct massif {
    tide_building *into;
    const char *path;
    tide_err *err;
    uint64_t line_number, unit_ns;
    tide_sample now; /* the snapshot at hand: time and heap */
    bool is_peak, has_peak_tree;
    tree_line open[DEPTH_MAX];
    size_t open_count;
    bool is_end_tree; /* the last snapshot has one */
} massif;

static int fail(const massif *from, const char *why) {
    return tide_fail(from->err, -EBADMSG, "%s makes no sense at line %" PRIu64 ": %s", from->path,
                     from->line_number, why);
}

/* ---- a tree: innermost frames first, their callers below them */

/* `bytes` that were allocated on the stack of the open lines. */
static void add_to_site(massif *from, uint64_t bytes) {
    uint32_t node = 0;
    for (size_t i = from->open_count; i-- > 1;)
        node = tide_building_node(from->into, node, from->open[i].code);
    tide_counts *counts = tide_building_site(from->into, node);
    if (from->is_peak)
        counts->peak_bytes += bytes;
    counts->allocated_bytes += bytes; /* of this tree: taken back when another one follows */
}

/* Those from `depth` on have to be complete. What a tree's first line has left is not told apart: add_rest's. */
static int close_lines(massif *from, size_t depth) {
    for (; from->open_count > depth; from->open_count--) {
        const tree_line *line = &from->open[from->open_count - 1];
        if (line->left_lines)
            return fail(from, "the tree ends early");
        if (line->left_bytes && from->open_count > 1)
            add_to_site(from, line->left_bytes);
    }
    return 0;
}

static void begin_tree(massif *from, const char *kind) {
    tide_heap *heap = &from->into->out->heap;
    from->is_peak = !strcmp(kind, "peak");
    from->is_end_tree = strcmp(kind, "empty") != 0;
    for (size_t i = 0; i < heap->sites.count; i++)
        heap->sites.at[i].counts.allocated_bytes = 0;
    if (from->is_peak)
        for (size_t i = 0; i < heap->sites.count; i++)
            heap->sites.at[i].counts.peak_bytes = 0;
    from->has_peak_tree |= from->is_peak;
}

/* "  n1: 400 0x12FE: parse (parse.c:80)" */
static int take_tree_line(massif *from, const char *line) {
    size_t depth = strspn(line, " ");
    char *end;
    uint64_t lines_below = strtoull(line + depth + 1, &end, 10);
    if (strncmp(end, ": ", 2) != 0 || !isdigit((unsigned char)end[2]))
        return fail(from, "a line of a tree");
    uint64_t bytes = strtoull(end + 2, &end, 10);
    if (depth > from->open_count || depth >= DEPTH_MAX || *end != ' ')
        return fail(from, "a tree's depth");
    int failed = close_lines(from, depth);
    if (failed)
        return failed;
    if (depth && (from->open[depth - 1].left_bytes < bytes || !from->open[depth - 1].left_lines))
        return fail(from, "more is below a line than is on it");
    if (depth) {
        from->open[depth - 1].left_bytes -= bytes;
        from->open[depth - 1].left_lines--;
    }
    const char *frame = !strncmp(end + 1, "in ", 3) ? "[below Massif's threshold]" : end + 1;
    uint32_t code = depth ? tide_building_code(from->into, frame) : 0;
    from->open[from->open_count++] =
        (tree_line){.code = code, .left_bytes = bytes, .left_lines = lines_below};
    return 0;
}

/* ---- lines */

static bool starts_with(const char *line, const char *key, const char **ret_value) {
    size_t length_bytes = strlen(key);
    *ret_value = line + length_bytes;
    return !strncmp(line, key, length_bytes);
}

/* False: it is no whole number from 0 on. */
static bool take_number(const char *value, uint64_t *ret) {
    char *end;
    errno = 0;
    *ret = strtoull(value, &end, 10);
    return isdigit((unsigned char)*value) && !*end && !errno;
}

static void set_text(char **text, const char *value) {
    free(*text);
    *text = tide_xstrdup(value);
}

/* A snapshot is complete when its heap_tree comes. */
static void end_snapshot(massif *from, const char *kind) {
    tide_totals *totals = &from->into->out->heap.totals;
    *tide_vec_push(&from->into->out->samples) = from->now;
    totals->time_ns = from->now.time_ns;
    totals->heap_bytes = from->now.heap_bytes;
    if (!strcmp(kind, "peak") || (!from->has_peak_tree && from->now.heap_bytes > totals->heap_peak_bytes)) {
        totals->heap_peak_bytes = from->now.heap_bytes;
        totals->peak_time_ns = from->now.time_ns;
    }
    begin_tree(from, kind);
}

static int take_line(massif *from, const char *line) {
    tide_info *info = &from->into->out->info;
    const char *value;
    if (line[strspn(line, " ")] == 'n' && isdigit((unsigned char)line[strspn(line, " ") + 1]))
        return take_tree_line(from, line);
    int failed = close_lines(from, 0);
    if (failed)
        return failed;
    if (starts_with(line, "cmd: ", &value))
        set_text(&info->command, value);
    else if (starts_with(line, "time_unit: ", &value)) {
        info->clock = *value == 'i'   ? TIDE_CLOCK_INSTRUCTIONS
                      : *value == 'B' ? TIDE_CLOCK_BYTES
                                      : TIDE_CLOCK_NS;
        from->unit_ns = info->clock == TIDE_CLOCK_NS ? 1000000 : 1;
    } else if (starts_with(line, "time=", &value)) {
        uint64_t time;
        if (!take_number(value, &time))
            return fail(from, "a time");
        if (time * from->unit_ns < from->now.time_ns)
            return fail(from, "time goes back");
        from->now.time_ns = time * from->unit_ns;
    } else if (starts_with(line, "mem_heap_B=", &value)) {
        if (!take_number(value, &from->now.heap_bytes))
            return fail(from, "a heap's size");
    } else if (starts_with(line, "heap_tree=", &value))
        end_snapshot(from, value);
    return 0;
}

/* ---- all of it */

/* What the trees do not tell apart, or a snapshot without a tree, is of one site. */
static void add_rest(massif *from) {
    tide_heap *heap = &from->into->out->heap;
    uint64_t peak_bytes = 0, end_bytes = 0;
    for (size_t i = 0; i < heap->sites.count; i++) {
        tide_counts *counts = &heap->sites.at[i].counts;
        counts->allocated_bytes = from->is_end_tree ? counts->allocated_bytes : 0;
        peak_bytes += counts->peak_bytes;
        end_bytes += counts->allocated_bytes;
    }
    const tide_totals *totals = &heap->totals;
    if (peak_bytes < totals->heap_peak_bytes || end_bytes < totals->heap_bytes) {
        uint32_t code = tide_building_code(from->into, "[not told apart by Massif]");
        tide_counts *rest = tide_building_site(from->into, tide_building_node(from->into, 0, code));
        rest->peak_bytes += peak_bytes < totals->heap_peak_bytes ? totals->heap_peak_bytes - peak_bytes : 0;
        rest->allocated_bytes += end_bytes < totals->heap_bytes ? totals->heap_bytes - end_bytes : 0;
    }
    for (size_t i = 0; i < heap->sites.count; i++) { /* at least: more than that is not known */
        tide_counts *counts = &heap->sites.at[i].counts;
        uint64_t live_bytes = counts->allocated_bytes;
        counts->allocated_bytes = live_bytes > counts->peak_bytes ? live_bytes : counts->peak_bytes;
        counts->freed_bytes = counts->allocated_bytes - live_bytes;
    }
}

int tide_import_massif(tide_building *into, const char *path, tide_err *err) {
    FILE *file = fopen(path, "re");
    if (!file)
        return tide_fail(err, -errno, "cannot open %s: %m", path);
    massif *from = tide_xcalloc(1, sizeof *from);
    from->into = into;
    from->path = path;
    from->err = err;
    from->unit_ns = 1;
    char *line = NULL;
    size_t capacity = 0;
    int failed = 0;
    for (ssize_t length; !failed && (length = getline(&line, &capacity, file)) > 0;) {
        from->line_number++;
        line[length - (line[length - 1] == '\n')] = 0;
        failed = take_line(from, line);
    }
    if (!failed && ferror(file))
        failed = tide_fail(err, -errno, "cannot read %s: %m", path);
    if (!failed)
        failed = close_lines(from, 0);
    if (!failed && !into->out->samples.count)
        failed = fail(from, "it has no snapshot");
    add_rest(from);
    free(line);
    free(from);
    fclose(file);
    return failed;
}
