/* cli/output: a stream that remembers why it failed, so that a full disk is told and a closed pipe ends quietly. */
#pragma once
#include <stdbool.h>
#include <stdio.h>

typedef struct tide_output {
    FILE *stream;     /* write here */
    int fd;           /* where that goes */
    int failed_errno; /* of the first write that failed; 0: none */
} tide_output;

/* To stdout. SIGPIPE is ignored from here on: a closed pipe is an error like another one. `output` must not move. */
void tide_output_open(tide_output *output);
/* To a file, which is made or emptied; NULL: to the descriptor `otherwise`. False, after a line on stderr: it cannot be
 * written, or it is a recording. */
bool tide_output_open_file(tide_output *output, const char *path, int otherwise);
/* Flushes. Returns the exit status: TIDE_EXIT_OK, or TIDE_EXIT_ERROR, after a line on stderr unless it was a pipe. */
int tide_output_close(tide_output *output);
