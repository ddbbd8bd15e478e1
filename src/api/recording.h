/* api/recording: a file made of a ledger that is this process's own, by `tidemark-write` beside the library. */
#pragma once
#include "api/api.h"

/* As tide_write_recording. */
int tide_api_write(tide_thread *thread, const char *path);
