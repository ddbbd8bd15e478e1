#include "base/json.h"
#include "report/page.h"
#include <inttypes.h>

/* https://www.speedscope.app/file-format-schema.json: one list of frames, and a "sampled" profile for each view that is
 * known, whose samples are stacks of frames, outermost first. Frames are our functions. */

static void put_frames(const tide_report *report) {
    const tide_names *names = report->names;
    uint32_t *file_of = tide_xcalloc(names->functions.count + 1, sizeof *file_of);
    for (size_t i = names->places.count; i-- > 0;)
        if (names->places.at[i].file)
            file_of[names->places.at[i].function] = names->places.at[i].file;
    fputs("\"shared\": {\"frames\": [", report->out);
    for (uint32_t i = 0; i < names->functions.count && !ferror(report->out); i++) {
        uint32_t file = file_of[i] ? file_of[i] : names->functions.at[i].module;
        fputs(i ? ",\n {\"name\": " : "\n {\"name\": ", report->out);
        tide_json_string(report->out, tide_names_function(names, i));
        if (file) {
            fputs(", \"file\": ", report->out);
            tide_json_string(report->out, tide_strings_get(&names->strings, file));
        }
        putc('}', report->out);
    }
    fputs("]},\n", report->out);
    free(file_of);
}

static void put_stack(FILE *out, const tide_tree *tree, uint32_t node) {
    TIDE_VEC(uint32_t) path = {0};
    for (uint32_t at = node; at; at = tree->nodes.at[at].parent)
        *tide_vec_push(&path) = tree->nodes.at[at].item;
    for (size_t i = path.count; i-- > 0;)
        fprintf(out, "%" PRIu32 "%s", path.at[i], i ? "," : "");
    tide_vec_free(&path);
}

/* Of those nodes that have something of their own: their stacks, or what that is. */
static void put_nodes(FILE *out, const tide_tree *tree, const char *name, bool as_stacks) {
    const char *comma = "";
    fprintf(out, ", \"%s\": [", name);
    for (uint32_t i = 0; i < tree->nodes.count && !ferror(out); i++) {
        if (!tree->nodes.at[i].own.amount)
            continue;
        fputs(comma, out);
        comma = ",\n";
        if (as_stacks) {
            putc('[', out);
            put_stack(out, tree, i);
            putc(']', out);
        } else
            fprintf(out, "%" PRIu64, tree->nodes.at[i].own.amount);
    }
    putc(']', out);
}

static void put_profile(const tide_report *report, enum tide_view view, const tide_weight *weights) {
    bool are_events = report->options->are_events, is_count = are_events || view == TIDE_VIEW_TEMPORARY;
    tide_items items = tide_names_items(report->names);
    tide_tree places, functions;
    tide_tree_init(&places);
    tide_tree_init(&functions);
    tide_tree_build(&places, &report->recording->heap, &items, weights);
    tide_tree_fold(&functions, &places, report->names->function_of.at, false);
    fprintf(report->out, "%s{\"type\": \"sampled\", \"name\": \"%s\", \"unit\": \"%s\", ",
            view && !are_events ? ",\n" : "\n", are_events ? "events" : tide_page_view_name(view),
            is_count ? "none" : "bytes");
    fprintf(report->out, "\"startValue\": 0, \"endValue\": %" PRIu64, functions.nodes.at[0].total.amount);
    put_nodes(report->out, &functions, "samples", true);
    put_nodes(report->out, &functions, "weights", false);
    putc('}', report->out);
    tide_tree_free(&functions);
    tide_tree_free(&places);
}

void tide_format_speedscope_print(const tide_report *report) {
    const tide_heap *heap = &report->recording->heap;
    tide_weight *weights = tide_xcalloc(heap->sites.count + 1, sizeof *weights);
    fputs("{\"$schema\": \"https://www.speedscope.app/file-format-schema.json\",\n\"name\": ", report->out);
    tide_json_string(report->out, report->recording->info.command);
    fprintf(report->out, ",\n\"exporter\": \"tidemark\", \"activeProfileIndex\": %d,\n",
            report->options->are_events ? 0 : report->options->view);
    put_frames(report);
    fputs("\"profiles\": [", report->out);
    for (enum tide_view view = TIDE_VIEW_PEAK; view <= TIDE_VIEW_TEMPORARY; view++) {
        if (!tide_selection_knows(report->recording, view)) /* the last ones: numbers stay as they are */
            break;
        if (report->options->are_events && view != TIDE_VIEW_TOTAL) /* an event is at one time only */
            continue;
        tide_selection_weigh_all(report->selection, heap, view, weights);
        put_profile(report, view, weights);
    }
    fputs("]}\n", report->out);
    free(weights);
}
