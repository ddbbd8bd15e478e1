#include "recording_model.h"
#include "check.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Sebastiano Vigna's splitmix64 (public domain). */
uint64_t model_random(model *program, uint64_t below) {
    uint64_t z = program->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return below ? z % below : z;
}

static bool one_in(model *program, uint64_t n) {
    return model_random(program, n) == 0;
}

static uint32_t any_index(model *program, size_t count) {
    return (uint32_t)model_random(program, count);
}

/* Mostly small, now and then as large as can be. */
static uint64_t any_number(model *program) {
    return model_random(program, 0) >> model_random(program, 64);
}

static uint32_t any_string(model *program, tide_strings *strings) {
    char text[64];
    snprintf(text, sizeof text, "name_%llx", (unsigned long long)model_random(program, 5000));
    return one_in(program, 4) ? any_index(program, strings->items.count) : tide_strings_add(strings, text);
}

void model_init(model *program, uint64_t seed) {
    *program = (model){.random = seed};
    tide_heap_init(&program->heap);
    tide_strings_add(&program->symbols.strings, "");
    program->info = (tide_info){.command = tide_xstrdup("./program 'an argument'"),
                                .program = tide_xstrdup("/usr/bin/program"),
                                .tool_version = tide_xstrdup("0.1.0"),
                                .host = tide_xstrdup(""),
                                .start_unix_ns = any_number(program),
                                .pid = (uint32_t)model_random(program, 1u << 22),
                                .page_bytes = 4096};
    program->end = (tide_end){.kind = 1 + (uint32_t)model_random(program, TIDE_END_GONE),
                              .status = (uint32_t)model_random(program, 256),
                              .quick = one_in(program, 2)};
}

void model_free(model *program) {
    for (size_t i = 0; i < program->moments.count; i++)
        tide_vec_free(&program->moments.at[i].counts);
    tide_vec_free(&program->moments);
    tide_vec_free(&program->samples);
    /* The rest is what a recording has as well. */
    tide_recording rest = {.info = program->info, .heap = program->heap, .symbols = program->symbols};
    tide_recording_free(&rest);
}

static void add_module(model *program) {
    tide_module module = {.path = any_string(program, &program->heap.strings),
                          .build_id_bytes = (uint8_t)model_random(program, TIDE_BUILD_ID_MAX + 1),
                          .bias = any_number(program),
                          .start = any_number(program),
                          .end = any_number(program)};
    for (unsigned i = 0; i < module.build_id_bytes; i++)
        module.build_id[i] = (uint8_t)model_random(program, 256);
    *tide_vec_push(&program->heap.modules) = module;
}

static void add_routine(model *program) {
    *tide_vec_push(&program->heap.routines) =
        (tide_routine){.name = any_string(program, &program->heap.strings),
                       .file = any_string(program, &program->heap.strings),
                       .line = (uint32_t)any_number(program)};
}

static void add_code(model *program) {
    size_t modules = program->heap.modules.count;
    bool is_in_none = !modules || one_in(program, 8);
    *tide_vec_push(&program->heap.codes) = (tide_code){
        .module = is_in_none ? TIDE_NONE : any_index(program, modules), .address = any_number(program)};
}

static void add_node(model *program) {
    tide_node node = {.parent = any_index(program, program->heap.nodes.count),
                      .code = any_index(program, program->heap.codes.count)};
    *tide_vec_push(&program->heap.nodes) = node;
}

static void add_thread(model *program) {
    *tide_vec_push(&program->heap.threads) =
        (tide_thread){.name = any_string(program, &program->heap.strings),
                      .tid = (uint32_t)any_number(program),
                      .start_ns = any_number(program),
                      .threads_count = 1};
}

static void add_site(model *program) {
    *tide_vec_push(&program->heap.sites) =
        (tide_site){.node = any_index(program, program->heap.nodes.count),
                    .thread = any_index(program, program->heap.threads.count),
                    .owner = any_index(program, program->heap.owners.count),
                    .kind = any_index(program, TIDE_KIND_COUNT)};
}

