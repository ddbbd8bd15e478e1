/* Makes a recording of what standard input says, so that a test can tell any story, also those that no program would.
 * One row a line, its fields parted by tabs; rows are numbered from 0 in the order of their table.
 *
 *   command  TEXT                          thread  TID  NAME
 *   module   PATH                          code    MODULE (-1: none)  LINE  FILE  FUNCTION
 *   node     PARENT  CODE                  site    NODE  THREAD  KIND  OWNER
 *   sample   NS  HEAP  MAPPED  RSS  PSS    peak    NS  BYTES
 *   counts   SITE  ALLOCATED bytes, blocks  FREED bytes, blocks  AT THE PEAK bytes, blocks  TEMPORARY
 *   moment   NS  HEAP                      what was counted up to here is one moment
 *   lost     EVENTS                        owner   PARENT  NAME
 *
 * Node 0 is the root, owner 0 is nobody. In texts, %0a is the byte 10. Usage: maker FILE < ROWS */
#include "base/alloc.h"
#include "recording/recording.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FIELDS_MAX = 9 };

static tide_heap heap;
static tide_symbols symbols;
static tide_writer *writer;
static tide_err err;

struct row {
    char *fields[FIELDS_MAX];
};

static uint64_t number(const struct row *row, unsigned field) {
    return row->fields[field] ? strtoull(row->fields[field], NULL, 10) : 0;
}

static uint32_t index_of(const struct row *row, unsigned field) {
    return (uint32_t)number(row, field);
}

/* Decodes in place. */
static const char *text(const struct row *row, unsigned field) {
    char *from = row->fields[field] ? row->fields[field] : tide_xstrdup(""), *to = from;
    const char *result = from;
    for (; *from; from++) {
        unsigned byte;
        if (*from == '%' && sscanf(from + 1, "%2x", &byte) == 1) {
            *to++ = (char)byte;
            from += 2;
        } else
            *to++ = *from;
    }
    *to = '\0';
    return result;
}

static void add_module(const struct row *row) {
    uint64_t start = 0x555500000000u + 0x10000000u * heap.modules.count;
    *tide_vec_push(&heap.modules) = (tide_module){.path = tide_strings_add(&heap.strings, text(row, 1)),
                                                  .bias = start,
                                                  .start = start,
                                                  .end = start + 0x10000000u};
}

static void add_code(const struct row *row) {
    size_t index = heap.codes.count;
    bool has_module = row->fields[1] && row->fields[1][0] != '-';
    *tide_vec_push(&heap.codes) =
        (tide_code){.module = has_module ? index_of(row, 1) : TIDE_NONE, .address = 0x1000 + 16 * index};
    *tide_vec_push(&symbols.of_code) =
        (tide_frame_range){.first = (uint32_t)symbols.frames.count, .count = 1};
    tide_frame *frame = tide_vec_push(&symbols.frames);
    frame->line = index_of(row, 2);
    frame->file = tide_strings_add(&symbols.strings, text(row, 3));
    frame->function = tide_strings_add(&symbols.strings, text(row, 4));
}

static void set_counts(const struct row *row) {
    heap.sites.at[index_of(row, 1)].counts = (tide_counts){.allocated_bytes = number(row, 2),
                                                           .allocated_blocks = number(row, 3),
                                                           .freed_bytes = number(row, 4),
                                                           .freed_blocks = number(row, 5),
                                                           .peak_bytes = number(row, 6),
                                                           .peak_blocks = number(row, 7),
                                                           .temporary_blocks = number(row, 8)};
}

static int write_moment(const struct row *row) {
    heap.totals.time_ns = number(row, 1);
    heap.totals.heap_bytes = number(row, 2);
    return tide_writer_heap(writer, &heap, &err);
}

static int write_sample(const struct row *row) {
    tide_sample sample = {number(row, 1), number(row, 2), number(row, 3), number(row, 4), number(row, 5)};
    return tide_writer_samples(writer, &sample, 1, &err);
}

static int take(const struct row *row) {
    const char *table = row->fields[0];
    if (!strcmp(table, "module"))
        add_module(row);
    else if (!strcmp(table, "thread"))
        *tide_vec_push(&heap.threads) = (tide_thread){.tid = index_of(row, 1),
                                                      .name = tide_strings_add(&heap.strings, text(row, 2)),
                                                      .threads_count = 1};
    else if (!strcmp(table, "owner"))
        *tide_vec_push(&heap.owners) =
            (tide_owner){.parent = number(row, 1), .name = tide_strings_add(&heap.strings, text(row, 2))};
    else if (!strcmp(table, "code"))
        add_code(row);
    else if (!strcmp(table, "node"))
        *tide_vec_push(&heap.nodes) = (tide_node){.parent = index_of(row, 1), .code = index_of(row, 2)};
    else if (!strcmp(table, "site"))
        *tide_vec_push(&heap.sites) = (tide_site){.node = index_of(row, 1),
                                                  .thread = index_of(row, 2),
                                                  .kind = index_of(row, 3),
                                                  .owner = index_of(row, 4)};
    else if (!strcmp(table, "counts"))
        set_counts(row);
    else if (!strcmp(table, "sample"))
        write_sample(row);
    else if (!strcmp(table, "moment"))
        write_moment(row);
    else if (!strcmp(table, "peak")) {
        heap.totals.peak_time_ns = number(row, 1);
        heap.totals.heap_peak_bytes = number(row, 2);
    } else if (!strcmp(table, "lost"))
        heap.totals.lost_events = number(row, 1);
    else
        return tide_fail(&err, -EINVAL, "no table '%s'", table);
    return 0;
}

static struct row split(char *line) {
    struct row row = {0};
    line[strcspn(line, "\n")] = '\0';
    for (unsigned i = 0; i < FIELDS_MAX && line; i++)
        row.fields[i] = strsep(&line, "\t");
    return row;
}

int main(int argc, char **argv) {
    char program[] = "/opt/shop/bin/shop", version[] = "0.1.0", host[] = "shelf", *line = NULL;
    size_t capacity = 0;
    if (argc != 2 || getline(&line, &capacity, stdin) < 0 || strncmp(line, "command\t", 8) != 0)
        return 2;
    struct row first = split(line);
    char *command = tide_xstrdup(text(&first, 1));
    tide_info info = {.command = command,
                      .program = program,
                      .tool_version = version,
                      .host = host,
                      .pid = 4321,
                      .page_bytes = 4096};
    info.start_unix_ns = 1700000000000000000u;
    tide_end exited = {.kind = TIDE_END_EXITED};
    tide_heap_init(&heap);
    tide_strings_add(&symbols.strings, "");
    int failed = tide_writer_open(&writer, argv[1], true, &info, &err);
    while (!failed && getline(&line, &capacity, stdin) > 0) {
        struct row row = split(line);
        failed = take(&row);
    }
    if (!failed)
        failed = tide_writer_symbols(writer, &symbols, &err);
    if (!failed)
        failed = tide_writer_close(writer, &exited, &err);
    if (failed)
        fprintf(stderr, "maker: %s\n", err.text);
    return failed != 0;
}
