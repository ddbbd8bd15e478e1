/* Files that were cut, damaged, or made to do harm. */
#include "check.h"
#include "recording/crc32c.h"
#include "recording/format.h"
#include "recording_model.h"
#include <errno.h>
#include <string.h>

enum { CUT_STEPS = 3, CUT_GROWTH = 6 };

static void small_file(model *program, tide_buffer *ret) {
    model_init(program, 42);
    model_record(program, CUT_STEPS, CUT_GROWTH, ret);
}

/* Start of the block that byte `at` is in; `*ret_end` is the end of that block. */
static size_t block_around(const tide_buffer *file, size_t at, size_t *ret_end) {
    size_t start = 0, end = TIDE_FILE_HEADER_BYTES;
    while (end <= at && end < file->count) {
        tide_block block;
        assert_true(tide_frame_get_block(file->at + end, &block));
        start = end;
        end += TIDE_BLOCK_HEADER_BYTES + block.stored_bytes;
    }
    *ret_end = end;
    return start;
}

static void a_file_cut_anywhere_opens_up_to_there(void **state) {
    (void)state;
    model program;
    tide_buffer file;
    small_file(&program, &file);
    size_t torn_count = 0, whole_count = 0, last_moments = 0;
    for (size_t cut = TIDE_FILE_HEADER_BYTES; cut < file.count; cut++) {
        tide_recording recording;
        assert_int_equal(tide_recording_parse(&recording, file.at, cut, true, NULL), 0);
        size_t end, start = block_around(&file, cut, &end);
        assert_int_equal(recording.torn, cut != start);
        assert_int_equal(recording.torn_offset_bytes, cut != start ? start : 0);
        assert_int_equal(recording.file_bytes, cut);
        assert_int_equal(recording.end.kind, TIDE_END_NONE);
        assert_in_range(recording.moments.count, last_moments, program.moments.count);
        last_moments = recording.moments.count;
        for (size_t i = 0; i < last_moments; i++)
            assert_memory_equal(&recording.moments.at[i].totals, &program.moments.at[i].totals,
                                sizeof(tide_totals));
        *(recording.torn ? &torn_count : &whole_count) += 1;
        tide_recording_free(&recording);
    }
    assert_true(torn_count > 1000 && whole_count > 2 * CUT_STEPS && last_moments == CUT_STEPS);
    tide_buffer_free(&file);
    model_free(&program);
}

static void a_file_cut_in_its_header_is_none(void **state) {
    (void)state;
    model program;
    tide_buffer file;
    small_file(&program, &file);
    for (size_t cut = 0; cut < TIDE_FILE_HEADER_BYTES; cut++) {
        tide_recording recording;
        tide_err err = {0};
        assert_int_equal(tide_recording_parse(&recording, file.at, cut, false, &err), -EBADMSG);
        assert_true(err.text[0]);
        tide_recording_free(&recording);
    }
    tide_buffer_free(&file);
    model_free(&program);
}

