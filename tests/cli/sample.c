/* Writes recordings of a made-up program, the same to the byte each time, for tests of what reads them.
 * Usage: sample KIND FILE; the kinds are at the end. */
#include "base/alloc.h"
#include "recording/recording.h"
#include <stdio.h>
#include <string.h>

enum { SHOP = 1, STORE, CXX }; /* modules, by number: their index + 1; 0: none */

static tide_heap heap;
static tide_symbols symbols;

static void add_module(const char *path) {
    tide_module module = {.path = tide_strings_add(&heap.strings, path), .build_id_bytes = 4};
    module.start = module.bias = 0x555500000000u + 0x10000000u * heap.modules.count;
    module.end = module.start + 0x10000;
    memcpy(module.build_id, "\x1d\x2e\x3f\x40", 4);
    *tide_vec_push(&heap.modules) = module;
}

static void add_frame(const char *function, const char *file, uint32_t line) {
    tide_frame frame = {.line = line};
    frame.function = tide_strings_add(&symbols.strings, function);
    frame.file = tide_strings_add(&symbols.strings, file);
    *tide_vec_push(&symbols.frames) = frame;
    symbols.of_code.at[symbols.of_code.count - 1].count++;
}

/* A code of module `number`; its first frame too, unless `function` is "". */
static uint32_t add_code(uint32_t number, uint64_t address, const char *function, const char *file,
                         uint32_t line) {
    uint32_t module = number ? number - 1 : TIDE_NONE;
    *tide_vec_push(&heap.codes) = (tide_code){.module = module, .address = address};
    tide_vec_push(&symbols.of_code)->first = (uint32_t)symbols.frames.count;
    if (*function)
        add_frame(function, file, line);
    return (uint32_t)heap.codes.count - 1;
}

static uint32_t add_node(uint32_t parent, uint32_t code) {
    *tide_vec_push(&heap.nodes) = (tide_node){.parent = parent, .code = code};
    return (uint32_t)heap.nodes.count - 1;
}

static void add_site(uint32_t node, uint32_t thread, enum tide_kind kind, tide_counts counts) {
    *tide_vec_push(&heap.sites) = (tide_site){.node = node, .thread = thread, .kind = kind, .counts = counts};
    if (kind == TIDE_MMAP)
        return;
    heap.totals.heap_bytes += counts.allocated_bytes - counts.freed_bytes;
    heap.totals.heap_peak_bytes += counts.peak_bytes;
}

/* `blocks` of `size` bytes each, of which some were live at the peak, some are at the end, and some were temporary. */
static tide_counts counts(uint64_t blocks, uint64_t size, uint64_t at_peak, uint64_t at_end,
                          uint64_t temporary) {
    return (tide_counts){.allocated_bytes = blocks * size,
                         .allocated_blocks = blocks,
                         .freed_bytes = (blocks - at_end) * size,
                         .freed_blocks = blocks - at_end,
                         .peak_bytes = at_peak * size,
                         .peak_blocks = at_peak,
                         .temporary_blocks = temporary,
                         .lifetime_ns = blocks * 1000000};
}

static void add_thread(const char *name, uint32_t tid, uint64_t start_ns, uint64_t end_ns, uint32_t count) {
    *tide_vec_push(&heap.threads) = (tide_thread){.name = tide_strings_add(&heap.strings, name),
                                                  .tid = tid,
                                                  .start_ns = start_ns,
                                                  .end_ns = end_ns,
                                                  .threads_count = count};
}

