/* cli/progress: one line on stderr for work that takes longer than a second, gone when the work is done. Only when
 * stderr is a terminal. */
#pragma once
#include <stdint.h>

/* `what`: static, "reading"; `name`: borrowed until the end. A second begin replaces the words. */
void tide_progress_begin(const char *what, const char *name);
/* How much of the work is done; any thread. Cost: two stores. */
void tide_progress_part(uint64_t done, uint64_t all);
void tide_progress_end(void); /* also without a begin */
