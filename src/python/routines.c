#include "python/routines.h"
#include "ledger/system.h"
#include "python/text.h"
#include <string.h>

enum { FIRST_ID_BITS = 12, HEAD_WORDS = 3, LINE_TABLE_MAX_BYTES = 16 << 20 };
enum { OBJECT_TYPE = 8, TYPE_NAME = 24, TYPE_DEALLOC = 48 }; /* the same in all versions: the stable ABI */

/* ---- deaths */
typedef void deallocator(void *object);
struct dying {
    const void *code;
    const struct dying *outer;
};
static __thread const struct dying *dying __attribute__((tls_model("initial-exec")));
static deallocator *real_deallocator; /* of code objects */
static tide_routines *watched;        /* never unmapped; empty in a forked child */

static void forget(tide_routines *routines, uintptr_t code) {
    uint64_t *set = tide_routine_set(routines, code);
    for (int way = 0; way < TIDE_ROUTINE_WAYS; way++)
        if (set[way] >> TIDE_ROUTINE_BITS == (uint64_t)code >> 4)
            __atomic_store_n(&set[way], 0, __ATOMIC_RELAXED);
}

static void on_dealloc(void *code) {
    struct dying here = {code, dying};
    dying = &here;
    forget(watched, (uintptr_t)code);
    real_deallocator(code);
    dying = here.outer;
}

static bool is_dying(const void *code) {
    for (const struct dying *at = dying; at; at = at->outer)
        if (at->code == code)
            return true;
    return false;
}

static bool watch_deaths(tide_routines *routines, const void *type) {
    const char *name = *(const char *const *)(const void *)((const char *)type + TYPE_NAME);
    deallocator **slot = (deallocator **)((uintptr_t)type + TYPE_DEALLOC);
    if (!name || strcmp(name, "code") != 0)
        return false;
    watched = routines;
    if (*slot != on_dealloc) { /* a forked child has it already */
        real_deallocator = *slot;
        __atomic_store_n(slot, on_dealloc, __ATOMIC_RELEASE);
    }
    routines->code_type = type;
    return true;
}

static bool is_code(tide_routines *routines, const void *object) {
    const void *type = object ? tide_python_pointer(object, OBJECT_TYPE) : NULL;
    return type && (type == routines->code_type || (!routines->code_type && watch_deaths(routines, type)));
}

/* ---- contents */
typedef struct contents {
    const char *name, *file, *line_table;
    uint32_t name_bytes, file_bytes, line_table_bytes, first_line;
} contents;

static uint64_t hash_bytes(uint64_t hash, const char *at, size_t bytes) {
    for (uint64_t word = 0; bytes; at += sizeof word) {
        size_t part = bytes < sizeof word ? bytes : sizeof word;
        word = 0;
        memcpy(&word, at, part);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15ull;
        hash ^= hash >> 32;
        bytes -= part;
    }
    return hash;
}

static uint64_t hash_contents(const contents *of) {
    uint64_t hash = (uint64_t)of->name_bytes << 32 ^ of->file_bytes ^ (uint64_t)of->first_line << 13 ^
                    (uint64_t)of->line_table_bytes << 45;
    hash = hash_bytes(hash, of->name, of->name_bytes);
    hash = hash_bytes(hash, of->file, of->file_bytes);
    hash = hash_bytes(hash, of->line_table, of->line_table_bytes);
    return hash | 1ull << 63; /* never 0 where it is kept */
}

static bool read_contents(tide_routines *routines, const tide_python_layout *layout, const void *code,
                          contents *ret) {
    const void *table = tide_python_pointer(code, layout->code_line_table);
    const void *name = tide_python_pointer(code, layout->code_name);
    const void *file = tide_python_pointer(code, layout->code_file);
    if (!name || !file || !table)
        return false;
    uint64_t table_bytes = tide_python_word(table, layout->bytes_length);
    *ret = (contents){
        .name = routines->name,
        .file = routines->file,
        .line_table = (const char *)table + layout->bytes_data,
        .name_bytes = (uint32_t)tide_python_text_read(layout, name, routines->name, sizeof routines->name),
        .file_bytes = (uint32_t)tide_python_text_read(layout, file, routines->file, sizeof routines->file),
        .line_table_bytes =
            (uint32_t)(table_bytes < LINE_TABLE_MAX_BYTES ? table_bytes : LINE_TABLE_MAX_BYTES),
        .first_line = (uint32_t)tide_python_word(code, layout->code_first_line),
    };
    return true;
}

