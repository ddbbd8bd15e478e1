/* cli/output: stdout that remembers why it failed, so that a full disk is told and a closed pipe ends quietly. */
#pragma once
#include <stdio.h>

typedef struct tide_output {
    FILE *stream;     /* write here */
    int failed_errno; /* of the first write that failed; 0: none */
} tide_output;

/* SIGPIPE is ignored from here on: a closed pipe is an error like another one. `output` must not move. */
void tide_output_open(tide_output *output);
/* Flushes. Returns the exit status: TIDE_EXIT_OK, or TIDE_EXIT_ERROR, after a line on stderr unless it was a pipe. */
int tide_output_close(tide_output *output);
