#include "screen_world.h"

static uint32_t push_code(world *it, const char *function) {
    tide_symbols *symbols = &it->recording.symbols;
    uint32_t code = (uint32_t)it->recording.heap.codes.count;
    *tide_vec_push(&it->recording.heap.codes) = (tide_code){.module = 0, .address = 16 * (code + 1)};
    *tide_vec_push(&symbols->of_code) = (tide_frame_range){(uint32_t)symbols->frames.count, 1};
    *tide_vec_push(&symbols->frames) =
        (tide_frame){.function = tide_strings_add(&symbols->strings, function),
                     .file = tide_strings_add(&symbols->strings, "/src/made.c"),
                     .line = 10 * (code + 1)};
    return code;
}

static uint32_t push_node(world *it, uint32_t parent, uint32_t code) {
    *tide_vec_push(&it->recording.heap.nodes) = (tide_node){.parent = parent, .code = code};
    return (uint32_t)it->recording.heap.nodes.count - 1;
}

static void push_site(world *it, uint32_t thread, uint32_t node, uint64_t bytes, uint64_t blocks) {
    tide_site *site = tide_vec_push(&it->recording.heap.sites);
    *site = (tide_site){.thread = thread, .node = node, .kind = TIDE_MALLOC};
    site->counts.allocated_bytes = bytes + 1000;
    site->counts.allocated_blocks = blocks + 1;
    site->counts.freed_bytes = 1000;
    site->counts.freed_blocks = 1;
    site->counts.peak_bytes = 2 * bytes;
    site->counts.peak_blocks = 2 * blocks;
}

static void push_thread(world *it, const char *name, uint32_t tid) {
    *tide_vec_push(&it->recording.heap.threads) = (tide_thread){
        .name = tide_strings_add(&it->recording.heap.strings, name), .tid = tid, .threads_count = 1};
}

uint32_t push_owner(world *it, const char *name, uint32_t parent, uint64_t used_bytes, uint32_t site) {
    tide_heap *heap = &it->recording.heap;
    uint32_t index = (uint32_t)heap->owners.count;
    *tide_vec_push(&heap->owners) = (tide_owner){.name = tide_strings_add(&heap->strings, name),
                                                 .parent = parent,
                                                 .used_bytes = used_bytes,
                                                 .allocated_bytes = 2 * used_bytes,
                                                 .reserved_bytes = 3 * used_bytes};
    if (site == SITES)
        return index;
    heap->sites.at[site].owner = index;
    for (uint32_t i = index; i; i = (uint32_t)heap->owners.at[i].parent)
        heap->owners.at[i].peak_bytes += heap->sites.at[site].counts.peak_bytes;
    return index;
}

void push_section(world *it, const char *name) {
    tide_heap *heap = &it->recording.heap;
    *tide_vec_push(&heap->sections) = (tide_named_section){.name = tide_strings_add(&heap->strings, name),
                                                           .begun_count = 3,
                                                           .ended_count = 2,
                                                           .allocated_bytes = 500,
                                                           .allocated_blocks = 4,
                                                           .freed_bytes = 600,
                                                           .freed_blocks = 3,
                                                           .peak_bytes = 450};
}

static void push_sites(world *it) {
    uint32_t in_main = push_node(it, 0, it->main), in_start = push_node(it, 0, it->start);
    uint32_t main_b = push_node(it, in_main, it->b), start_b = push_node(it, in_start, it->b);
    push_site(it, 0, push_node(it, main_b, it->c), 600, 3);
    push_site(it, 0, main_b, 300, 1);
    push_site(it, 0, push_node(it, in_main, it->d), 100, 10);
    push_site(it, 1, push_node(it, start_b, it->c), 50, 1);
    push_site(it, 1, push_node(it, push_node(it, start_b, it->b), it->c), 10, 1);
}

static void push_program(world *it) {
    tide_heap *heap = &it->recording.heap;
    tide_vec_push(&heap->modules)->path = tide_strings_add(&heap->strings, "/bin/made");
    it->recording.info.command = tide_xstrdup("made up");
    push_thread(it, "main", 100);
    push_thread(it, "worker", 101);
    it->main = push_code(it, "main");
    it->start = push_code(it, "start");
    it->b = push_code(it, "b");
    it->c = push_code(it, "c");
    it->d = push_code(it, "d");
    push_sites(it);
    heap->totals = (tide_totals){
        .time_ns = 2000000000, .heap_bytes = 1060, .heap_peak_bytes = 2120, .peak_time_ns = 1500000000};
    for (uint64_t i = 0; i <= 4; i++)
        *tide_vec_push(&it->recording.samples) = (tide_sample){
            .time_ns = i * 500000000, .heap_bytes = 265 * i, .rss_bytes = 4096 * (i + 1), .pss_bytes = 4096};
}

int set_up(void **state) {
    world *it = tide_xcalloc(1, sizeof *it);
    tide_heap_init(&it->recording.heap);
    tide_strings_add(&it->recording.symbols.strings, "");
    push_program(it);
    tide_names_init(&it->names, &it->recording);
    it->feed = (tide_feed_view){.state = TIDE_FEED_RUNNING,
                                .port = 4000,
                                .tool_pid = 41,
                                .pid = 42,
                                .start_ns = 1000000000,
                                .programs_count = 1,
                                .recording = &it->recording,
                                .names = &it->names};
    tide_screen_init(&it->screen);
    refresh(it);
    *state = it;
    return 0;
}

int tear_down(void **state) {
    world *it = *state;
    tide_screen_free(&it->screen);
    tide_names_free(&it->names);
    tide_recording_free(&it->recording);
    free(it);
    return 0;
}

void refresh(world *it) {
    tide_screen_update(&it->screen, &it->feed, 3000000000);
    it->screen.samples_count++;
    tide_screen_recount(&it->screen);
}

void press(world *it, const char *keys) {
    for (; *keys; keys++)
        tide_screen_key(&it->screen, *keys == '\n' ? TIDE_KEY_ENTER : (uint32_t)*keys);
}

char *order(const world *it) {
    char *text = tide_xstrdup("");
    for (size_t i = 0; i < it->screen.rows.count; i++) {
        uint32_t function = it->screen.rows.at[i].function;
        const char *name = function == TIDE_NONE ? "(start)" : tide_names_function(&it->names, function);
        char *longer = tide_xasprintf("%s%s%s", text, i ? " " : "", name);
        free(text);
        text = longer;
    }
    return text;
}

char *page_text(const world *it) {
    tide_screen_page page = tide_screen_page_make(&it->screen, &(tide_style){.is_unicode = true});
    char *text = tide_xstrdup("");
    for (size_t i = 0; i < page.lines.count; i++) {
        char *longer = tide_xasprintf("%s%s\n", text, page.lines.at[i].text);
        free(text);
        text = longer;
    }
    tide_screen_page_free(&page);
    return text;
}