static void add_owner(model *program) {
    tide_owner owner = {.name = any_string(program, &program->heap.strings),
                        .parent = any_index(program, program->heap.owners.count),
                        .peak_bytes = any_number(program)};
    *tide_vec_push(&program->heap.owners) = owner;
}

static void add_named_section(model *program) {
    *tide_vec_push(&program->heap.sections) =
        (tide_named_section){.name = any_string(program, &program->heap.strings),
                             .begun_count = 1,
                             .peak_bytes = any_number(program)};
}

static void add_event(model *program) {
    if (program->heap.sites.count)
        *tide_vec_push(&program->heap.events) =
            (tide_weighed_event){.site = any_index(program, program->heap.sites.count),
                                 .name = any_string(program, &program->heap.strings),
                                 .weight = any_number(program)};
}

/* What the program says of itself goes on changing. */
static void change_given(model *program) {
    for (size_t i = 1; i < program->heap.owners.count; i++)
        if (one_in(program, 2))
            program->heap.owners.at[i].used_bytes = any_number(program);
    for (size_t i = 0; i < program->heap.sections.count; i++)
        if (one_in(program, 2))
            program->heap.sections.at[i].last_end_ns = any_number(program);
    for (size_t i = 0; i < program->heap.events.count; i++)
        program->heap.events.at[i].count += model_random(program, 2);
}

static void add_rows(model *program, unsigned growth, void (*add)(model *program)) {
    for (uint64_t count = model_random(program, growth + 1); count; count--)
        add(program);
}

static uint64_t live_blocks(const tide_counts *counts) {
    return counts->allocated_blocks - counts->freed_blocks;
}

static void change_counts(model *program, tide_counts *counts) {
    uint64_t *const fields[] = {&counts->allocated_bytes, &counts->allocated_blocks, &counts->freed_bytes,
                                &counts->freed_blocks,    &counts->temporary_blocks, &counts->peak_bytes,
                                &counts->peak_blocks,     &counts->resized_blocks,   &counts->lifetime_ns};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (one_in(program, 2))
            *fields[i] += any_number(program);
}

static void pass_time(model *program, uint64_t step_ns) {
    tide_totals *totals = &program->heap.totals;
    *totals = (tide_totals){.time_ns = totals->time_ns + step_ns,
                            .heap_bytes = any_number(program),
                            .heap_peak_bytes = any_number(program),
                            .peak_time_ns = any_number(program),
                            .mapped_bytes = any_number(program),
                            .mapped_peak_bytes = any_number(program),
                            .lost_events = model_random(program, 2),
                            .foreign_frees = model_random(program, 2),
                            .own_bytes = any_number(program)};
    for (size_t i = 0; i < TIDE_SIZE_CLASSES; i++)
        totals->size_blocks[i] = model_random(program, 3);
    for (size_t i = 0; i < program->heap.sites.count; i++) {
        tide_counts *counts = &program->heap.sites.at[i].counts;
        counts->lifetime_ns += live_blocks(counts) * step_ns;
    }
}

static void keep_moment(model *program) {
    model_moment *moment = tide_vec_push(&program->moments);
    moment->totals = program->heap.totals;
    for (size_t i = 0; i < program->heap.sites.count; i++)
        *tide_vec_push(&moment->counts) = program->heap.sites.at[i].counts;
}

void model_step(model *program, unsigned growth) {
    pass_time(program, any_number(program) >> 8);
    add_rows(program, growth, add_module);
    add_rows(program, growth, add_routine);
    add_rows(program, growth, add_code);
    if (program->heap.codes.count)
        add_rows(program, growth, add_node);
    add_rows(program, growth, add_thread);
    if (program->heap.threads.count) {
        add_rows(program, growth, add_owner);
        add_rows(program, growth, add_site);
        add_rows(program, growth, add_named_section);
        add_rows(program, growth, add_event);
        change_given(program);
        program->heap.threads.at[any_index(program, program->heap.threads.count)].end_ns =
            any_number(program);
    }
    for (size_t i = 0; i < program->heap.sites.count; i++)
        if (one_in(program, 3))
            change_counts(program, &program->heap.sites.at[i].counts);
    keep_moment(program);
}

