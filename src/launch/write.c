/* tidemark-write FD PID FILE: a recording of a program that keeps its ledger itself, as it is now. Started by that
 * program (src/api/recording.c), with the ledger as a descriptor. Exit status: an errno, said on stderr as well. */
#include "heap/ledger_reader.h"
#include "recording/recording.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static uint64_t start_of(uint64_t running_ns) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec - running_ns;
}

/* The tables as they are now, as a file. */
static int write_file(const char *path, pid_t pid, tide_heap *heap, tide_err *err) {
    char link[64], program[PATH_MAX] = "", host[HOST_NAME_MAX + 1] = "", version[] = "";
    snprintf(link, sizeof link, "/proc/%d/exe", pid);
    if (readlink(link, program, sizeof program - 1) < 0)
        *program = 0;
    gethostname(host, sizeof host - 1);
    tide_info info = {.command = program,
                      .program = program,
                      .host = host,
                      .tool_version = version,
                      .start_unix_ns = start_of(heap->totals.time_ns),
                      .pid = (uint32_t)pid,
                      .page_bytes = (uint32_t)sysconf(_SC_PAGESIZE)};
    tide_writer *writer;
    tide_symbols symbols = {0};
    int code = tide_writer_open(&writer, path, false, &info, err);
    if (code)
        return code;
    tide_symbols_resolve(&symbols, heap, &(tide_symbols_options){.defers_installed = true});
    code = tide_writer_heap(writer, heap, err);
    if (code == 0)
        code = tide_writer_symbols(writer, &symbols, err);
    tide_symbols_free(&symbols);
    int closed = tide_writer_close(writer, code ? NULL : &(tide_end){.kind = TIDE_END_DETACHED}, err);
    return code ? code : closed;
}

static int write_ledger(int fd, pid_t pid, const char *path, tide_err *err) {
    tide_ledger *ledger;
    tide_heap heap;
    int code = tide_ledger_open(&ledger, fd, err);
    if (code)
        return code;
    tide_heap_init(&heap);
    code = tide_ledger_read_now(ledger, &heap, err);
    if (code == 0)
        code = write_file(path, pid, &heap, err);
    tide_heap_free(&heap);
    tide_ledger_free(ledger);
    return code;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fputs("tidemark-write: it is for libtidemark.so, which starts it; use: tidemark record PROGRAM\n",
              stderr);
        return EINVAL;
    }
    tide_err err;
    int code = write_ledger(atoi(argv[1]), atoi(argv[2]), argv[3], &err);
    if (code)
        fprintf(stderr, "tidemark-write: %s\n", err.text);
    return code < 0 ? -code & 0xff : 0;
}
