#include "proc/memory.h"
#include "proc/pagemap.h"
#include "residency/pieces.h"

static const uint64_t ARENA_BYTES = 64 << 20; /* HEAP_MAX_SIZE: malloc/arena.c of glibc */
static const uint64_t GUARD_MAX_BYTES = 1 << 20;
enum { CHUNK_MAPPED = 2, CHUNK_FLAGS = 7 }; /* malloc/malloc.c */

static bool is_page_there(const tide_classifier *classifier, uint64_t address) {
    uint64_t page;
    return classifier->pagemap_fd >= 0 &&
           tide_proc_pagemap_read(classifier->pagemap_fd, address, &page, 1) == 0 &&
           tide_proc_page_is_present(page);
}

/* False: it may not be read, or is not in RAM, where reading would bring it. */
static bool read_words(const tide_classifier *classifier, uint64_t address, uint64_t *words, size_t count) {
    return classifier->memory_fd >= 0 && is_page_there(classifier, address) &&
           tide_proc_memory_read(classifier->memory_fd, address, words, count * sizeof *words) == 0;
}

static void add(tide_pieces *pieces, uint64_t start, uint64_t end, tide_category category) {
    if (start < end)
        *tide_vec_push(pieces) = (tide_piece){start, end, category, category};
}

/* The mapping before or after, when nothing lies between. */
static const tide_proc_mapping *neighbour(const tide_account *account, uint32_t index, int step) {
    const tide_proc_mapping *at = &account->mappings.list.at[index];
    if ((step < 0 && index == 0) || (step > 0 && index + 1 == account->mappings.list.count))
        return NULL;
    return (step < 0 ? at[-1].end == at->start : at[1].start == at->end) ? at + step : NULL;
}

static bool is_reserved(const tide_proc_mapping *mapping) {
    return mapping && !(mapping->protection & (TIDE_PROC_READ | TIDE_PROC_WRITE | TIDE_PROC_EXECUTE));
}

/* ---- bss: follows the writable pages of its file */

static uint64_t take_bss(tide_pieces *pieces, const tide_classifier *classifier, uint32_t index) {
    const tide_proc_mapping *mapping = &classifier->account->mappings.list.at[index];
    const tide_proc_mapping *before = neighbour(classifier->account, index, -1);
    uint32_t ignored;
    if (!before || !before->inode || !(before->protection & TIDE_PROC_WRITE) ||
        !tide_map_get(&classifier->program_files, before->inode ^ before->device << 44, &ignored))
        return mapping->start;
    uint64_t end = tide_bss_end(classifier->account, before);
    if (end > mapping->end || end < mapping->start)
        end = mapping->end;
    add(pieces, mapping->start, end, TIDE_CATEGORY_BSS);
    return end;
}

/* ---- stacks: above a guard */

static bool holds_stack_pointer(const tide_classifier *classifier, uint64_t start, uint64_t end) {
    for (size_t i = 0; i < classifier->threads.count; i++)
        if (classifier->threads.at[i].sp > start && classifier->threads.at[i].sp <= end)
            return true;
    return false;
}

static uint64_t take_stack(tide_pieces *pieces, const tide_classifier *classifier, uint32_t index,
                           uint64_t start) {
    const tide_proc_mapping *mapping = &classifier->account->mappings.list.at[index];
    const tide_proc_mapping *before = neighbour(classifier->account, index, -1);
    uint64_t limit_bytes = classifier->stack_limit_bytes, end = mapping->end;
    bool has_guard = is_reserved(before) && before->end - before->start <= GUARD_MAX_BYTES;
    if (start != mapping->start)
        return start;
    if (has_guard && limit_bytes && limit_bytes != UINT64_MAX)
        limit_bytes -= before->end - before->start;
    bool is_of_usual_size = has_guard && end - start >= limit_bytes && limit_bytes;
    if (is_of_usual_size &&
        (end - start == limit_bytes || holds_stack_pointer(classifier, start, start + limit_bytes)))
        end = start + limit_bytes;
    else if (!holds_stack_pointer(classifier, start, end))
        return start;
    add(pieces, start, end, TIDE_CATEGORY_THREAD_STACK);
    return end;
}

