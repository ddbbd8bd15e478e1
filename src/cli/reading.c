#include "cli/reading.h"
#include "cli/command.h"
#include "cli/progress.h"
#include <inttypes.h>

/* A recording brings function names; lines of installed debug files, and all of a recording without an end, are looked
 * up here, if this is the machine. */
static void complete_names(tide_recording *recording) {
    tide_symbols_resolve(&recording->symbols, &recording->heap, &(tide_symbols_options){0});
}

bool tide_reading_open(tide_reading *ret, const char *path, const tide_view_request *view,
                       tide_moment_seen *seen, void *arg) {
    tide_recording *recording = &ret->recording;
    tide_err err;
    *ret = (tide_reading){0};
    tide_progress_begin("reading", path);
    int code = seen ? tide_recording_watch(recording, path, seen, arg, &err)
                    : tide_recording_read(recording, path, false, &err);
    if (code) {
        tide_progress_end();
        tide_say("%s", err.text);
        return false;
    }
    tide_progress_begin("reporting on", path);
    if (!recording->info.source) /* another tool's names are all that there is */
        complete_names(recording);
    if (!view->shows_native && !recording->info.shows_native)
        tide_foreground_show(&ret->foreground, &recording->heap);
    return true;
}

void tide_reading_close(tide_reading *reading) {
    tide_foreground_free(&reading->foreground);
    tide_recording_free(&reading->recording);
}

int tide_reading_status(const tide_reading *reading, const char *path) {
    const tide_recording *recording = &reading->recording;
    uint64_t lost_count = recording->heap.totals.lost_events;
    if (lost_count)
        tide_say("%s is not all of it: %" PRIu64 " event%s lost, so the figures are not exact", path,
                 lost_count, lost_count == 1 ? " was" : "s were");
    if (recording->torn)
        tide_say("%s is cut: byte %" PRIu64 " and what follows are missing", path,
                 recording->torn_offset_bytes);
    else if (recording->end.kind == TIDE_END_NONE)
        tide_say("%s has no end: it was not closed, and what came later is missing", path);
    else if (!lost_count)
        return TIDE_EXIT_OK;
    return TIDE_EXIT_PARTIAL;
}
