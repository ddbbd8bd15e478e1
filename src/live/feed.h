/* live/feed: a viewer's side of the live view. A program that runs under `tidemark run --live`, as a recording that
 * grows in memory: what report makes of a file, it makes of this, with the same figures.
 *
 *   open ─► poll(tide_feed_fd) ─► next, next, … NOTHING ─► refresh ─► recording, names ─► draw or print
 *
 *   state  WAITING    nobody serves the port, or the program was not started yet
 *          RUNNING    its ledger is mapped here: refresh reads it when this side likes, the program does not notice
 *          ENDED      the last figures stay, `end` says how; refresh changes nothing any more
 *
 * The program's process may replace its program (exec). That is STARTED once more: heap, names and samples begin anew,
 * so that indices from before mean nothing. Not thread-safe. */
#pragma once
#include "base/err.h"
#include "recording/recording.h"
#include "report/names.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum tide_feed_state { TIDE_FEED_WAITING, TIDE_FEED_RUNNING, TIDE_FEED_ENDED };

enum tide_feed_event {
    TIDE_FEED_NOTHING, /* no more for now: poll */
    TIDE_FEED_CONNECTED, /* a server is there: `tool_pid`, recording.info.command; its program waits to be started */
    TIDE_FEED_STARTED, /* a program runs: `pid`, `start_ns`, recording.info */
    TIDE_FEED_SAMPLED, /* recording.samples has grown; all from the start come first when one connects late */
    TIDE_FEED_NAMED,   /* `names` knows more: draw again */
    TIDE_FEED_ENDED_NOW, /* the process has ended, or the tool has left it: `end`; then only NAMED comes */
};

typedef struct tide_feed tide_feed;

typedef struct tide_feed_view { /* valid until the next call for this feed; nothing in it is the caller's */
    enum tide_feed_state state;
    uint16_t port;
    pid_t tool_pid, pid;     /* 0: not known yet */
    uint64_t start_ns;       /* of the program, by CLOCK_MONOTONIC: it runs since now − start_ns */
    uint32_t programs_count; /* 0 before the first; more than 1: replaced by exec */
    /* ENDED: how the process ended. TIDE_END_EXITED, _SIGNALED; _DETACHED: the recording ended before the program;
     * _NONE: the tool was killed, or cut this viewer off */
    tide_end end;
    /* As of the last refresh: heap. As of the last event: info, samples (the current RSS and PSS are in the last of
     * them). symbols are empty while names are looked for. recording.end is what a recording saved now would say:
     * TIDE_END_DETACHED while the program runs, _EXEC when it was replaced by one that cannot be watched. What is
     * held now is TIDE_VIEW_LEAKS, the peak TIDE_VIEW_PEAK. */
    const tide_recording *recording;
    /* Of all codes of recording->heap; as of the last refresh or NAMED. Grows only: an index of a function or place
     * stays until STARTED. What is not named yet is shown as its address. */
    const tide_names *names;
} tide_feed_view;

/* A feed of the port, whether somebody serves it already or not. -EACCES: the runtime folder is not ours alone;
 * -EMFILE … `*ret` is owned (tide_feed_free). `shows_native`: of a program with an interpreter show native frames, too,
 * also when whoever started it did not ask for that. */
int tide_feed_open(tide_feed **ret, uint16_t port, bool shows_native, tide_err *err);
void tide_feed_free(tide_feed *feed); /* the program goes on. NULL is fine */

/* Readable when tide_feed_next has something to do; while nobody serves the port it becomes so a few times a second. */
int tide_feed_fd(const tide_feed *feed);
/* Take the next event; waits for nobody but, two seconds at most, for a server that is crowded. -EBADMSG: the server is
 * of another version, or what it says makes no sense; -EUSERS: it has no room for this viewer. The state is ENDED then.
 * Else enum tide_feed_event. */
int tide_feed_next(tide_feed *feed, tide_err *err);

/* Read the ledger: heap with the counts of now. -EBADMSG: the tables make no sense (the program scribbled on them);
 * what was read before stays. Before STARTED and after ENDED it does nothing.
 * Cost: O(sites + new codes), 1 ms for 10,000 sites; names are looked up elsewhere meanwhile, see NAMED. */
int tide_feed_refresh(tide_feed *feed, tide_err *err);
/* Wait until everything that the last refresh found is named, lines of installed debug files too, as report does it. */
void tide_feed_name_all(tide_feed *feed);

tide_feed_view tide_feed_look(const tide_feed *feed);

/* Save what the last refresh read as a recording: its report is what is on the screen. -EEXIST without `force`. */
int tide_feed_save(tide_feed *feed, const char *path, bool force, tide_err *err);