static void add_sample(model *program) {
    uint64_t last_ns = program->samples.count ? program->samples.at[program->samples.count - 1].time_ns : 0;
    *tide_vec_push(&program->samples) = (tide_sample){.time_ns = last_ns + model_random(program, 1u << 30),
                                                      .heap_bytes = any_number(program),
                                                      .mapped_bytes = any_number(program),
                                                      .rss_bytes = any_number(program),
                                                      .pss_bytes = any_number(program)};
}

static void resolve(model *program) {
    tide_symbols *symbols = &program->symbols;
    while (symbols->of_code.count < program->heap.codes.count) {
        tide_frame_range range = {.first = (uint32_t)symbols->frames.count,
                                  .count = (uint32_t)model_random(program, 4)};
        for (uint32_t i = 0; i < range.count; i++) {
            tide_frame frame = {.function = any_string(program, &symbols->strings),
                                .file = any_string(program, &symbols->strings),
                                .line = (uint32_t)any_number(program)};
            *tide_vec_push(&symbols->frames) = frame;
        }
        *tide_vec_push(&symbols->of_code) = range;
    }
    while (symbols->module_state.count < program->heap.modules.count)
        *tide_vec_push(&symbols->module_state) = (uint8_t)model_random(program, TIDE_SYMBOLS_LINES + 1);
}

void model_record(model *program, unsigned steps, unsigned growth, tide_buffer *ret) {
    int fd;
    char path[64];
    memory_file(&fd, path);
    tide_writer *writer = NULL;
    assert_int_equal(tide_writer_open(&writer, path, true, &program->info, NULL), 0);
    for (unsigned i = 0; i < steps; i++) {
        size_t old_count = program->samples.count;
        add_rows(program, growth, add_sample);
        assert_int_equal(tide_writer_samples(writer, program->samples.at + old_count,
                                             program->samples.count - old_count, NULL),
                         0);
        model_step(program, growth);
        assert_int_equal(tide_writer_heap(writer, &program->heap, NULL), 0);
        if (one_in(program, 4)) {
            resolve(program);
            assert_int_equal(tide_writer_symbols(writer, &program->symbols, NULL), 0);
        }
    }
    resolve(program);
    assert_int_equal(tide_writer_symbols(writer, &program->symbols, NULL), 0);
    assert_int_equal(tide_writer_close(writer, &program->end, NULL), 0);
    read_back(fd, ret);
    close(fd);
}

/* Items without padding only: compared as bytes. */
#define assert_same_rows(a, b)                                               \
    do {                                                                     \
        assert_int_equal((a).count, (b).count);                              \
        if ((a).count)                                                       \
            assert_memory_equal((a).at, (b).at, (a).count * sizeof *(a).at); \
    } while (0)

static void check_strings(const tide_strings *a, const tide_strings *b) {
    assert_int_equal(a->items.count, b->items.count);
    for (uint32_t i = 0; i < a->items.count; i++)
        assert_string_equal(tide_strings_get(a, i), tide_strings_get(b, i));
}

static void check_modules(const tide_heap *a, const tide_heap *b) {
    assert_int_equal(a->modules.count, b->modules.count);
    for (size_t i = 0; i < a->modules.count; i++) {
        const tide_module *x = &a->modules.at[i], *y = &b->modules.at[i];
        assert_int_equal(x->path, y->path);
        assert_int_equal(x->build_id_bytes, y->build_id_bytes);
        assert_memory_equal(x->build_id, y->build_id, sizeof x->build_id);
        assert_true(x->bias == y->bias && x->start == y->start && x->end == y->end);
    }
}

