/* cli/reading: a recording's file, as `report` and `diff` take it: with a line that shows progress, names completed, of
 * Python programs the Python frames, and what is missing from it told. */
#pragma once
#include "cli/view_options.h"
#include "heap/foreground.h"
#include "recording/recording.h"

typedef struct tide_reading {
    tide_recording recording;
    tide_foreground foreground;
} tide_reading;

/* Read `path`; `seen` (may be NULL) is called with `arg` for each moment in it. False, after a line on stderr: it
 * cannot be read. To be closed in any case. The progress line goes on until tide_progress_end. */
bool tide_reading_open(tide_reading *ret, const char *path, const tide_view_request *view,
                       tide_moment_seen *seen, void *arg);
void tide_reading_close(tide_reading *reading);
/* TIDE_EXIT_OK, or TIDE_EXIT_PARTIAL, after a line on stderr that says what the file does not have. */
int tide_reading_status(const tide_reading *reading, const char *path);
