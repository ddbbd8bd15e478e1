/* large_recording BYTES FILE: a recording of so many bytes, as a server that runs for weeks leaves it: 100,000 call
 * sites, stacks of some tens of frames, and moment after moment at which a tenth of the sites have changed. */
#include "base/alloc.h"
#include "recording/recording.h"
#include <stdio.h>
#include <string.h>

enum { FUNCTIONS = 20000, NODES = 300000, SITES = 100000, CHANGED_PART = 10, MOMENT_NS = 500000000 };

static uint64_t state = 1;

static uint32_t random_below(uint32_t limit) { /* D. Knuth's MMIX generator; the high bits are good */
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % limit);
}

static void fill(tide_heap *heap, tide_symbols *symbols) {
    char text[64];
    tide_heap_init(heap);
    tide_strings_add(&symbols->strings, "");
    *tide_vec_push(&heap->modules) =
        (tide_module){.path = tide_strings_add(&heap->strings, "/opt/server/bin/server"), .end = 1 << 24};
    *tide_vec_push(&heap->threads) =
        (tide_thread){.name = tide_strings_add(&heap->strings, "server"), .tid = 1, .threads_count = 1};
    *tide_vec_push(&symbols->module_state) = TIDE_SYMBOLS_LINES;
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        *tide_vec_push(&heap->codes) = (tide_code){.address = 0x1000 + 16 * i};
        *tide_vec_push(&symbols->of_code) = (tide_frame_range){.first = i, .count = 1};
        snprintf(text, sizeof text, "server::part_%u::function_%u(int)", i % 100, i);
        tide_frame frame = {.function = tide_strings_add(&symbols->strings, text), .line = i % 1000 + 1};
        snprintf(text, sizeof text, "/src/server/part_%u.cc", i % 100);
        frame.file = tide_strings_add(&symbols->strings, text);
        *tide_vec_push(&symbols->frames) = frame;
    }
    for (uint32_t i = 1; i < NODES;
         i++) /* a path of 40, then branches at nodes near by: some tens of frames deep */
        *tide_vec_push(&heap->nodes) =
            (tide_node){.parent = i < 40 ? i - 1 : i - 1 - random_below(i < 4000 ? i - 1 : 4000),
                        .code = random_below(FUNCTIONS)};
    for (uint32_t i = 0; i < SITES; i++)
        *tide_vec_push(&heap->sites) = (tide_site){.node = NODES - 1 - 3 * i % (NODES - 1)};
}

static void change(tide_heap *heap) {
    tide_totals *totals = &heap->totals;
    totals->time_ns += MOMENT_NS;
    for (uint32_t i = random_below(CHANGED_PART); i < SITES; i += 1 + random_below(2 * CHANGED_PART)) {
        tide_counts *counts = &heap->sites.at[i].counts;
        uint64_t blocks = 1 + random_below(1000), bytes = blocks * (16 + random_below(4096)),
                 live_bytes = counts->allocated_bytes - counts->freed_bytes;
        uint64_t freed_blocks = blocks - random_below(2) * (blocks > 1),
                 freed_bytes = bytes / blocks * freed_blocks;
        counts->allocated_bytes += bytes;
        counts->allocated_blocks += blocks;
        counts->freed_bytes += freed_bytes;
        counts->freed_blocks += freed_blocks;
        counts->lifetime_ns += random_below(UINT32_MAX);
        counts->temporary_blocks += random_below(2);
        totals->heap_bytes += counts->allocated_bytes - counts->freed_bytes - live_bytes;
    }
    totals->heap_peak_bytes = totals->heap_bytes; /* it leaks: the end is the peak */
    totals->peak_time_ns = totals->time_ns;
}

static int write_moments(tide_writer *writer, tide_heap *heap, uint64_t bytes, tide_err *err) {
    int failed = 0;
    while (!failed && tide_writer_bytes(writer) < bytes) {
        change(heap);
        tide_sample sample = {.time_ns = heap->totals.time_ns, .heap_bytes = heap->totals.heap_bytes};
        sample.rss_bytes = sample.pss_bytes = sample.heap_bytes * 5 / 4;
        failed = tide_writer_samples(writer, &sample, 1, err);
        if (!failed)
            failed = tide_writer_heap(writer, heap, err);
    }
    for (uint32_t i = 0; i < SITES; i++) {
        tide_counts *counts = &heap->sites.at[i].counts;
        counts->peak_bytes = counts->allocated_bytes - counts->freed_bytes;
        counts->peak_blocks = counts->allocated_blocks - counts->freed_blocks;
    }
    return failed ? failed : tide_writer_heap(writer, heap, err);
}

int main(int argc, char **argv) {
    static tide_heap heap;
    static tide_symbols symbols;
    if (argc != 3)
        return 2;
    char command[] = "server --all", version[] = "0.1.0", empty[] = "";
    tide_info info = {.command = command, .program = empty, .tool_version = version, .host = empty, .pid = 1};
    tide_writer *writer;
    tide_err err;
    fill(&heap, &symbols);
    int failed = tide_writer_open(&writer, argv[2], true, &info, &err);
    if (!failed) {
        failed = write_moments(writer, &heap, strtoull(argv[1], NULL, 10), &err);
        if (!failed)
            failed = tide_writer_symbols(writer, &symbols, &err);
        int closed = tide_writer_close(writer, &(tide_end){.kind = TIDE_END_EXITED}, failed ? NULL : &err);
        failed = failed ? failed : closed;
    }
    if (failed)
        fprintf(stderr, "large_recording: %s\n", err.text);
    return failed != 0;
}
