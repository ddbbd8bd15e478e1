/* cli/run_live: `tidemark run --live`, a program that others watch while it runs. */
#pragma once
#include "cli/record.h"
#include <stdint.h>

typedef struct tide_run_live {
    tide_tracked tracked; /* with its argv; without an output nothing is recorded */
    uint16_t port;        /* 0: a free one */
    bool starts_at_once;  /* without waiting for a viewer */
    /* Called when all is ready for the start; NULL: an invitation is printed. */
    void (*prepared)(void *arg, uint16_t port);
    void *prepared_arg;
} tide_run_live;

/* False, after a line on stderr: `text` is no port. */
bool tide_port_parse(const char *command, const char *text, uint16_t *ret);
/* Returns the exit status. */
int tide_run_live_program(const tide_run_live *request);
