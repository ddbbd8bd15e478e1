#include "base/json.h"
#include "report/diff.h"
#include "report/page.h"
#include <inttypes.h>

/* The schema is docs/json.md. */

static void put_side(FILE *out, const char *key, const tide_diff_side *side) {
    char *measured = tide_page_measured(side->recording);
    fprintf(out, "\"%s\": {", key);
    tide_json_text(out, "path", side->path);
    tide_json_text(out, "command", side->recording->info.command);
    tide_json_number(out, "start_unix_ns", side->recording->info.start_unix_ns);
    tide_json_text(out, "measured", measured);
    tide_json_flag(out, "blocks_counted", tide_page_has_blocks(side->recording));
    tide_json_flag(out, "mapped_counted", side->recording->info.source == TIDE_SOURCE_TIDEMARK);
    tide_json_last(out, "lost_events", side->recording->heap.totals.lost_events);
    fputs("},\n", out);
    free(measured);
}

static void put_weights(FILE *out, tide_weight before, tide_weight after) {
    tide_json_number(out, "old", before.amount);
    tide_json_number(out, "new", after.amount);
    fprintf(out, "\"change\": %" PRId64 ", ", (int64_t)(after.amount - before.amount));
    tide_json_number(out, "old_blocks", before.blocks);
    tide_json_last(out, "new_blocks", after.blocks);
}

static void put_part(FILE *out, const char *key, const tide_diff_part *part) {
    fprintf(out, "\"%s\": {", key);
    put_weights(out, part->before, part->after);
    fputs(", \"functions\": [", out);
    for (size_t i = 0; i < part->rows.count && !ferror(out); i++) {
        fputs(i ? ",\n {" : "\n {", out);
        tide_json_text(out, "function", part->rows.at[i].function);
        tide_json_text(out, "module", part->rows.at[i].module);
        tide_json_text(out, "where", part->rows.at[i].where);
        put_weights(out, part->rows.at[i].before, part->rows.at[i].after);
        putc('}', out);
    }
    fputs("]}", out);
}

void tide_diff_json_print(FILE *out, const tide_diff *diff) {
    fputs("{\"format\": \"tidemark-diff\", \"version\": 1,\n", out);
    tide_json_text(out, "view", tide_page_view_name(diff->options->view));
    tide_json_text(out, "unit", diff->options->view == TIDE_VIEW_TEMPORARY ? "allocations" : "bytes");
    tide_json_text(out, "thread", diff->options->thread);
    tide_json_text(out, "filter", diff->options->filter_text);
    putc('\n', out);
    put_side(out, "old", &diff->before);
    put_side(out, "new", &diff->after);
    put_part(out, "heap", &diff->heap);
    fputs(",\n", out);
    put_part(out, "mapped", &diff->mapped);
    fputs("}\n", out);
}