/* ---- arenas: at 64 MiB × n, the rest of the 64 MiB reserved */

/* heap_info of glibc begins the arena; its fourth word is how much of it may be written. Only the shape is left when it
 * cannot be read. */
static bool is_arena(const tide_classifier *classifier, uint64_t start, uint64_t end) {
    uint64_t words[4];
    if (!read_words(classifier, start, words, 4))
        return true;
    return words[3] == end - start && words[2] <= words[3] && words[0] % 16 == 0;
}

/* Where the arena at the end of the mapping begins, its end when there is none. */
static uint64_t find_arena(const tide_classifier *classifier, uint32_t index) {
    const tide_proc_mapping *mapping = &classifier->account->mappings.list.at[index];
    const tide_proc_mapping *after = neighbour(classifier->account, index, 1);
    uint64_t start = (mapping->end - 1) / ARENA_BYTES * ARENA_BYTES;
    bool is_full = mapping->end == start + ARENA_BYTES;
    bool is_reserved_after = is_reserved(after) && after->end >= start + ARENA_BYTES;
    if (start < mapping->start || (!is_full && !is_reserved_after) ||
        !(mapping->protection & TIDE_PROC_WRITE) || !is_arena(classifier, start, mapping->end))
        return mapping->end;
    while (start >= mapping->start + ARENA_BYTES && is_arena(classifier, start - ARENA_BYTES, start))
        start -= ARENA_BYTES;
    return start;
}

/* ---- large blocks: a header of two words, the size and a flag in the second */

static uint64_t block_bytes(const tide_classifier *classifier, uint64_t at, uint64_t end) {
    uint64_t words[2];
    if (end - at < TIDE_PROC_PAGE_BYTES || !read_words(classifier, at, words, 2))
        return 0;
    uint64_t bytes = words[1] & ~(uint64_t)CHUNK_FLAGS;
    bool is_block = words[0] == 0 && (words[1] & CHUNK_FLAGS) == CHUNK_MAPPED && bytes &&
                    bytes % TIDE_PROC_PAGE_BYTES == 0 && bytes <= end - at;
    return is_block ? bytes : 0;
}

/* madvise of a part of it (numpy asks for huge pages) makes several mappings of one block. */
static uint64_t end_of_neighbours(const tide_account *account, uint32_t index) {
    const tide_proc_mapping *mapping = &account->mappings.list.at[index], *next;
    while ((next = neighbour(account, index, 1)) && !next->inode && !next->path &&
           next->protection == mapping->protection)
        index++;
    return account->mappings.list.at[index].end;
}

static uint64_t take_large_blocks(tide_pieces *pieces, tide_classifier *classifier, uint32_t index,
                                  uint64_t at, uint64_t end) {
    uint64_t furthest = end == classifier->account->mappings.list.at[index].end
                            ? end_of_neighbours(classifier->account, index)
                            : end;
    if (at < classifier->large_end) {
        uint64_t rest_end = classifier->large_end < end ? classifier->large_end : end;
        add(pieces, at, rest_end, TIDE_CATEGORY_LARGE_BLOCK);
        at = rest_end;
    }
    for (uint64_t bytes; at < end && (bytes = block_bytes(classifier, at, furthest));) {
        classifier->large_end = at + bytes;
        add(pieces, at, at + bytes < end ? at + bytes : end, TIDE_CATEGORY_LARGE_BLOCK);
        at = at + bytes < end ? at + bytes : end;
    }
    return at;
}

void tide_classify_anonymous(tide_pieces *pieces, tide_classifier *classifier, uint32_t index) {
    const tide_proc_mapping *mapping = &classifier->account->mappings.list.at[index];
    uint64_t at = take_bss(pieces, classifier, index);
    uint64_t arena = find_arena(classifier, index);
    if (arena == mapping->end)
        at = take_stack(pieces, classifier, index, at);
    if (mapping->protection & TIDE_PROC_WRITE)
        at = take_large_blocks(pieces, classifier, index, at, arena);
    add(pieces, at, arena, TIDE_CATEGORY_ANONYMOUS);
    add(pieces, arena > at ? arena : at, mapping->end, TIDE_CATEGORY_ARENA);
}
