#include "residency/chunks.h"
#include "proc/memory.h"
#include "proc/pagemap.h"
#include <errno.h>
#include <unistd.h>

static const uint64_t HEAP_BYTES = 64 << 20; /* HEAP_MAX_SIZE: malloc/arena.c */
enum {
    HEAP_INFO_BYTES = 48,      /* struct _heap_info */
    MALLOC_STATE_BYTES = 2200, /* struct malloc_state, since glibc 2.27 */
    CHUNK_HEADER_BYTES = 16,
    CHUNK_ALIGN = 16,
    PREV_IN_USE = 1,
    FLAGS = 7,
    WINDOW_BYTES = 64 << 10,
};

struct reader {
    int memory_fd, pagemap_fd;
    uint64_t start, end; /* of the process's memory that `window` has */
    uint8_t window[WINDOW_BYTES];
};

static bool is_there(const struct reader *reader, uint64_t address) {
    uint64_t page;
    return tide_proc_pagemap_read(reader->pagemap_fd, address, &page, 1) == 0 &&
           (tide_proc_page_is_present(page) || tide_proc_page_is_swapped(page));
}

/* As many pages as are there from this one on: others are not touched. */
static bool load(struct reader *reader, uint64_t address) {
    enum { PAGES = WINDOW_BYTES / TIDE_PROC_PAGE_BYTES };
    uint64_t pages[PAGES], start = address / TIDE_PROC_PAGE_BYTES * TIDE_PROC_PAGE_BYTES;
    size_t count = 0;
    if (tide_proc_pagemap_read(reader->pagemap_fd, start, pages, PAGES) != 0)
        return false;
    while (count < PAGES && tide_proc_page_is_present(pages[count]))
        count++;
    count += count == 0 && is_there(reader, address); /* in swap: this one alone */
    if (!count ||
        tide_proc_memory_read(reader->memory_fd, start, reader->window, count * TIDE_PROC_PAGE_BYTES) != 0)
        return false;
    reader->start = start;
    reader->end = start + count * TIDE_PROC_PAGE_BYTES;
    return true;
}

static bool read_word(struct reader *reader, uint64_t address, uint64_t *ret) {
    bool is_loaded = address >= reader->start && address + sizeof *ret <= reader->end;
    if (!is_loaded && !load(reader, address))
        return false;
    memcpy(ret, reader->window + (address - reader->start), sizeof *ret);
    return true;
}

/* ---- one heap */

static unsigned class_of(uint64_t bytes) {
    unsigned class = 64 - (unsigned)__builtin_clzll(bytes);
    return class < TIDE_CHUNK_CLASSES ? class : TIDE_CHUNK_CLASSES - 1;
}

static void count_chunk(tide_chunks *chunks, uint64_t bytes, bool is_used, bool is_top) {
    if (is_top)
        chunks->top_bytes += bytes;
    else if (is_used) {
        chunks->used_bytes += bytes;
        chunks->used_count++;
    } else {
        chunks->free_bytes += bytes;
        chunks->free_count++;
        chunks->class_count[class_of(bytes)]++;
        chunks->class_bytes[class_of(bytes)] += bytes;
    }
    if ((is_top || !is_used) && bytes > chunks->largest_free_bytes)
        chunks->largest_free_bytes = bytes;
}

/* A heap that an arena has left for another one ends with a chunk of size 0 (sysmalloc). */
static void walk(tide_chunk_heap *heap, struct reader *reader, uint64_t at) {
    uint64_t word, next_word = 0;
    if (!read_word(reader, at + sizeof word, &word))
        return;
    for (;;) {
        uint64_t bytes = word & ~(uint64_t)FLAGS, next = at + bytes;
        if (bytes == 0 || next == heap->end) {
            count_chunk(&heap->chunks, bytes, false, true);
            heap->is_whole = true;
            return;
        }
        if (bytes < CHUNK_ALIGN || bytes % CHUNK_ALIGN || next + CHUNK_HEADER_BYTES > heap->end ||
            !read_word(reader, next + sizeof word, &next_word))
            return;
        count_chunk(&heap->chunks, bytes, next_word & PREV_IN_USE, false);
        at = next;
        word = next_word;
    }
}

/* ---- all heaps */

static void add_heap(tide_chunk_heaps *heaps, struct reader *reader, tide_category category, uint64_t start,
                     uint64_t end) {
    tide_chunk_heap heap = {
        .category = category, .start = start, .end = end, .chunks.size_bytes = end - start};
    uint64_t first = start;
    if (category == TIDE_CATEGORY_ARENA && read_word(reader, start, &heap.arena)) {
        bool is_first = heap.arena == start + HEAP_INFO_BYTES;
        first += HEAP_INFO_BYTES + (is_first ? MALLOC_STATE_BYTES : 0);
        first = (first + CHUNK_ALIGN - 1) / CHUNK_ALIGN * CHUNK_ALIGN;
    }
    reader->start = reader->end = 0;
    walk(&heap, reader, first);
    *tide_vec_push(&heaps->list) = heap;
}

static void take_part(tide_chunk_heaps *heaps, struct reader *reader, const tide_part *part) {
    if (part->category == TIDE_CATEGORY_LARGE_BLOCK) {
        heaps->large_bytes += part->end - part->start;
        heaps->large_count++;
    } else if (part->category == TIDE_CATEGORY_BRK_HEAP)
        add_heap(heaps, reader, part->category, part->start, part->end);
    else if (part->category == TIDE_CATEGORY_ARENA)
        for (uint64_t at = part->start; at < part->end; at += HEAP_BYTES)
            add_heap(heaps, reader, part->category, at,
                     at + HEAP_BYTES < part->end ? at + HEAP_BYTES : part->end);
}

static void add_up(tide_chunk_heaps *heaps) {
    uint64_t *to = (void *)&heaps->sum, largest_bytes = 0;
    for (size_t i = 0; i < heaps->list.count; i++) {
        const tide_chunks *chunks = &heaps->list.at[i].chunks;
        const uint64_t *from = (const void *)chunks;
        for (size_t k = 0; k < sizeof heaps->sum / sizeof *to; k++)
            to[k] += from[k];
        if (chunks->largest_free_bytes > largest_bytes)
            largest_bytes = chunks->largest_free_bytes;
    }
    heaps->sum.largest_free_bytes = largest_bytes;
}

int tide_chunks_read(tide_chunk_heaps *ret, const tide_account *account) {
    struct reader reader = {.memory_fd = tide_proc_memory_open(account->pid),
                            .pagemap_fd = tide_proc_pagemap_open(account->pid)};
    int failed = reader.memory_fd < 0 ? reader.memory_fd : reader.pagemap_fd < 0 ? reader.pagemap_fd : 0;
    for (size_t i = 0; i < account->parts.count && !failed; i++)
        take_part(ret, &reader, &account->parts.at[i]);
    add_up(ret);
    if (reader.memory_fd >= 0)
        close(reader.memory_fd);
    if (reader.pagemap_fd >= 0)
        close(reader.pagemap_fd);
    return failed;
}

void tide_chunk_heaps_free(tide_chunk_heaps *heaps) {
    tide_vec_free(&heaps->list);
    *heaps = (tide_chunk_heaps){0};
}
