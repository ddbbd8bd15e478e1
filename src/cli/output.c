#include "cli/output.h"
#include "cli/command.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* After a failure everything is refused at once: there is nobody to write for. */
static ssize_t write_some(void *cookie, const char *bytes, size_t count) {
    tide_output *output = cookie;
    ssize_t written = -1;
    if (output->failed_errno)
        return 0;
    do
        written = write(STDOUT_FILENO, bytes, count);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        output->failed_errno = errno;
    return written < 0 ? 0 : written; /* fopencookie(3): 0 is an error */
}

void tide_output_open(tide_output *output) {
    signal(SIGPIPE, SIG_IGN);
    fflush(stdout);
    *output = (tide_output){0};
    output->stream = fopencookie(output, "w", (cookie_io_functions_t){.write = write_some});
    if (!output->stream)
        output->failed_errno = errno;
}

int tide_output_close(tide_output *output) {
    if (output->stream)
        fclose(output->stream);
    if (output->failed_errno && output->failed_errno != EPIPE)
        tide_say("cannot write the report: %s", strerror(output->failed_errno));
    return output->failed_errno ? TIDE_EXIT_ERROR : TIDE_EXIT_OK;
}
