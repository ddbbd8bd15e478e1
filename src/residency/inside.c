#include "residency/inside.h"
#include "proc/pagemap.h"
#include <errno.h>
#include <unistd.h>

enum { PAGE_BYTES = TIDE_PROC_PAGE_BYTES };
/* glibc: a chunk begins with 16 bytes of header, of which the first 8 belong to the block before. So a block has what
 * begins 8 bytes before it; a free chunk keeps 48 bytes of its own, and the top of a heap 33. */
enum {
    CHUNK_HEADER_BYTES = 8,
    CHUNK_ALIGN = 16,
    CHUNK_MIN_BYTES = 32,
    FREE_HEADER_BYTES = 48 - 8,
    TOP_BYTES = 33 - 8
};

/* One allocator's mapping while it is walked, page by page. */
struct walk {
    tide_inside *inside;
    const tide_blocks *blocks;
    tide_category category; /* of the part */
    uint64_t start, end;    /* of the part */
    size_t first;           /* the first block that may reach to this page or beyond */
    uint64_t gap_start;     /* where the memory ends that blocks before `first` have */
    tide_inside_sum sum, mapped;
};

static uint64_t min(uint64_t left, uint64_t right) {
    return left < right ? left : right;
}

static uint64_t overlap(uint64_t start, uint64_t end, uint64_t page) {
    uint64_t from = start > page ? start : page, to = min(end, page + PAGE_BYTES);
    return from < to ? to - from : 0;
}

/* ---- what a block has of memory: in glibc's mappings its chunk, with header and rounding */

static bool is_glibc(tide_category category) {
    return category == TIDE_CATEGORY_BRK_HEAP || category == TIDE_CATEGORY_ARENA ||
           category == TIDE_CATEGORY_LARGE_BLOCK;
}

static uint64_t extent_start(const struct walk *walk, const tide_block *block) {
    if (block->is_mapping || !is_glibc(walk->category))
        return block->address;
    return walk->category == TIDE_CATEGORY_LARGE_BLOCK ? block->address / PAGE_BYTES * PAGE_BYTES
                                                       : block->address - CHUNK_HEADER_BYTES;
}

