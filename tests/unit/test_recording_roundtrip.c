#include "base/alloc.h"
#include "check.h"
#include "recording/crc32c.h"
#include "recording/format.h"
#include "recording_model.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void check_seed(uint64_t seed, unsigned steps, unsigned growth) {
    for (int with_moments = 0; with_moments < 2; with_moments++) {
        model program;
        tide_buffer file;
        tide_recording recording;
        model_init(&program, seed);
        model_record(&program, steps, growth, &file);
        tide_err err = {0};
        int failed = tide_recording_parse(&recording, file.at, file.count, with_moments, &err);
        if (failed)
            fail_msg("seed %" PRIu64 ": %s", seed, err.text);
        assert_false(recording.torn);
        assert_int_equal(recording.file_bytes, file.count);
        assert_int_equal(recording.moments.count, with_moments ? steps : 0);
        model_check(&program, &recording);
        tide_recording_free(&recording);
        tide_buffer_free(&file);
        model_free(&program);
    }
}

static void what_is_written_is_read(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++)
        check_seed(seed, (unsigned)(seed % 13), (unsigned)(seed % 29));
}

static void kinds_of_blocks(const tide_buffer *file, unsigned ret_counts[TIDE_BLOCK_END + 1]) {
    memset(ret_counts, 0, (TIDE_BLOCK_END + 1) * sizeof *ret_counts);
    for (size_t at = TIDE_FILE_HEADER_BYTES; at < file->count;) {
        tide_block block;
        assert_true(tide_frame_get_block(file->at + at, &block));
        assert_true(block.raw_bytes <= TIDE_BLOCK_MAX_BYTES);
        ret_counts[block.kind]++;
        at += TIDE_BLOCK_HEADER_BYTES + block.stored_bytes;
    }
}

/* Enough for several blocks of every kind of table. */
static void large_tables_are_split_into_blocks(void **state) {
    (void)state;
    model program;
    tide_buffer file;
    tide_recording recording;
    unsigned counts[TIDE_BLOCK_END + 1];
    model_init(&program, 7);
    model_record(&program, 2, 160000, &file);
    kinds_of_blocks(&file, counts);
    assert_true(counts[TIDE_BLOCK_DEFS] > 2);
    assert_true(counts[TIDE_BLOCK_COUNTS_PART] > 0);
    assert_int_equal(counts[TIDE_BLOCK_COUNTS], 2);
    assert_true(counts[TIDE_BLOCK_SYMBOLS_MORE] > 0);
    assert_true(counts[TIDE_BLOCK_SAMPLES] > 0);
    assert_int_equal(tide_recording_parse(&recording, file.at, file.count, true, NULL), 0);
    model_check(&program, &recording);
    tide_recording_free(&recording);
    tide_buffer_free(&file);
    model_free(&program);
}

static void without_symbols_nothing_is_known_of_each_code(void **state) {
    (void)state;
    model program;
    model_init(&program, 3);
    int fd;
    char path[64];
    memory_file(&fd, path);
    tide_writer *writer;
    assert_int_equal(tide_writer_open(&writer, path, true, &program.info, NULL), 0);
    model_step(&program, 20);
    assert_int_equal(tide_writer_heap(writer, &program.heap, NULL), 0);
    assert_int_equal(tide_writer_close(writer, NULL, NULL), 0);
    tide_recording recording;
    assert_int_equal(tide_recording_read(&recording, path, false, NULL), 0);
    assert_true(program.heap.codes.count > 0);
    assert_int_equal(recording.symbols.of_code.count, program.heap.codes.count);
    assert_int_equal(recording.symbols.module_state.count, program.heap.modules.count);
    assert_int_equal(recording.symbols.of_code.at[0].count, 0);
    assert_int_equal(recording.end.kind, TIDE_END_NONE);
    assert_false(recording.torn);
    tide_recording_free(&recording);
    close(fd);
    model_free(&program);
}

static void time_never_goes_back(void **state) {
    (void)state;
    int fd;
    char path[64];
    memory_file(&fd, path);
    tide_writer *writer;
    assert_int_equal(tide_writer_open(&writer, path, true, &(tide_info){0}, NULL), 0);
    tide_heap heap;
    tide_heap_init(&heap);
    heap.totals.time_ns = 5;
    assert_int_equal(tide_writer_heap(writer, &heap, NULL), 0);
    heap.totals.time_ns = 4;
    assert_int_equal(tide_writer_heap(writer, &heap, NULL), -EINVAL);
    const tide_sample samples[] = {{.time_ns = 1}, {.time_ns = 9}, {.time_ns = 8}};
    assert_int_equal(tide_writer_samples(writer, samples, 3, NULL), -EINVAL);
    assert_int_equal(tide_writer_samples(writer, samples, 2, NULL), 0);
    assert_int_equal(tide_writer_samples(writer, samples + 2, 1, NULL), -EINVAL);
    assert_int_equal(tide_writer_close(writer, NULL, NULL), 0);
    tide_recording recording;
    assert_int_equal(tide_recording_read(&recording, path, true, NULL), 0);
    assert_int_equal(recording.moments.count, 1);
    assert_int_equal(recording.samples.count, 2);
    tide_recording_free(&recording);
    tide_heap_free(&heap);
    close(fd);
}