/* main ─ parse ─ parse ─ node_new (by operator new) │ main ─ Cache::put (inlines grow) │ main ─ libstore+0x… │ … */
static void fill_main_thread(void) {
    uint32_t start = add_node(0, add_code(SHOP, 0x1040, "_start", "", 0));
    uint32_t in_main = add_node(start, add_code(SHOP, 0x1200, "main", "/src/shop/main.c", 20));
    uint32_t parse_code = add_code(SHOP, 0x1300, "parse", "/src/shop/parse.c", 80);
    uint32_t parse = add_node(in_main, parse_code), parse_deeper = add_node(parse, parse_code);
    uint32_t node_new = add_node(parse_deeper, add_code(SHOP, 0x1400, "node_new", "/src/shop/node.c", 9));
    uint32_t operator_new = add_node(node_new, add_code(CXX, 0xa000, "_Znwm", "", 0));
    uint32_t node_name = add_node(parse_deeper, add_code(SHOP, 0x1450, "node_new", "/src/shop/node.c", 12));
    add_site(operator_new, 0, TIDE_MALLOC, counts(300000, 64, 200000, 0, 1000));
    add_site(node_name, 0, TIDE_REALLOC, counts(5000, 100, 5000, 12, 0));
    add_site(parse, 0, TIDE_CALLOC, counts(2, 1 << 20, 2, 0, 0));

    uint32_t in_main_later = add_node(start, add_code(SHOP, 0x1280, "main", "/src/shop/main.c", 31));
    uint32_t put = add_code(SHOP, 0x1500, "_ZN4shop5CacheISsE4growEm", "/src/shop/cache.h", 44);
    add_frame("_ZN4shop5CacheISt6vectorIiSaIiEEE3putERKS3_", "/src/shop/cache.h", 90);
    add_site(add_node(in_main_later, put), 0, TIDE_NEW, counts(40, 65536, 30, 3, 0));
    uint32_t unnamed = add_code(STORE, 0x77aa, "", "", 0);
    add_site(add_node(in_main_later, unnamed), 0, TIDE_MALLOC, counts(9, 1000, 9, 9, 0));
    uint32_t jit = add_node(in_main_later, add_code(0, 0x7f0012340000u, "", "", 0));
    add_site(jit, 0, TIDE_MEMALIGN, counts(1, 4096, 1, 0, 0));
    add_site(add_node(in_main_later, add_code(STORE, 0x88bb, "store_map", "/src/store/map.c", 7)), 0,
             TIDE_MMAP, counts(3, 4 << 20, 2, 1, 0));
}

static void fill_worker(void) {
    uint32_t run = add_node(0, add_code(SHOP, 0x1600, "worker_run", "/src/shop/worker.c", 55));
    uint32_t elided = add_node(run, add_code(0, TIDE_CODE_ELIDED, "", "", 0));
    uint32_t deep =
        add_node(elided, add_code(SHOP, 0x1700, "descend; \033[31mred", "/src/shop/worker.c", 70));
    add_site(deep, 1, TIDE_MALLOC, counts(20000, 24, 10, 5, 19990));
    add_site(add_node(0, add_code(0, TIDE_CODE_UNRESOLVED, "", "", 0)), 1, TIDE_MALLOC,
             counts(1, 48, 0, 1, 0));
}

static void fill(void) {
    tide_heap_init(&heap);
    tide_strings_add(&symbols.strings, "");
    add_module("/opt/shop/bin/shop");
    add_module("/opt/shop/lib/libstore.so.1");
    add_module("/usr/lib/libstdc++.so.6");
    add_thread("shop", 4321, 0, 0, 1);
    add_thread("worker", 4322, 1000000, 2000000000, 3);
    fill_main_thread();
    fill_worker();
    heap.totals.time_ns = 3450000000u;
    heap.totals.peak_time_ns = 2310000000u;
    heap.totals.mapped_bytes = 4 << 20;
    heap.totals.mapped_peak_bytes = 8 << 20;
    heap.totals.own_bytes = 385024;
    heap.totals.size_blocks[5] = 20000;
    heap.totals.size_blocks[6] = 1;
    heap.totals.size_blocks[7] = 305000;
    heap.totals.size_blocks[10] = 9;
    heap.totals.size_blocks[13] = 1;
    heap.totals.size_blocks[17] = 40;
    heap.totals.size_blocks[21] = 2;
}

/* ---- the kinds of file */

