/* launch/signals: the tool's own manners towards signals, and the way back to what it was started with.
 *
 *   Ctrl-C, Ctrl-\  the terminal sends them to the whole foreground group: the program gets its own, the tool stays
 *   TERM, HUP …     sent to the tool by somebody's kill: passed on to the program
 *   HUP             a terminal that goes away tells the leader of its session alone: passed on, when that is the tool
 *   PIPE, XFSZ      become errors of write, TTOU is harmless: a closed stderr must not end a recording
 *
 * All are read from one descriptor; no handler ever runs. */
#pragma once
#include <signal.h>
#include <stdbool.h>

enum { TIDE_SIGNALS_ALTERED = 4 };

typedef struct tide_signals {
    int fd;            /* signalfd; -1 after an error */
    sigset_t old_mask; /* and what else there was before */
    struct sigaction old_action[TIDE_SIGNALS_ALTERED];
} tide_signals;

int tide_signals_init(tide_signals *signals);
/* Mask and dispositions as they were before init. Async-signal-safe: for the child, just before its exec. */
void tide_signals_restore(const tide_signals *signals);
void tide_signals_fini(tide_signals *signals);

/* The next signal that came, 0 when there is none. `*ret_is_sent`: to the tool alone, not by the terminal to the
 * program as well. */
int tide_signals_next(tide_signals *signals, bool *ret_is_sent);
