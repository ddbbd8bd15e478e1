/* The definitions in a ledger's log: modules, routines, and stacks told as differences, from which the tree of calls
 * grows. */
#include "heap/ledger_view.h"
#include "heap/line_table.h"
#include <errno.h>
#include <string.h>

enum { SPECIAL_MAX = 16, SITE_HEAD_WORDS = 3, MODULE_HEAD_WORDS = 8, ROUTINE_HEAD_WORDS = 3 };

static uint32_t module_of(tide_ledger *ledger, const tide_heap *heap, uint64_t pc) {
    uint32_t last = ledger->last_module;
    for (size_t tries = 0, i = last; tries <= heap->modules.count; tries++, i = heap->modules.count - tries) {
        if (i >= heap->modules.count || ledger->module_gone.at[i])
            continue;
        const tide_module *module = &heap->modules.at[i];
        if (pc - 1 >= module->start && pc - 1 < module->end)
            return ledger->last_module = (uint32_t)i;
    }
    return TIDE_NONE;
}

/* A frame of a routine: `word` says at which of its instructions. */
static tide_code code_in_routine(const tide_ledger *ledger, const tide_heap *heap, uint64_t word) {
    uint32_t routine = (uint32_t)((word & ~TIDE_FRAME_ROUTINE) >> 32);
    if (routine >= heap->routines.count)
        return (tide_code){.module = TIDE_NONE, .address = TIDE_CODE_UNRESOLVED};
    tide_ledger_lines lines = ledger->line_tables.at[routine];
    const uint8_t *log = tide_ledger_at(ledger, ledger->layout.log);
    return tide_code_in_routine(routine,
                                tide_line_table_find(log + lines.at_bytes, lines.bytes,
                                                     heap->routines.at[routine].line, (int32_t)word));
}

static tide_code code_at(tide_ledger *ledger, const tide_heap *heap, uint64_t pc) {
    uint32_t module = pc < SPECIAL_MAX ? TIDE_NONE : module_of(ledger, heap, pc);
    return (tide_code){.module = module,
                       .address = module == TIDE_NONE ? pc : pc - heap->modules.at[module].bias};
}

static uint32_t find_code(tide_ledger *ledger, tide_heap *heap, uint64_t pc) {
    tide_code code = pc & TIDE_FRAME_ROUTINE ? code_in_routine(ledger, heap, pc) : code_at(ledger, heap, pc);
    bool is_new;
    uint32_t index = tide_map_put(&ledger->codes, ((uint64_t)code.module + 1) << 48 ^ code.address,
                                  (uint32_t)heap->codes.count, &is_new);
    if (is_new)
        *tide_vec_push(&heap->codes) = code;
    return index;
}

static uint32_t code_of(tide_ledger *ledger, tide_heap *heap, uint64_t pc) {
    struct tide_recent_code *recent = &ledger->recent_codes[(pc ^ pc >> 12) % TIDE_RECENT_CODES];
    if (recent->pc != pc || !recent->code_plus_one)
        *recent = (struct tide_recent_code){.pc = pc, .code_plus_one = find_code(ledger, heap, pc) + 1};
    return recent->code_plus_one - 1;
}

/* Returns the node of the last of them. They are not looked up among their parents' children: a stack is told as its
 * difference to the one before it, so that few nodes come twice; a map of all nodes was the largest single cost in the
 * tool (2.7 % of a run of clang, target and all). */
static uint32_t add_nodes(tide_ledger *ledger, tide_heap *heap, uint32_t parent, const uint64_t *pcs,
                          uint32_t count) {
    uint32_t next = (uint32_t)heap->nodes.count;
    tide_node *node = tide_vec_extend(&heap->nodes, count);
    for (uint32_t i = 0; i < count; i++) {
        node[i] = (tide_node){.parent = parent, .code = code_of(ledger, heap, TIDE_READ(pcs[i]))};
        parent = next++;
    }
    return parent;
}

static int bad_log(const tide_ledger *ledger, tide_err *err) {
    return tide_fail(err, -EBADMSG, "the program has overwritten its ledger: log word %llu makes no sense",
                     (unsigned long long)ledger->log_words);
}

static int read_site(tide_ledger *ledger, tide_heap *heap, const uint64_t *record, uint32_t words,
                     tide_err *err) {
    uint32_t id = (uint32_t)(TIDE_READ(record[0]) >> 32);
    uint64_t previous = TIDE_READ(record[1]) >> 32, kept = TIDE_READ(record[1]) & UINT32_MAX,
             who = TIDE_READ(record[2]);
    uint32_t thread = who & 0xffff, kind = who >> 16 & 0xff, owner = (uint32_t)(who >> 24);
    bool is_event = kind >= TIDE_KIND_EVENT;
    if (id != ledger->site_count + 1 || previous > ledger->site_count ||
        (kind >= TIDE_KIND_COUNT && !is_event) || thread >= heap->threads.count ||
        owner >= heap->owners.count)
        return bad_log(ledger, err);
    uint32_t node = previous ? ledger->stacks.at[previous - 1].node : 0;
    uint32_t depth = previous ? ledger->stacks.at[previous - 1].depth : 0, added = words - SITE_HEAD_WORDS;
    if (kept > depth)
        return bad_log(ledger, err);
    for (; depth > kept; depth--)
        node = heap->nodes.at[node].parent;
    node = add_nodes(ledger, heap, node, record + SITE_HEAD_WORDS, added);
    *tide_vec_push(&heap->sites) =
        (tide_site){.node = node, .thread = thread, .owner = owner, .kind = is_event ? TIDE_MALLOC : kind};
    if (is_event)
        tide_ledger_add_event(heap, kind - TIDE_KIND_EVENT, id - 1);
    *tide_vec_push(&ledger->stacks) = (tide_ledger_stack){node, depth + added};
    ledger->site_count = id;
    return 0;
}

