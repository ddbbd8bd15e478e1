/* cli/progress: one line on stderr for work that takes longer than a second, gone when the work is done. Only when
 * stderr is a terminal. */
#pragma once

/* `what`: static, "reading"; `name`: borrowed until the end. A second begin replaces the words. */
void tide_progress_begin(const char *what, const char *name);
void tide_progress_end(void); /* also without a begin */
