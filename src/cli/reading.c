#include "cli/reading.h"
#include "cli/command.h"
#include "cli/progress.h"
#include <inttypes.h>
#include <sys/stat.h>

/* A recording brings function names; lines of installed debug files, and all of a recording without an end, are looked
 * up here, if this is the machine. */
static void complete_names(tide_recording *recording) {
    tide_symbols_resolve(&recording->symbols, &recording->heap, &(tide_symbols_options){0});
}

typedef struct watching {
    tide_moment_seen *seen;
    void *arg;
    uint64_t all_bytes;
} watching;

static void see_moment(void *arg, const tide_recording *so_far, const tide_change *changes,
                       size_t change_count) {
    const watching *to = arg;
    tide_progress_part(so_far->file_bytes, to->all_bytes);
    if (to->seen)
        to->seen(to->arg, so_far, changes, change_count);
}

bool tide_reading_open(tide_reading *ret, const char *path, const tide_view_request *view,
                       tide_moment_seen *seen, void *arg) {
    tide_recording *recording = &ret->recording;
    tide_err err;
    *ret = (tide_reading){0};
    tide_progress_begin("reading", path);
    struct stat status;
    watching to = {seen, arg, stat(path, &status) ? 0 : (uint64_t)status.st_size};
    int code = tide_recording_watch(recording, path, see_moment, &to, &err);
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
