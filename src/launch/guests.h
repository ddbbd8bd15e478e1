/* launch/guests: the processes of a session that are recorded now: who may have a ledger, in which file, until when.
 *
 *   without follow    the started process; its last program, if it replaces it (exec)     FILE
 *   with follow       every process that asks; again after each exec                      FILE.PID, FILE.PID.2, …  */
#pragma once
#include "base/map.h"
#include "launch/finisher.h"
#include "launch/session.h"

typedef struct tide_guest {
    tide_target *target;
    int pidfd; /* owned; -1 for the started process, which the session watches itself */
} tide_guest;

typedef struct tide_guests {
    const tide_session_options *options; /* borrowed */
    char *file;                          /* what files are called: FILE; owned */
    pid_t child;                         /* the started process */
    bool child_asked;
    char *program,
        *launcher; /* names of the one that runs in it and of the first one, if that was replaced; owned */
    size_t launchers_count; /* programs that were replaced, and their recordings dropped */
    TIDE_VEC(tide_guest) list;
    tide_map images; /* pid → how many of its programs have a file */
    tide_finisher *finisher;
    bool has_refused, has_trouble; /* said once each */
} tide_guests;

/* `finisher` takes those that end; borrowed. Makes the recording of the started process, which has not asked yet. */
int tide_guests_init(tide_guests *guests, const tide_session_options *options, pid_t child, const char *path,
                     tide_finisher *finisher, tide_err *err);
/* It was not started after all: remove its file. */
void tide_guests_discard(tide_guests *guests);
void tide_guests_fini(tide_guests *guests);

/* Answer the process `pid` on its connection. Returns a new pidfd to watch, or -1. */
int tide_guests_answer(tide_guests *guests, int connection, pid_t pid);
/* The door has refused the process `pid`, as tide_door_hello tells. Said, if it was one to be recorded. */
void tide_guests_refused(tide_guests *guests, pid_t pid, int code);
/* Clocks, samples; and those that have replaced their program end. */
void tide_guests_tick(tide_guests *guests, uint64_t now_ns);
/* From a tick at `now_ns` to the next one, as the youngest needs it. */
uint64_t tide_guests_tick_gap_ns(const tide_guests *guests, uint64_t now_ns);
/* True when there is a clock to set. */
bool tide_guests_are_running(const tide_guests *guests);
/* The process behind a pidfd has ended; the started process by its wait status; the recording of all others ends. */
void tide_guests_gone(tide_guests *guests, int pidfd);
void tide_guests_child_gone(tide_guests *guests, int wait_status);
void tide_guests_detach_all(tide_guests *guests);
/* Say what a recording has lost, once for all of them. */
void tide_guests_tell_trouble(tide_guests *guests, const tide_target *target);

uint64_t tide_guests_clock_ns(void); /* what all times count by: CLOCK_MONOTONIC */