/* ---- the table of contents. Lock held. */
static uint64_t *ids_new(uint32_t bits) {
    void *at = tide_sys_mmap(sizeof(uint64_t) << bits, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    return at == MAP_FAILED ? NULL : at;
}

/* The word of that hash, or the free one where it goes. */
static uint64_t *ids_find(uint64_t *ids, uint32_t bits, uint64_t hash) {
    uint64_t mask = (1ull << bits) - 1, i = hash >> TIDE_ROUTINE_BITS & mask;
    while (ids[i] && (ids[i] ^ hash) >> TIDE_ROUTINE_BITS)
        i = (i + 1) & mask;
    return &ids[i];
}

/* Half full is full. */
static bool ids_reserve(tide_routines *routines) {
    uint32_t bits = routines->ids ? routines->id_bits + 1 : FIRST_ID_BITS;
    if (routines->ids && routines->count < 1u << (routines->id_bits - 1))
        return true;
    uint64_t *ids = ids_new(bits);
    if (!ids)
        return false;
    for (uint64_t i = 0; routines->ids && i < 1ull << routines->id_bits; i++)
        if (routines->ids[i])
            *ids_find(ids, bits, routines->ids[i]) = routines->ids[i];
    if (routines->ids)
        tide_sys_munmap(routines->ids, sizeof *ids << routines->id_bits);
    routines->ids = ids;
    routines->id_bits = bits;
    return true;
}

static bool describe(tide_routines *routines, const contents *of) {
    uint64_t bytes = (uint64_t)of->name_bytes + of->file_bytes + of->line_table_bytes;
    uint32_t words = HEAD_WORDS + (uint32_t)((bytes + 7) / 8);
    uint64_t *record = tide_log_begin(routines->book, TIDE_LOG_ROUTINE, words, routines->count);
    if (!record)
        return false;
    record[1] = of->first_line | (uint64_t)of->name_bytes << 32;
    record[2] = of->file_bytes | (uint64_t)of->line_table_bytes << 32;
    char *to = (char *)&record[HEAD_WORDS];
    memcpy(to, of->name, of->name_bytes);
    memcpy(to + of->name_bytes, of->file, of->file_bytes);
    memcpy(to + of->name_bytes + of->file_bytes, of->line_table, of->line_table_bytes);
    tide_log_commit(routines->book, words);
    return true;
}

static bool ends_with(const char *text, uint32_t bytes, const char *end) {
    size_t length = strlen(end);
    return bytes >= length && !memcmp(text + bytes - length, end, length);
}

static bool is_thread_entry(const contents *of) {
    static const char entry[] = "Thread._bootstrap";
    return of->name_bytes == sizeof entry - 1 && ends_with(of->name, of->name_bytes, entry) &&
           ends_with(of->file, of->file_bytes, "threading.py");
}

static uint32_t number_of(tide_routines *routines, const contents *of) {
    uint64_t hash = hash_contents(of);
    if (!ids_reserve(routines))
        return TIDE_ROUTINE_NONE;
    uint64_t *word = ids_find(routines->ids, routines->id_bits, hash);
    if (*word)
        return *word & TIDE_ROUTINE_NONE;
    if (routines->count >= TIDE_ROUTINE_NONE || !describe(routines, of))
        return TIDE_ROUTINE_NONE;
    *word = (hash & ~(uint64_t)TIDE_ROUTINE_NONE) | routines->count;
    if (is_thread_entry(of))
        routines->thread_entry_plus_one = routines->count + 1;
    return routines->count++;
}

/* ---- the cache */
static void remember(tide_routines *routines, uintptr_t code, uint32_t routine) {
    uint64_t *set = tide_routine_set(routines, code);
    int way = 0;
    while (way < TIDE_ROUTINE_WAYS && set[way])
        way++;
    if (way == TIDE_ROUTINE_WAYS)
        way = (int)(routines->next_victim++ % TIDE_ROUTINE_WAYS);
    __atomic_store_n(&set[way], (uint64_t)code >> 4 << TIDE_ROUTINE_BITS | routine, __ATOMIC_RELAXED);
}

uint32_t tide_routines_miss(tide_routines *routines, const tide_python_layout *layout, uintptr_t code) {
    static const contents unknown = {
        .name = "[unknown function]", .name_bytes = 18, .file = "", .line_table = ""};
    contents found = unknown;
    const void *object = (const void *)code;
    uint32_t routine = TIDE_ROUTINE_NONE;
    tide_spin_lock(routines->lock);
    if (is_code(routines, object)) {
        bool dies = is_dying(object);
        if (dies || read_contents(routines, layout, object, &found))
            routine = number_of(routines, &found);
        if (!dies)
            remember(routines, code, routine);
    }
    tide_spin_unlock(routines->lock);
    return routine;
}