static int open_file(tide_writer **ret, const char *path, tide_err *err) {
    char command[] = "shop --stock 'all of it'", program[] = "/opt/shop/bin/shop", version[] = "0.1.0",
         host[] = "shelf";
    tide_info info = {
        .command = command, .program = program, .tool_version = version, .host = host, .pid = 4321};
    info.start_unix_ns = 1700000000000000000u;
    info.page_bytes = 4096;
    return tide_writer_open(ret, path, true, &info, err);
}

static int write_file(const char *path, const tide_end *end, bool with_symbols) {
    const tide_sample samples[] = {{1000000000, 9000000, 0, 12000000, 11000000},
                                   {3000000000, 7000000, 8 << 20, 23400000, 0}};
    tide_writer *writer;
    tide_err err;
    int code = open_file(&writer, path, &err);
    if (code == 0) {
        code = tide_writer_samples(writer, samples, 2, &err);
        if (!code)
            code = tide_writer_heap(writer, &heap, &err);
        if (!code && with_symbols)
            code = tide_writer_symbols(writer, &symbols, &err);
        int closed = tide_writer_close(writer, end, code ? NULL : &err);
        code = code ? code : closed;
    }
    if (code)
        fprintf(stderr, "sample: %s\n", err.text);
    return code;
}

/* Four sites at 1, 2 and 3 s: one grows, one empties in between and is filled anew, one holds what it had, and one has
 * a new block for its old one each second. */
static int write_phases(const char *path) {
    static const uint64_t allocated[3][4] = {{1000, 500, 300, 400},
                                             {2000, 500, 300, 800},
                                             {3000, 1200, 300, 1200}},
                          live[3][4] = {{1000, 500, 300, 400}, {2000, 0, 300, 400}, {3000, 700, 300, 400}};
    const char *const names[] = {"grows", "refills", "keeps", "renews"};
    uint32_t in_main = add_node(0, add_code(SHOP, 0x1200, "main", "/src/shop/main.c", 20));
    for (uint32_t i = 0; i < 4; i++)
        add_site(add_node(in_main, add_code(SHOP, 0x2000 + i, names[i], "/src/shop/phases.c", i + 1)), 0,
                 TIDE_MALLOC, (tide_counts){0});
    tide_writer *writer;
    tide_err err;
    int code = open_file(&writer, path, &err);
    for (unsigned second = 0; !code && second < 3; second++) {
        heap.totals.time_ns = heap.totals.peak_time_ns = (second + 1) * 1000000000u;
        heap.totals.heap_bytes = 0;
        for (size_t i = 0; i < 4; i++) {
            tide_counts *now = &heap.sites.at[i].counts;
            now->allocated_bytes = allocated[second][i];
            now->allocated_blocks = allocated[second][i] / 100;
            now->peak_bytes = live[second][i];
            now->peak_blocks = live[second][i] / 100;
            now->freed_bytes = now->allocated_bytes - now->peak_bytes;
            now->freed_blocks = now->allocated_blocks - now->peak_blocks;
            heap.totals.heap_bytes += live[second][i];
        }
        heap.totals.heap_peak_bytes = heap.totals.heap_bytes;
        code = tide_writer_heap(writer, &heap, &err);
    }
    code = code ? code : tide_writer_symbols(writer, &symbols, &err);
    return code ? code : tide_writer_close(writer, &(tide_end){.kind = TIDE_END_EXITED}, &err);
}

/* Empties what `fill` has filled, all but the modules and threads. */
static void forget_sites(void) {
    heap.sites.count = heap.nodes.count = heap.codes.count = 0;
    tide_vec_push(&heap.nodes)->code = TIDE_NONE;
    symbols.frames.count = symbols.of_code.count = 0;
    heap.totals = (tide_totals){.time_ns = 1000000};
}