static void every_wrong_bit_is_found_and_its_block_named(void **state) {
    (void)state;
    model program;
    tide_buffer file;
    small_file(&program, &file);
    for (size_t bit = 0; bit < file.count * 8; bit++) {
        size_t end, start = block_around(&file, bit / 8, &end);
        file.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        tide_recording recording;
        tide_err err = {0};
        assert_int_equal(tide_recording_parse(&recording, file.at, file.count, false, &err), -EBADMSG);
        assert_int_equal(err.offset_bytes, start);
        tide_recording_free(&recording);
        file.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    tide_buffer_free(&file);
    model_free(&program);
}

/* ---- blocks whose checksums are right and whose contents are not */

static void put_info(tide_buffer *file) {
    static uint8_t zeros[7];
    tide_frame_put_block(file, TIDE_BLOCK_INFO, &(tide_buffer){.at = zeros, .count = sizeof zeros}, NULL);
}

static void begin(tide_buffer *ret) {
    *ret = (tide_buffer){0};
    tide_frame_put_header(ret);
    put_info(ret);
}

static void put_block(tide_buffer *file, uint32_t kind, const char *content, size_t count) {
    tide_buffer raw = {0};
    tide_buffer_put(&raw, content, count);
    tide_frame_put_block(file, kind, &raw, NULL);
    tide_buffer_free(&raw);
}

/* Ends the file and reads it; the error, if any, must name byte `offset_bytes`. */
static int read_and_free(tide_buffer *file, size_t offset_bytes, tide_recording *ret) {
    tide_recording own;
    tide_recording *recording = ret ? ret : &own;
    tide_err err = {0};
    int failed = tide_recording_parse(recording, file->at, file->count, true, &err);
    assert_int_equal(err.offset_bytes, failed ? offset_bytes : 0);
    assert_int_equal(failed != 0, err.text[0] != 0);
    if (!ret)
        tide_recording_free(recording);
    tide_buffer_free(file);
    return failed;
}

/* A module, two codes, a node, a thread and a site: what the bad blocks below would come after. Numbers are varints;
 * those that are differences are zigzag: \2 is 1. */
#define GOOD_DEFS                                                            \
    "\2\5\0\0\0\0\0"   /* module: path 0, no build-id, bias, start, size */  \
    "\3\4\1\0\0\2"     /* codes: module 0 address 0; no module, address 1 */ \
    "\4\2\1\2"         /* node 1: parent 0, code 1 */                        \
    "\5\6\0\0\7\0\0\1" /* thread 0 */                                        \
    "\6\4\2\0\0\0"     /* site 0: node 1, thread 0, owner 0, malloc */

static const struct bad_block {
    const char *name;
    uint32_t kind;
    const char *content;
    size_t count;
} bad_blocks[] = {
#define BAD(name, kind, content) \
    { name, kind, content, sizeof(content) - 1 }
    BAD("a table that is longer than its block", TIDE_BLOCK_DEFS, "\1\5\1a"),
    BAD("a table whose length is 2^63", TIDE_BLOCK_DEFS, "\1\x80\x80\x80\x80\x80\x80\x80\x80\x80\1"),
    BAD("a string that is longer than its table", TIDE_BLOCK_DEFS, "\1\2\5a"),
    BAD("a module with a path that is none of the strings", TIDE_BLOCK_DEFS, "\2\5\1\0\0\0\0"),
    BAD("a build-id of 21 bytes", TIDE_BLOCK_DEFS, "\2\5\0\x15\0\0\0"),
    BAD("a module that is cut", TIDE_BLOCK_DEFS, "\2\4\0\0\0\0"),
    BAD("a code in a module that is not there", TIDE_BLOCK_DEFS, "\3\2\3\0"),
    BAD("a node that is its own parent", TIDE_BLOCK_DEFS, "\4\2\0\0"),
    BAD("a node before the root", TIDE_BLOCK_DEFS, "\4\2\3\0"),
    BAD("a node with a code that is not there", TIDE_BLOCK_DEFS, "\4\2\1\2"),
    BAD("a node with code -1", TIDE_BLOCK_DEFS, "\4\2\1\3"),
    BAD("a thread that leaves one out", TIDE_BLOCK_DEFS, "\5\6\2\0\0\0\0\0"),
    BAD("a thread with a name that is none of the strings", TIDE_BLOCK_DEFS, "\5\6\1\1\0\0\0\0"),
    BAD("a thread id of 2^32", TIDE_BLOCK_DEFS, "\5\12\1\0\x80\x80\x80\x80\x10\0\0\0"),
    BAD("a site with a node that is not there", TIDE_BLOCK_DEFS, "\6\4\2\0\0\0"),
    BAD("a site with a thread that is not there", TIDE_BLOCK_DEFS, "\6\4\0\2\0\0"),
    BAD("a site of a kind that is not known", TIDE_BLOCK_DEFS, "\6\4\0\0\0\x0c"),
    BAD("counts of a site that is not there", TIDE_BLOCK_COUNTS, "\0\1\0"),
    BAD("counts of one site twice", TIDE_BLOCK_COUNTS, "\0\0\0\0\0"),
    BAD("counts of site 2^64 - 1", TIDE_BLOCK_COUNTS, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0"),
    BAD("counts without a mask", TIDE_BLOCK_COUNTS, "\0\0"),
    BAD("a count that does not exist", TIDE_BLOCK_COUNTS, "\0\0\x80\4\0"),
    BAD("counts without totals", TIDE_BLOCK_COUNTS, ""),
    BAD("a moment before the one before", TIDE_BLOCK_COUNTS, "\1\1"),
    BAD("a sample before the one before", TIDE_BLOCK_SAMPLES, "\1\2\1\1"),
    BAD("a sample that is cut", TIDE_BLOCK_SAMPLES, "\1"),
    BAD("a sixth figure in a sample", TIDE_BLOCK_SAMPLES, "\x20\0"),
    BAD("a source line in a function that has no name", TIDE_BLOCK_SYMBOLS, "\7\3\2\0\0"),
    BAD("source lines that are not there", TIDE_BLOCK_SYMBOLS, "\7\3\0\0\0\10\2\0\2"),
    BAD("source lines that go on behind the last", TIDE_BLOCK_SYMBOLS, "\7\3\0\0\0\10\2\2\1"),
    BAD("source lines that begin behind the last", TIDE_BLOCK_SYMBOLS, "\10\2\2\0"),
    BAD("source lines of a third code", TIDE_BLOCK_SYMBOLS, "\10\6\0\0\0\0\0\0"),
    BAD("symbols of a second module", TIDE_BLOCK_SYMBOLS, "\11\2\0\0"),
    BAD("symbols of a module in a state that is not known", TIDE_BLOCK_SYMBOLS, "\11\1\3"),
    BAD("a second INFO", TIDE_BLOCK_INFO, "\0\0\0\0\0\0\0"),
    BAD("an END of no kind", TIDE_BLOCK_END, "\0\0\0"),
    BAD("an END of an unknown kind", TIDE_BLOCK_END, "\6\0\0"),
    BAD("an END that is cut", TIDE_BLOCK_END, "\1\0"),
#undef BAD
};

static void begin_with_defs(tide_buffer *ret) {
    begin(ret);
    put_block(ret, TIDE_BLOCK_DEFS, GOOD_DEFS, sizeof GOOD_DEFS - 1);
    put_block(ret, TIDE_BLOCK_COUNTS, "\1\4\0\1\2", 5); /* at 2 ns; 1 byte allocated at site 0 */
}

static void what_comes_before_the_bad_blocks_is_good(void **state) {
    (void)state;
    tide_buffer file;
    tide_recording recording;
    begin_with_defs(&file);
    assert_int_equal(read_and_free(&file, 0, &recording), 0);
    assert_int_equal(recording.heap.codes.count, 2);
    assert_int_equal(recording.heap.nodes.at[1].code, 1);
    assert_int_equal(recording.heap.threads.at[0].tid, 7);
    assert_int_equal(recording.heap.sites.at[0].counts.allocated_bytes, 1);
    tide_recording_free(&recording);
}

static void contents_that_make_no_sense_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_blocks / sizeof *bad_blocks; i++) {
        const struct bad_block *bad = &bad_blocks[i];
        tide_buffer file;
        begin_with_defs(&file);
        size_t offset_bytes = file.count;
        put_block(&file, bad->kind, bad->content, bad->count);
        if (read_and_free(&file, offset_bytes, NULL) != -EBADMSG)
            fail_msg("%s is accepted", bad->name);
    }
}

