#include "cli/output.h"
#include "cli/command.h"
#include "recording/format.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* After a failure everything is refused at once: there is nobody to write for. */
static ssize_t write_some(void *cookie, const char *bytes, size_t count) {
    tide_output *output = cookie;
    ssize_t written = -1;
    if (output->failed_errno)
        return 0;
    do
        written = write(output->fd, bytes, count);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        output->failed_errno = errno;
    return written < 0 ? 0 : written; /* fopencookie(3): 0 is an error */
}

static void open_descriptor(tide_output *output, int fd) {
    signal(SIGPIPE, SIG_IGN);
    fflush(stdout);
    *output = (tide_output){.fd = fd};
    output->stream = fopencookie(output, "w", (cookie_io_functions_t){.write = write_some});
    if (!output->stream)
        output->failed_errno = errno;
}

void tide_output_open(tide_output *output) {
    open_descriptor(output, STDOUT_FILENO);
}

static bool is_recording(const char *path) {
    char start[sizeof TIDE_FILE_MAGIC - 1];
    struct stat status;
    bool is_file = path && !stat(path, &status) && S_ISREG(status.st_mode);
    int fd = is_file ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool is_found = fd >= 0 && read(fd, start, sizeof start) == sizeof start &&
                    !memcmp(start, TIDE_FILE_MAGIC, sizeof start);
    if (fd >= 0)
        close(fd);
    return is_found;
}

bool tide_output_open_file(tide_output *output, const char *path, int otherwise) {
    if (is_recording(path)) { /* "-o old.tide new.tide" is a slip */
        tide_say("%s is a recording, which is not overwritten: give another name", path);
        return false;
    }
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : otherwise;
    if (fd < 0) {
        tide_say("cannot write %s: %m", path);
        return false;
    }
    open_descriptor(output, fd);
    return output->stream || tide_output_close(output) == TIDE_EXIT_OK;
}

int tide_output_close(tide_output *output) {
    if (output->stream)
        fclose(output->stream);
    if (output->fd > STDERR_FILENO && close(output->fd) < 0 && !output->failed_errno)
        output->failed_errno = errno; /* some file systems tell a full disk only here */
    if (output->failed_errno && output->failed_errno != EPIPE)
        tide_say("cannot write the report: %s", strerror(output->failed_errno));
    return output->failed_errno ? TIDE_EXIT_ERROR : TIDE_EXIT_OK;
}
