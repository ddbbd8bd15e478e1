/* cli/live_program: `tidemark live -- PROGRAM`, a program and its live view in one terminal. */
#pragma once
#include "cli/record.h"

typedef struct tide_live_program {
    tide_tracked tracked;       /* with its argv; without an output nothing is recorded */
    const char *program_output; /* the file for what the program prints; NULL: tidemark-live-PID.out here */
} tide_live_program;

/* The terminal is the view's; the program reads nothing and writes into a file. Returns the exit status: the program's,
 * or TIDE_EXIT_OK when it goes on after the view was left. */
int tide_live_program_show(const tide_live_program *request);