static void a_recording_begins_with_info_and_ends_with_end(void **state) {
    (void)state;
    tide_buffer file = {0};
    tide_frame_put_header(&file);
    put_block(&file, TIDE_BLOCK_COUNTS, "\0", 1);
    assert_int_equal(read_and_free(&file, TIDE_FILE_HEADER_BYTES, NULL), -EBADMSG);
    begin(&file);
    put_block(&file, TIDE_BLOCK_END, "\1\0\0", 3);
    size_t end = file.count;
    put_block(&file, TIDE_BLOCK_COUNTS, "\0", 1);
    assert_int_equal(read_and_free(&file, end, NULL), -EBADMSG);
}

/* The block's lengths are patched, and the checksum of its header made right again. */
static void lengths_that_no_writer_makes_are_refused(void **state) {
    (void)state;
    static const struct {
        uint32_t raw_bytes, stored_bytes;
    } cases[] = {{UINT32_MAX, 4}, {TIDE_BLOCK_MAX_BYTES + 1, 4}, {3, 4}, {UINT32_MAX, UINT32_MAX}, {5, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tide_buffer file, header = {0};
        begin(&file);
        size_t start = file.count;
        put_block(&file, TIDE_BLOCK_DEFS, "\1\2\1a", 4);
        tide_buffer_put_u32(&header, TIDE_BLOCK_DEFS);
        tide_buffer_put_u32(&header, cases[i].raw_bytes);
        tide_buffer_put_u32(&header, cases[i].stored_bytes);
        tide_buffer_put(&header, file.at + start + header.count, 4);
        tide_buffer_put_u32(&header, tide_crc32c(header.at, header.count));
        memcpy(file.at + start, header.at, header.count);
        tide_buffer_free(&header);
        assert_int_equal(read_and_free(&file, start, NULL), -EBADMSG);
    }
}

static void what_a_later_version_adds_is_passed_over(void **state) {
    (void)state;
    tide_buffer file;
    tide_recording recording;
    begin(&file);
    put_block(&file, 77, "whatever", 8);
    put_block(&file, TIDE_BLOCK_DEFS, "\x4d\3abc\1\2\1a", 9); /* a table 77, then a string */
    put_block(&file, TIDE_BLOCK_END, "\1\3\1 and more", 12);  /* a longer END */
    put_block(&file, UINT32_MAX, "", 0);
    assert_int_equal(read_and_free(&file, 0, &recording), 0);
    assert_string_equal(tide_strings_get(&recording.heap.strings, 1), "a");
    assert_int_equal(recording.end.status, 3);
    assert_true(recording.end.quick);
    tide_recording_free(&recording);
}

static void put_version(tide_buffer *file, uint32_t major, uint32_t minor) {
    *file = (tide_buffer){0};
    tide_buffer_put(file, TIDE_FILE_MAGIC, strlen(TIDE_FILE_MAGIC));
    tide_buffer_put_u32(file, major | minor << 16);
    tide_buffer_put_u32(file, tide_crc32c(file->at, file->count));
    put_info(file);
}

static void another_major_version_is_refused_and_named(void **state) {
    (void)state;
    tide_buffer file;
    put_version(&file, TIDE_FILE_MAJOR, 9);
    assert_int_equal(read_and_free(&file, 0, NULL), 0);
    put_version(&file, 2, 0);
    tide_err err;
    tide_recording recording;
    assert_int_equal(tide_recording_parse(&recording, file.at, file.count, false, &err), -EBADMSG);
    assert_non_null(strstr(err.text, "format 2"));
    tide_recording_free(&recording);
    tide_buffer_free(&file);
}

/* The rest of a moment never came: its first part is not shown as if it were all. */
static void half_a_moment_is_left_out(void **state) {
    (void)state;
    tide_buffer file;
    tide_recording recording;
    begin_with_defs(&file);
    put_block(&file, TIDE_BLOCK_COUNTS_PART, "\1\2\0\1\2", 5);
    assert_int_equal(read_and_free(&file, 0, &recording), 0);
    assert_int_equal(recording.moments.count, 1);
    assert_int_equal(recording.heap.totals.time_ns, 2);
    assert_int_equal(recording.heap.sites.at[0].counts.allocated_bytes, 1);
    tide_recording_free(&recording);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_cut_anywhere_opens_up_to_there),
        cmocka_unit_test(a_file_cut_in_its_header_is_none),
        cmocka_unit_test(every_wrong_bit_is_found_and_its_block_named),
        cmocka_unit_test(what_comes_before_the_bad_blocks_is_good),
        cmocka_unit_test(contents_that_make_no_sense_are_refused),
        cmocka_unit_test(a_recording_begins_with_info_and_ends_with_end),
        cmocka_unit_test(lengths_that_no_writer_makes_are_refused),
        cmocka_unit_test(what_a_later_version_adds_is_passed_over),
        cmocka_unit_test(another_major_version_is_refused_and_named),
        cmocka_unit_test(half_a_moment_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