static void a_string_that_is_too_long_is_cut(void **state) {
    (void)state;
    char *text = tide_xcalloc(TIDE_STRING_MAX_BYTES + 10, 1);
    memset(text, 'x', TIDE_STRING_MAX_BYTES + 9);
    int fd;
    char path[64];
    memory_file(&fd, path);
    tide_writer *writer;
    tide_info info = {.command = text, .program = text, .tool_version = text, .host = text};
    assert_int_equal(tide_writer_open(&writer, path, true, &info, NULL), 0);
    tide_heap heap;
    tide_heap_init(&heap);
    for (int i = 0; i < 9; i++) { /* they differ only in what is cut: the indices stay */
        text[TIDE_STRING_MAX_BYTES + 8] = (char)('0' + i);
        tide_strings_add(&heap.strings, text);
    }
    tide_strings_add(&heap.strings, "after");
    assert_int_equal(tide_writer_heap(writer, &heap, NULL), 0);
    assert_int_equal(tide_writer_close(writer, NULL, NULL), 0);
    tide_recording recording;
    assert_int_equal(tide_recording_read(&recording, path, true, NULL), 0);
    assert_int_equal(strlen(recording.info.host), TIDE_STRING_MAX_BYTES);
    assert_int_equal(strlen(tide_strings_get(&recording.heap.strings, 9)), TIDE_STRING_MAX_BYTES);
    assert_string_equal(tide_strings_get(&recording.heap.strings, 10), "after");
    tide_recording_free(&recording);
    tide_heap_free(&heap);
    free(text);
    close(fd);
}

static void a_moment_at_which_nothing_happens_is_small(void **state) {
    (void)state;
    model program;
    tide_heap *heap = &program.heap;
    model_init(&program, 11);
    int fd;
    char path[64];
    memory_file(&fd, path);
    tide_writer *writer;
    assert_int_equal(tide_writer_open(&writer, path, true, &program.info, NULL), 0);
    model_step(&program, 2000);
    assert_int_equal(tide_writer_heap(writer, heap, NULL), 0);
    uint64_t before = tide_writer_bytes(writer);
    heap->totals.time_ns += 1000000000;
    for (size_t i = 0; i < heap->sites.count; i++) { /* live blocks grow older */
        tide_counts *counts = &heap->sites.at[i].counts;
        counts->lifetime_ns += (counts->allocated_blocks - counts->freed_blocks) * 1000000000;
    }
    assert_int_equal(tide_writer_heap(writer, heap, NULL), 0);
    assert_in_range(tide_writer_bytes(writer) - before, 1, 32);
    assert_int_equal(tide_writer_close(writer, NULL, NULL), 0);
    close(fd);
    model_free(&program);
}

/* 100 million allocations at 1,000 sites with stacks of 16 frames, looked at ten times a second for a minute. */
static void a_hundred_million_allocations_take_less_than_10_megabytes(void **state) {
    (void)state;
    enum { SITES = 1000, FRAMES = 16, MOMENTS = 600, PER_MOMENT = 100000000 / MOMENTS / SITES };
    model program;
    tide_heap *heap = &program.heap;
    model_init(&program, 5);
    *tide_vec_push(&heap->threads) = (tide_thread){.threads_count = 1};
    *tide_vec_push(&heap->modules) = (tide_module){.bias = 0x550000000000};
    for (uint32_t i = 0; i < SITES * FRAMES; i++) {
        *tide_vec_push(&heap->codes) = (tide_code){.address = model_random(&program, 1 << 24)};
        *tide_vec_push(&heap->nodes) = (tide_node){.parent = i % FRAMES ? i : 0, .code = i};
        if (i % FRAMES == FRAMES - 1)
            *tide_vec_push(&heap->sites) = (tide_site){.node = i + 1};
    }
    int fd;
    char path[64];
    memory_file(&fd, path);
    tide_writer *writer;
    assert_int_equal(tide_writer_open(&writer, path, true, &program.info, NULL), 0);
    for (int moment = 0; moment < MOMENTS; moment++) {
        heap->totals.time_ns += 100000000;
        for (size_t i = 0; i < SITES; i++) {
            tide_counts *counts = &heap->sites.at[i].counts;
            uint64_t blocks = PER_MOMENT * 3 / 4 + model_random(&program, PER_MOMENT / 2);
            uint64_t bytes = blocks * (16 + model_random(&program, 200)), kept = model_random(&program, 5);
            counts->allocated_blocks += blocks, counts->allocated_bytes += bytes;
            counts->freed_blocks += blocks - kept, counts->freed_bytes += bytes - kept * 16;
            counts->temporary_blocks += model_random(&program, blocks);
            counts->lifetime_ns += model_random(&program, 100000000) * blocks;
            counts->peak_bytes += kept * 16, counts->peak_blocks += kept;
        }
        assert_int_equal(tide_writer_heap(writer, heap, NULL), 0);
    }
    uint64_t bytes = tide_writer_bytes(writer);
    print_message("# %" PRIu64 " bytes, %.1f for a change\n", bytes, (double)bytes / SITES / MOMENTS);
    assert_in_range(bytes, 1, 10 * 1000 * 1000 - 1);
    assert_int_equal(tide_writer_close(writer, NULL, NULL), 0);
    close(fd);
    model_free(&program);
}

/* The check value of the catalogues of checksums, and RFC 3720 B.4. */
static void the_checksum_is_crc32c(void **state) {
    (void)state;
    static const uint8_t zeros[32];
    assert_int_equal(tide_crc32c("123456789", 9), 0xe3069283u);
    assert_int_equal(tide_crc32c(zeros, sizeof zeros), 0x8a9136aau);
    assert_int_equal(tide_crc32c(NULL, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(large_tables_are_split_into_blocks),
        cmocka_unit_test(without_symbols_nothing_is_known_of_each_code),
        cmocka_unit_test(time_never_goes_back),
        cmocka_unit_test(a_string_that_is_too_long_is_cut),
        cmocka_unit_test(a_moment_at_which_nothing_happens_is_small),
        cmocka_unit_test(a_hundred_million_allocations_take_less_than_10_megabytes),
        cmocka_unit_test(the_checksum_is_crc32c),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