static int read_module(tide_ledger *ledger, tide_heap *heap, const uint64_t *record, uint32_t words,
                       tide_err *err) {
    uint32_t index = (uint32_t)(TIDE_READ(record[0]) >> 32);
    if (words <= MODULE_HEAD_WORDS || index != heap->modules.count)
        return bad_log(ledger, err);
    tide_module module = {
        .bias = TIDE_READ(record[1]), .start = TIDE_READ(record[2]), .end = TIDE_READ(record[3])};
    uint64_t id_bytes = TIDE_READ(record[4]);
    module.build_id_bytes = id_bytes <= TIDE_BUILD_ID_MAX ? (uint8_t)id_bytes : 0;
    memcpy(module.build_id, &record[5], module.build_id_bytes);
    const char *path = (const char *)&record[MODULE_HEAD_WORDS];
    size_t room = (words - MODULE_HEAD_WORDS) * sizeof *record;
    module.path = tide_strings_add_n(&heap->strings, path, strnlen(path, room));
    *tide_vec_push(&heap->modules) = module;
    *tide_vec_push(&ledger->module_gone) = false;
    memset(ledger->recent_codes, 0, sizeof ledger->recent_codes);
    return 0;
}

static int read_routine(tide_ledger *ledger, tide_heap *heap, const uint64_t *record, uint32_t words,
                        tide_err *err) {
    uint64_t first = TIDE_READ(record[1]), second = TIDE_READ(record[2]);
    uint64_t name_bytes = first >> 32, file_bytes = (uint32_t)second, table_bytes = second >> 32;
    const char *texts = (const char *)&record[ROUTINE_HEAD_WORDS];
    if (TIDE_READ(record[0]) >> 32 != heap->routines.count ||
        name_bytes + file_bytes + table_bytes > (words - ROUTINE_HEAD_WORDS) * sizeof *record)
        return bad_log(ledger, err);
    *tide_vec_push(&heap->routines) =
        (tide_routine){.name = tide_strings_add_n(&heap->strings, texts, name_bytes),
                       .file = tide_strings_add_n(&heap->strings, texts + name_bytes, file_bytes),
                       .line = (uint32_t)first};
    *tide_vec_push(&ledger->line_tables) = (tide_ledger_lines){
        .at_bytes = (ledger->log_words + ROUTINE_HEAD_WORDS) * sizeof *record + name_bytes + file_bytes,
        .bytes = table_bytes,
    };
    return 0;
}

static int read_record(tide_ledger *ledger, tide_heap *heap, const uint64_t *record, uint32_t words,
                       tide_err *err) {
    uint64_t word = TIDE_READ(record[0]), a = word >> 32;
    switch (word & 0xff) {
    case TIDE_LOG_SITE:
        return words < SITE_HEAD_WORDS ? bad_log(ledger, err) : read_site(ledger, heap, record, words, err);
    case TIDE_LOG_MODULE:
        return read_module(ledger, heap, record, words, err);
    case TIDE_LOG_MODULE_GONE:
        if (a >= ledger->module_gone.count)
            return bad_log(ledger, err);
        ledger->module_gone.at[a] = true;
        memset(ledger->recent_codes, 0, sizeof ledger->recent_codes);
        return 0;
    case TIDE_LOG_ROUTINE:
        return words < ROUTINE_HEAD_WORDS ? bad_log(ledger, err)
                                          : read_routine(ledger, heap, record, words, err);
    case TIDE_LOG_OWNER:
    case TIDE_LOG_SECTION:
    case TIDE_LOG_EVENT:
        return tide_ledger_read_given(heap, record, words) ? 0 : bad_log(ledger, err);
    default:
        return bad_log(ledger, err);
    }
}

int tide_ledger_read_log(tide_ledger *ledger, tide_heap *heap, uint64_t end, tide_err *err) {
    const uint64_t *log = tide_ledger_at(ledger, ledger->layout.log);
    uint64_t room = ledger->layout.log.bytes / sizeof *log;
    uint64_t sites_room = ledger->layout.sites.bytes / sizeof(tide_site_row);
    if (sites_room > ledger->layout.site_notes.bytes / sizeof(tide_site_note))
        sites_room = ledger->layout.site_notes.bytes / sizeof(tide_site_note);
    if (end > room)
        return bad_log(ledger, err);
    while (ledger->log_words < end) {
        const uint64_t *record = &log[ledger->log_words];
        uint32_t words = TIDE_READ(record[0]) >> 8 & TIDE_LOG_RECORD_WORDS_MAX;
        if (!words || words > end - ledger->log_words || ledger->site_count + 2 > sites_room)
            return bad_log(ledger, err);
        int code = read_record(ledger, heap, record, words, err);
        if (code)
            return code;
        ledger->log_words += words;
    }
    return 0;
}
