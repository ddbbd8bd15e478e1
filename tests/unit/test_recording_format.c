/* FORMAT.md is the law: the bytes that it shows are read from it, and the writer must make the same. */
#include "check.h"
#include "recording/format.h"
#include "recording_model.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line of the example: where it is in the file, its bytes, and after two spaces what they mean. */
static void take_line(const char *line, tide_buffer *file) {
    char *at;
    assert_int_equal(strtoul(line, &at, 16), file->count);
    at += strspn(at, " ");
    while (isxdigit((unsigned char)at[0]) && isxdigit((unsigned char)at[1])) {
        uint8_t byte = (uint8_t)strtoul((char[]){at[0], at[1], 0}, NULL, 16);
        tide_buffer_put(file, &byte, 1);
        at += at[2] == ' ' ? 3 : 2;
    }
}

static void read_example(tide_buffer *ret) {
    const char *path = getenv("TIDE_FORMAT_MD");
    FILE *text = path ? fopen(path, "r") : NULL;
    if (!text)
        fail_msg("TIDE_FORMAT_MD must name FORMAT.md");
    char line[256];
    bool is_example = false;
    *ret = (tide_buffer){0};
    while (fgets(line, sizeof line, text)) {
        if (!strncmp(line, "```", 3))
            is_example = !strcmp(line, "```hex\n");
        else if (is_example)
            take_line(line, ret);
    }
    fclose(text);
    assert_true(ret->count > TIDE_FILE_HEADER_BYTES);
}

/* What FORMAT.md says of its example. */
static void make_example(model *program) {
    model_init(program, 0);
    tide_recording none = {.info = program->info};
    tide_recording_free(&none);
    program->info = (tide_info){.command = tide_xstrdup("sort words"),
                                .program = tide_xstrdup("/usr/bin/sort"),
                                .tool_version = tide_xstrdup("0.1.0"),
                                .host = tide_xstrdup("h"),
                                .start_unix_ns = 1700000000000000000,
                                .pid = 7,
                                .page_bytes = 4096};
    tide_heap *heap = &program->heap;
    *tide_vec_push(&heap->modules) = (tide_module){.path = tide_strings_add(&heap->strings, "/usr/bin/sort"),
                                                   .build_id_bytes = 4,
                                                   .build_id = {0xc0, 0xff, 0xee, 0x01},
                                                   .bias = 0x10000,
                                                   .start = 0x11000,
                                                   .end = 0x13000};
    *tide_vec_push(&heap->codes) = (tide_code){.module = 0, .address = 0x1040};
    *tide_vec_push(&heap->codes) = (tide_code){.module = 0, .address = 0x1020};
    *tide_vec_push(&heap->nodes) = (tide_node){.parent = 0, .code = 0};
    *tide_vec_push(&heap->nodes) = (tide_node){.parent = 1, .code = 1};
    *tide_vec_push(&heap->threads) =
        (tide_thread){.name = tide_strings_add(&heap->strings, "sort"), .tid = 7, .threads_count = 1};
    *tide_vec_push(&heap->sites) = (tide_site){.node = 2, .thread = 0, .kind = TIDE_MALLOC};

    tide_symbols *symbols = &program->symbols;
    uint32_t file = tide_strings_add(&symbols->strings, "sort.c");
    *tide_vec_push(&symbols->frames) =
        (tide_frame){.function = tide_strings_add(&symbols->strings, "main"), .file = file, .line = 80};
    *tide_vec_push(&symbols->frames) =
        (tide_frame){.function = tide_strings_add(&symbols->strings, "read_line"), .file = file, .line = 12};
    *tide_vec_push(&symbols->of_code) = (tide_frame_range){.first = 0, .count = 1};
    *tide_vec_push(&symbols->of_code) = (tide_frame_range){.first = 1, .count = 1};
    *tide_vec_push(&symbols->module_state) = TIDE_SYMBOLS_LINES;
    *tide_vec_push(&program->samples) =
        (tide_sample){.time_ns = 1000, .heap_bytes = 100, .rss_bytes = 8192, .pss_bytes = 4096};
    program->end = (tide_end){.kind = TIDE_END_EXITED, .status = 0};
}

static void keep(model *program) {
    model_moment *moment = tide_vec_push(&program->moments);
    moment->totals = program->heap.totals;
    *tide_vec_push(&moment->counts) = program->heap.sites.at[0].counts;
}

/* 100 bytes, born at 600 ns and looked at, alive, at 1000 ns; freed at 2600 ns and looked at again at 3000 ns. */
static void live_at_1000(model *program) {
    program->heap.totals = (tide_totals){.time_ns = 1000,
                                         .heap_bytes = 100,
                                         .heap_peak_bytes = 100,
                                         .peak_time_ns = 600,
                                         .own_bytes = 4096,
                                         .size_blocks = {[7] = 1}};
    program->heap.sites.at[0].counts = (tide_counts){.allocated_bytes = 100,
                                                     .allocated_blocks = 1,
                                                     .peak_bytes = 100,
                                                     .peak_blocks = 1,
                                                     .lifetime_ns = 400};
    keep(program);
}

static void freed_at_3000(model *program) {
    program->heap.totals.time_ns = 3000;
    program->heap.totals.heap_bytes = 0;
    tide_counts *counts = &program->heap.sites.at[0].counts;
    counts->freed_bytes = 100;
    counts->freed_blocks = 1;
    counts->lifetime_ns = 2000;
    keep(program);
}

static void the_example_says_what_the_text_says(void **state) {
    (void)state;
    tide_buffer file;
    model program;
    tide_recording recording;
    tide_err err = {0};
    read_example(&file);
    make_example(&program);
    live_at_1000(&program);
    freed_at_3000(&program);
    if (tide_recording_parse(&recording, file.at, file.count, true, &err))
        fail_msg("%s", err.text);
    assert_false(recording.torn);
    assert_int_equal(recording.moments.count, 2);
    model_check(&program, &recording);
    tide_recording_free(&recording);
    tide_buffer_free(&file);
    model_free(&program);
}

static void the_writer_makes_the_bytes_of_the_example(void **state) {
    (void)state;
    tide_buffer expected, made;
    model program;
    int fd;
    char path[64];
    read_example(&expected);
    make_example(&program);
    memory_file(&fd, path);
    tide_writer *writer;
    assert_int_equal(tide_writer_open(&writer, path, true, &program.info, NULL), 0);
    live_at_1000(&program);
    assert_int_equal(tide_writer_heap(writer, &program.heap, NULL), 0);
    assert_int_equal(tide_writer_samples(writer, program.samples.at, program.samples.count, NULL), 0);
    freed_at_3000(&program);
    assert_int_equal(tide_writer_heap(writer, &program.heap, NULL), 0);
    assert_int_equal(tide_writer_symbols(writer, &program.symbols, NULL), 0);
    assert_int_equal(tide_writer_close(writer, &program.end, NULL), 0);
    read_back(fd, &made);
    close(fd);
    assert_int_equal(made.count, expected.count);
    assert_memory_equal(made.at, expected.at, expected.count);
    tide_buffer_free(&made);
    tide_buffer_free(&expected);
    model_free(&program);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_says_what_the_text_says),
        cmocka_unit_test(the_writer_makes_the_bytes_of_the_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