static uint64_t extent_end(const struct walk *walk, const tide_block *block) {
    uint64_t end = block->address + block->bytes;
    if (block->is_mapping || !is_glibc(walk->category))
        return end;
    if (walk->category == TIDE_CATEGORY_LARGE_BLOCK)
        return (end + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    uint64_t bytes = (block->bytes + sizeof(uint64_t) + CHUNK_ALIGN - 1) / CHUNK_ALIGN * CHUNK_ALIGN;
    bytes = bytes < CHUNK_MIN_BYTES ? CHUNK_MIN_BYTES : bytes;
    return block->address - CHUNK_HEADER_BYTES + bytes;
}

static bool is_within(const struct walk *walk, const tide_block *block) {
    return block->address < walk->end && block->address + block->bytes > walk->start;
}

static tide_inside_site *site_of(const struct walk *walk, const tide_block *block) {
    size_t last = walk->inside->sites.count - 1; /* of all that are not named */
    return &walk->inside->sites.at[block->site < last ? block->site : last];
}

/* ---- one page */

/* Charge what of the page is the block's. Returns how much it takes of the page, header included. */
static uint64_t charge_block(struct walk *walk, const tide_block *block, uint64_t page, uint64_t word) {
    tide_inside_sum *sum = block->is_mapping ? &walk->mapped : &walk->sum;
    tide_inside_site *site = site_of(walk, block);
    uint64_t bytes = overlap(block->address, block->address + block->bytes, page);
    if (tide_proc_page_is_present(word)) {
        sum->blocks_resident_bytes += bytes;
        site->resident_bytes += bytes;
    } else if (tide_proc_page_is_swapped(word)) {
        sum->swapped_bytes += bytes;
        site->swapped_bytes += bytes;
    } else {
        sum->untouched_bytes += bytes;
        site->untouched_bytes += bytes;
    }
    uint64_t taken = overlap(extent_start(walk, block), extent_end(walk, block), page);
    if (tide_proc_page_is_present(word) && !block->is_mapping)
        sum->overhead_bytes += taken - min(bytes, taken);
    return taken;
}

/* Whoever is on the page pins what is free on it, by his share. */
static void charge_pinned(struct walk *walk, uint64_t page, uint64_t free_bytes, uint64_t taken_bytes) {
    uint64_t before = 0;
    walk->sum.pinned_bytes += free_bytes;
    for (size_t i = walk->first; i < walk->blocks->count; i++) {
        const tide_block *block = &walk->blocks->at[i];
        if (extent_start(walk, block) >= page + PAGE_BYTES)
            return;
        uint64_t after = before + overlap(extent_start(walk, block), extent_end(walk, block), page);
        site_of(walk, block)->pinned_bytes +=
            free_bytes * after / taken_bytes - free_bytes * before / taken_bytes;
        before = after;
    }
}

/* Nobody's page, in the gap between two blocks: would malloc_trim give it back? A free chunk's header stays; the top of
 * brk's heap goes down to its last page, the tops of other arenas stay. */
static bool is_trimmable(const struct walk *walk, uint64_t page) {
    const tide_block *next = walk->first < walk->blocks->count ? &walk->blocks->at[walk->first] : NULL;
    bool is_top = !next || extent_start(walk, next) >= walk->end;
    if (!is_glibc(walk->category) || (is_top && walk->category != TIDE_CATEGORY_BRK_HEAP))
        return false;
    return page >= walk->gap_start + (is_top ? TOP_BYTES : FREE_HEADER_BYTES);
}

static void walk_page(struct walk *walk, uint64_t page, uint64_t word) {
    const tide_blocks *blocks = walk->blocks;
    uint64_t taken = 0, mapped = 0;
    while (walk->first < blocks->count && extent_end(walk, &blocks->at[walk->first]) <= page) {
        walk->gap_start = extent_end(walk, &blocks->at[walk->first]);
        walk->first++;
    }
    for (size_t i = walk->first; i < blocks->count; i++) {
        if (extent_start(walk, &blocks->at[i]) >= page + PAGE_BYTES)
            break;
        uint64_t bytes = charge_block(walk, &blocks->at[i], page, word);
        taken += bytes;
        mapped += blocks->at[i].is_mapping ? bytes : 0;
    }
    if (!tide_proc_page_is_present(word))
        return;
    walk->mapped.resident_bytes += min(mapped, PAGE_BYTES);
    if (mapped >= PAGE_BYTES)
        return;
    walk->sum.resident_bytes += PAGE_BYTES - mapped;
    if (taken >= PAGE_BYTES)
        return;
    if (taken)
        charge_pinned(walk, page, PAGE_BYTES - taken, taken);
    else if (is_trimmable(walk, page))
        walk->sum.trimmable_bytes += PAGE_BYTES;
    else
        walk->sum.kept_bytes += PAGE_BYTES;
}

/* ---- one part */

static size_t first_block_of(const struct walk *walk) {
    size_t low = 0, high = walk->blocks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (extent_end(walk, &walk->blocks->at[middle]) <= walk->start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void count_blocks(struct walk *walk) {
    for (size_t i = walk->first; i < walk->blocks->count && is_within(walk, &walk->blocks->at[i]); i++) {
        const tide_block *block = &walk->blocks->at[i];
        tide_inside_sum *sum = block->is_mapping ? &walk->mapped : &walk->sum;
        uint64_t start = block->address > walk->start ? block->address : walk->start;
        sum->requested_bytes += min(block->address + block->bytes, walk->end) - start;
        sum->requested_blocks += block->address >= walk->start;
    }
}

static void note_run(tide_inside *inside, uint64_t page) {
    tide_run *last = inside->runs.count ? &inside->runs.at[inside->runs.count - 1] : NULL;
    if (last && last->end == page)
        last->end += PAGE_BYTES;
    else
        *tide_vec_push(&inside->runs) = (tide_run){page, page + PAGE_BYTES};
}

static int walk_pages(struct walk *walk, int pagemap_fd) {
    uint64_t words[TIDE_PROC_PAGES_AT_ONCE];
    for (uint64_t at = walk->start; at < walk->end;) {
        size_t count = min((walk->end - at) / PAGE_BYTES, TIDE_PROC_PAGES_AT_ONCE);
        int failed = tide_proc_pagemap_read(pagemap_fd, at, words, count);
        if (failed)
            return failed;
        for (size_t i = 0; i < count; i++) {
            walk_page(walk, at + i * PAGE_BYTES, words[i]);
            if (tide_proc_page_is_present(words[i]))
                note_run(walk->inside, at + i * PAGE_BYTES);
        }
        at += count * PAGE_BYTES;
    }
    return 0;
}

static void add(tide_inside_sum *sum, const tide_inside_sum *one) {
    uint64_t *to = (void *)sum;
    const uint64_t *from = (const void *)one;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += from[i];
}

/* What of a mapping neither is a block nor an allocator's: when no block of the heap is in it, nobody knows of it. */
static void keep_arena(struct walk *walk) {
    bool is_heap = walk->sum.requested_bytes || is_glibc(walk->category);
    add(&walk->inside->mapped, &walk->mapped);
    if (!is_heap) {
        walk->inside->untracked_bytes += walk->sum.resident_bytes;
        return;
    }
    walk->sum.size_bytes = walk->end - walk->start - walk->mapped.requested_bytes;
    add(&walk->inside->heap, &walk->sum);
    *tide_vec_push(&walk->inside->arenas) =
        (tide_inside_arena){walk->category, walk->start, walk->end, walk->sum};
}

static bool may_have_blocks(tide_category category) {
    return is_glibc(category) || category == TIDE_CATEGORY_ANONYMOUS || category == TIDE_CATEGORY_GENERATED ||
           category == TIDE_CATEGORY_SHARED_MEMORY || category == TIDE_CATEGORY_MEMFD ||
           category == TIDE_CATEGORY_FILE;
}

static int walk_part(tide_inside *inside, const tide_part *part, const tide_blocks *blocks, int pagemap_fd) {
    struct walk walk = {.inside = inside,
                        .blocks = blocks,
                        .category = part->category,
                        .start = part->start,
                        .end = part->end,
                        .gap_start = part->start};
    if (part->end - part->start !=
        part->size_bytes) /* a file's pages and written ones: the same range twice */
        return 0;
    walk.first = first_block_of(&walk);
    count_blocks(&walk);
    int failed = walk_pages(&walk, pagemap_fd);
    if (!failed)
        keep_arena(&walk);
    return failed;
}

/* ---- all */

static void count_requested(tide_inside *inside, const tide_blocks *blocks) {
    size_t last = inside->sites.count - 1;
    for (size_t i = 0; i < blocks->count; i++) {
        tide_inside_site *site = &inside->sites.at[min(blocks->at[i].site, last)];
        site->requested_bytes += blocks->at[i].bytes;
        site->requested_blocks++;
    }
}

int tide_inside_read(tide_inside *ret, const tide_account *account, const tide_blocks *blocks,
                     size_t sites_count) {
    int fd = tide_proc_pagemap_open(account->pid);
    if (fd < 0)
        return fd;
    (void)tide_vec_extend(&ret->sites, sites_count + 1);
    count_requested(ret, blocks);
    int failed = 0;
    for (size_t i = 0; i < account->parts.count && !failed; i++)
        if (may_have_blocks(account->parts.at[i].category))
            failed = walk_part(ret, &account->parts.at[i], blocks, fd);
    close(fd);
    return failed;
}

void tide_inside_free(tide_inside *inside) {
    tide_vec_free(&inside->sites);
    tide_vec_free(&inside->arenas);
    tide_vec_free(&inside->runs);
    *inside = (tide_inside){0};
}