/* The next version of the program: it has another name, its code has moved, and two of its functions have changed. */
static void rebuild(void) {
    heap.modules.at[SHOP - 1].path = tide_strings_add(&heap.strings, "/opt/shop/bin/shop-2");
    for (size_t i = 0; i < heap.codes.count; i++)
        heap.codes.at[i].address += heap.codes.at[i].module == TIDE_NONE ? 0 : 0x40;
    heap.sites.at[0].counts = counts(300000, 96, 200000, 0, 1000);
    heap.sites.at[2].counts = counts(1, 1 << 20, 1, 0, 0);
    heap.totals.heap_peak_bytes += 200000 * 32 - (1 << 20);
}

/* `count` nodes below each other and side by side, and a site at each of them. */
static void fill_large(uint32_t count) {
    uint32_t codes[1000];
    char name[32];
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "function_%u", i);
        codes[i] = add_code(SHOP, 0x2000 + i * 16, name, "/src/shop/large.c", i + 1);
    }
    uint32_t first = add_node(0, codes[0]);
    for (uint32_t i = 1; i < count; i++) {
        uint32_t parent = i < 50 ? first + i - 1 : first + i / 3 + 17;
        add_site(add_node(parent, codes[i * 7919u % 1000]), 0, TIDE_MALLOC,
                 counts(i % 5 + 1, i % 997, 1, i % 11 == 0, 0));
    }
}

/* Names that would do harm where they are taken for more than text, one of them 10 kB long. */
static void fill_hostile(void) {
    static const char *const names[] = {
        "</script><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "\033]0;title\007\033[2J\033[31mred",
        "two\nlines\r\tand a tab",
        "\"quoted\" 'twice' \\ back\\slash",
        "größe::日本::\xff\xfe::\xe2\x80\xaeright to left",
        "=cmd|' /C calc'!A0",
        "n0: 1 in 1 place; snapshot=1\n#-----------\nsnapshot=99",
        "a;b 100",
        "%s%n${HOME}`id`",
    };
    uint32_t at = add_node(0, add_code(SHOP, 0x2000, "main", "/src/<b>/main.c", 1));
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++) {
        at = add_node(at, add_code(SHOP, 0x3000 + 16 * i, names[i], names[i], i + 1));
        add_site(at, 0, TIDE_MALLOC, counts(10, 1000, 5, 2, 1));
    }
    static char longest[10240];
    for (size_t i = 0; i + 1 < sizeof longest; i++)
        longest[i] = "ab<c"[i % 4];
    add_site(add_node(at, add_code(SHOP, 0x4000, longest, "", 0)), 0, TIDE_MALLOC, counts(10, 1000, 5, 2, 1));
    add_thread("<i>\033[1mworker\n", 77, 0, 0, 1);
    add_site(at, (uint32_t)heap.threads.count - 1, TIDE_CALLOC, counts(3, 100, 3, 3, 0));
}

int main(int argc, char **argv) {
    if (argc != 3)
        return 2;
    const char *kind = argv[1];
    tide_end exited = {.kind = TIDE_END_EXITED, .status = 3},
             killed = {.kind = TIDE_END_SIGNALED, .status = 9};
    fill();
    if (!strcmp(kind, "whole"))
        return write_file(argv[2], &exited, true) != 0;
    if (!strcmp(kind, "killed")) {
        heap.totals.lost_events = 12;
        heap.totals.foreign_frees = 1;
        return write_file(argv[2], &killed, true) != 0;
    }
    if (!strcmp(kind, "endless"))
        return write_file(argv[2], NULL, false) != 0;
    if (!strcmp(kind, "phases")) {
        forget_sites();
        return write_phases(argv[2]) != 0;
    }
    if (!strcmp(kind, "rebuilt")) {
        rebuild();
        return write_file(argv[2], &exited, true) != 0;
    }
    if (!strcmp(kind, "empty")) {
        forget_sites();
        return write_file(argv[2], &exited, true) != 0;
    }
    if (!strcmp(kind, "hostile")) {
        fill_hostile();
        return write_file(argv[2], &exited, true) != 0;
    }
    if (!strcmp(kind, "large")) {
        fill_large(1000000);
        return write_file(argv[2], &exited, true) != 0;
    }
    return 2;
}
