/* Residency in a recording: written moment by moment, and read again. */
#include "check.h"
#include "recording/recording.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/tidemark-pages-XXXXXX";
static const tide_info no_info;

enum { SITES = 3, LARGE_SITES = 200000 };

static int make_path(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state) {
    (void)state;
    return unlink(path);
}

static tide_heap make_heap(size_t sites) {
    tide_heap heap;
    tide_heap_init(&heap);
    *tide_vec_push(&heap.codes) = (tide_code){.module = TIDE_NONE, .address = 4096};
    *tide_vec_push(&heap.nodes) = (tide_node){.parent = 0, .code = 0};
    *tide_vec_push(&heap.threads) = (tide_thread){.tid = 1, .threads_count = 1};
    for (size_t i = 0; i < sites; i++)
        *tide_vec_push(&heap.sites) = (tide_site){.node = 1};
    return heap;
}

static tide_writer *open_writer(void) {
    tide_writer *writer;
    tide_err err;
    assert_int_equal(tide_writer_open(&writer, path, true, &no_info, &err), 0);
    return writer;
}

static void put(tide_writer *writer, const tide_heap *heap, uint64_t time_ns, const tide_site_pages *sites,
                size_t sites_count, const tide_touch *touches, size_t touches_count) {
    tide_pages pages = {.time_ns = time_ns, .untouched_bytes = 7 * time_ns};
    tide_err err;
    for (size_t i = 0; i < sites_count; i++)
        pages.resident_bytes += sites[i].resident_bytes;
    assert_int_equal(
        tide_writer_pages(writer, heap, &pages, sites, sites_count, touches, touches_count, &err), 0);
}

static tide_recording close_and_read(tide_writer *writer) {
    tide_recording recording;
    tide_err err;
    assert_int_equal(tide_writer_close(writer, &(tide_end){.kind = TIDE_END_EXITED}, &err), 0);
    assert_int_equal(tide_recording_read(&recording, path, false, &err), 0);
    return recording;
}

static void what_was_written_is_read(void **state) {
    (void)state;
    tide_heap heap = make_heap(SITES);
    tide_writer *writer = open_writer();
    const tide_site_pages first[SITES] = {
        {.resident_bytes = 4096, .touched_bytes = 1}, {0}, {.pinned_bytes = 5}};
    const tide_site_pages highest[SITES] = {
        {.resident_bytes = 8192}, {.untouched_bytes = 3}, {.pinned_bytes = 5}};
    const tide_site_pages last[SITES] = {{.resident_bytes = 1}, {.untouched_bytes = 9}, {0}};
    const tide_touch touches[] = {{.node = 1, .site = 2, .faults_count = 10},
                                  {.node = 0, .site = TIDE_NONE, .faults_count = 1}};
    put(writer, &heap, 10, first, SITES, touches, 2);
    put(writer, &heap, 20, highest, SITES, NULL, 0);
    put(writer, &heap, 30, last, SITES, touches, 1);
    tide_recording recording = close_and_read(writer);
    const tide_residency *residency = &recording.residency;
    assert_int_equal(residency->moments.count, 3);
    assert_int_equal(residency->moments.at[1].time_ns, 20);
    assert_int_equal(residency->moments.at[2].untouched_bytes, 210);
    assert_int_equal(residency->peak_time_ns, 20);
    assert_int_equal(residency->peak_bytes, 8192);
    assert_int_equal(residency->sites.count, SITES);
    assert_memory_equal(residency->sites.at, last, sizeof last);
    assert_memory_equal(residency->sites_at_peak.at, highest, sizeof highest);
    assert_int_equal(residency->touches.count, 3);
    assert_memory_equal(residency->touches.at, touches, sizeof touches);
    tide_recording_free(&recording);
    tide_heap_free(&heap);
}

static void a_moment_of_very_many_sites_is_one(void **state) {
    (void)state;
    tide_heap heap = make_heap(LARGE_SITES);
    tide_writer *writer = open_writer();
    TIDE_VEC(tide_site_pages) sites = {0};
    for (uint64_t i = 0; i < LARGE_SITES; i++)
        *tide_vec_push(&sites) = (tide_site_pages){i * i, i << 20, ~i, i};
    put(writer, &heap, 10, sites.at, sites.count, NULL, 0);
    tide_recording recording = close_and_read(writer);
    assert_int_equal(recording.residency.moments.count, 1);
    assert_int_equal(recording.residency.sites.count, LARGE_SITES);
    assert_memory_equal(recording.residency.sites.at, sites.at, LARGE_SITES * sizeof *sites.at);
    assert_memory_equal(recording.residency.sites_at_peak.at, sites.at, LARGE_SITES * sizeof *sites.at);
    tide_recording_free(&recording);
    tide_vec_free(&sites);
    tide_heap_free(&heap);
}

static void time_never_goes_back(void **state) {
    (void)state;
    tide_heap heap = make_heap(1);
    tide_writer *writer = open_writer();
    const tide_site_pages site = {.resident_bytes = 1};
    tide_err err;
    put(writer, &heap, 10, &site, 1, NULL, 0);
    assert_int_equal(tide_writer_pages(writer, &heap, &(tide_pages){.time_ns = 10}, &site, 1, NULL, 0, &err),
                     -EINVAL);
    assert_int_equal(tide_writer_close(writer, NULL, NULL), 0);
    tide_heap_free(&heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(a_moment_of_very_many_sites_is_one),
        cmocka_unit_test(time_never_goes_back),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