static void check_heap(const tide_heap *a, const tide_heap *b) {
    check_strings(&a->strings, &b->strings);
    check_modules(a, b);
    assert_same_rows(a->routines, b->routines);
    assert_int_equal(a->codes.count, b->codes.count);
    for (size_t i = 0; i < a->codes.count; i++)
        assert_true(a->codes.at[i].module == b->codes.at[i].module &&
                    a->codes.at[i].address == b->codes.at[i].address);
    assert_same_rows(a->nodes, b->nodes);
    assert_int_equal(a->threads.count, b->threads.count);
    for (size_t i = 0; i < a->threads.count; i++) {
        const tide_thread *x = &a->threads.at[i], *y = &b->threads.at[i];
        assert_true(x->name == y->name && x->tid == y->tid && x->start_ns == y->start_ns &&
                    x->end_ns == y->end_ns && x->threads_count == y->threads_count);
    }
    assert_same_rows(a->sites, b->sites);
    assert_same_rows(a->owners, b->owners);
    assert_same_rows(a->sections, b->sections);
    assert_same_rows(a->events, b->events);
    assert_memory_equal(&a->totals, &b->totals, sizeof a->totals);
}

/* What a reader of moments does: the changes, and all others grow older. */
static void check_moments(const model *program, const tide_recording *recording) {
    assert_int_equal(program->moments.count, recording->moments.count);
    TIDE_VEC(tide_counts) counts = {0};
    uint64_t time_ns = 0;
    for (size_t i = 0; i < recording->moments.count; i++) {
        const tide_moment *moment = &recording->moments.at[i];
        const model_moment *expected = &program->moments.at[i];
        (void)tide_vec_extend(&counts, expected->counts.count - counts.count);
        for (size_t site = 0; site < counts.count; site++)
            counts.at[site].lifetime_ns += live_blocks(&counts.at[site]) * (moment->totals.time_ns - time_ns);
        for (size_t k = 0; k < moment->changes.count; k++)
            counts.at[moment->changes.at[k].site] = moment->changes.at[k].counts;
        assert_memory_equal(&moment->totals, &expected->totals, sizeof moment->totals);
        assert_same_rows(counts, expected->counts);
        time_ns = moment->totals.time_ns;
    }
    tide_vec_free(&counts);
}

void model_check(const model *program, const tide_recording *recording) {
    const tide_info *a = &program->info, *b = &recording->info;
    assert_string_equal(a->command, b->command);
    assert_string_equal(a->program, b->program);
    assert_string_equal(a->tool_version, b->tool_version);
    assert_string_equal(a->host, b->host);
    assert_true(a->start_unix_ns == b->start_unix_ns && a->pid == b->pid && a->page_bytes == b->page_bytes);
    check_heap(&program->heap, &recording->heap);
    check_strings(&program->symbols.strings, &recording->symbols.strings);
    assert_same_rows(program->symbols.frames, recording->symbols.frames);
    assert_same_rows(program->symbols.of_code, recording->symbols.of_code);
    assert_same_rows(program->symbols.module_state, recording->symbols.module_state);
    assert_same_rows(program->samples, recording->samples);
    assert_true(program->end.kind == recording->end.kind && program->end.status == recording->end.status &&
                program->end.quick == recording->end.quick);
    if (recording->moments.count)
        check_moments(program, recording);
}

void memory_file(int *ret_fd, char ret_path[64]) {
    *ret_fd = memfd_create("recording", MFD_CLOEXEC);
    assert_true(*ret_fd >= 0);
    snprintf(ret_path, 64, "/proc/self/fd/%d", *ret_fd);
}

void read_back(int fd, tide_buffer *ret) {
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    *ret = (tide_buffer){.count = (size_t)status.st_size, .capacity = (size_t)status.st_size};
    ret->at = tide_xrealloc(NULL, ret->count, 1);
    assert_int_equal(pread(fd, ret->at, ret->count, 0), status.st_size);
}
