#include "proc/pagemap.h"
#include "residency/pieces.h"

/* How much of a mapping a part has, in pages; what is not by pages is known only of the mapping as a whole. */
struct weight {
    uint64_t present, exclusive, shared, anonymous, swapped;
};

__extension__ typedef unsigned __int128 wide;

/* What part `weight` of `sum` has of `total`, when those before it had `before`: nothing is lost by rounding. */
static uint64_t portion(uint64_t total, uint64_t before, uint64_t weight, uint64_t sum) {
    return (uint64_t)((wide)total * (before + weight) / sum) - (uint64_t)((wide)total * before / sum);
}

/* ---- counting pages */

static void count_page(struct weight *file, struct weight *anonymous, uint64_t page) {
    struct weight *weight = tide_proc_page_is_file(page) ? file : anonymous;
    weight->swapped += tide_proc_page_is_swapped(page);
    if (!tide_proc_page_is_present(page))
        return;
    weight->present++;
    weight->exclusive += tide_proc_page_is_exclusive(page);
    weight->shared += !tide_proc_page_is_exclusive(page);
    weight->anonymous += weight == anonymous;
}

static bool count_pages(struct weight weights[2], const tide_piece *piece, int pagemap_fd) {
    uint64_t pages[TIDE_PROC_PAGES_AT_ONCE];
    for (uint64_t at = piece->start; at < piece->end;) {
        size_t count = (piece->end - at) / TIDE_PROC_PAGE_BYTES;
        if (count > TIDE_PROC_PAGES_AT_ONCE)
            count = TIDE_PROC_PAGES_AT_ONCE;
        if (tide_proc_pagemap_read(pagemap_fd, at, pages, count) != 0)
            return false;
        for (size_t i = 0; i < count; i++)
            count_page(&weights[0], &weights[1], pages[i]);
        at += count * TIDE_PROC_PAGE_BYTES;
    }
    return true;
}

/* Without pagemap: what is anonymous is known of the mapping; the rest goes by size. */
static void guess_pages(struct weight weights[2], const tide_piece *piece, const tide_proc_mapping *mapping) {
    uint64_t anonymous = mapping->usage.anonymous_bytes, all = mapping->usage.rss_bytes;
    uint64_t pages = (piece->end - piece->start) / TIDE_PROC_PAGE_BYTES;
    uint64_t anonymous_pages = all ? pages * anonymous / all : pages;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t count = i ? anonymous_pages : pages - anonymous_pages;
        weights[i] = (struct weight){count, count, count, i ? count : 0, count};
    }
}

/* ---- dividing */

enum { BY_PRESENT, BY_CLEAN, BY_DIRTY, BY_SHARED, BY_ANONYMOUS, BY_SWAPPED, RULES };
static const struct {
    size_t offset;
    unsigned rule;
} rules[] = {
    {offsetof(tide_proc_usage, rss_bytes), BY_PRESENT},
    {offsetof(tide_proc_usage, private_clean_bytes), BY_CLEAN},
    {offsetof(tide_proc_usage, private_dirty_bytes), BY_DIRTY},
    {offsetof(tide_proc_usage, shared_clean_bytes), BY_SHARED},
    {offsetof(tide_proc_usage, shared_dirty_bytes), BY_SHARED},
    {offsetof(tide_proc_usage, anonymous_bytes), BY_ANONYMOUS},
    {offsetof(tide_proc_usage, huge_bytes), BY_PRESENT},
    {offsetof(tide_proc_usage, lazy_free_bytes), BY_ANONYMOUS},
    {offsetof(tide_proc_usage, locked_bytes), BY_PRESENT},
    {offsetof(tide_proc_usage, ksm_bytes), BY_ANONYMOUS},
    {offsetof(tide_proc_usage, swap_bytes), BY_SWAPPED},
    {offsetof(tide_proc_usage, swap_pss_bytes), BY_SWAPPED},
    {offsetof(tide_proc_usage, private_hugetlb_bytes), BY_PRESENT},
    {offsetof(tide_proc_usage, shared_hugetlb_bytes), BY_PRESENT},
};

/* A private page of a file is clean, one that was written is anonymous, as long as there are any of the sort. */
static uint64_t weigh(const struct weight *weight, unsigned rule) {
    switch (rule) {
    case BY_CLEAN:
        return weight->anonymous ? 0 : weight->exclusive;
    case BY_DIRTY:
        return weight->anonymous ? weight->exclusive : 0;
    case BY_SHARED:
        return weight->shared;
    case BY_ANONYMOUS:
        return weight->anonymous;
    case BY_SWAPPED:
        return weight->swapped;
    default:
        return weight->present;
    }
}

static void divide_figure(tide_part *parts, const struct weight *weights, size_t count, uint64_t total_bytes,
                          size_t offset, unsigned rule) {
    uint64_t sum = 0, before = 0;
    for (size_t i = 0; i < count; i++)
        sum += weigh(&weights[i], rule);
    if (sum == 0 && rule != BY_PRESENT) {
        divide_figure(parts, weights, count, total_bytes, offset, BY_PRESENT);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t *figure_bytes = (uint64_t *)(void *)((char *)&parts[i].usage + offset);
        uint64_t part = sum ? weigh(&weights[i], rule) : i == 0;
        *figure_bytes = portion(total_bytes, before, part, sum ? sum : 1);
        before += part;
    }
}

/* What is private counts whole; what is left of PSS is that of the shared pages. */
static void divide_pss(tide_part *parts, const struct weight *weights, size_t count,
                       const tide_proc_usage *usage) {
    uint64_t private_bytes = usage->private_clean_bytes + usage->private_dirty_bytes;
    uint64_t shared_pss_bytes = usage->pss_bytes > private_bytes ? usage->pss_bytes - private_bytes : 0;
    divide_figure(parts, weights, count, shared_pss_bytes, offsetof(tide_proc_usage, pss_bytes), BY_SHARED);
    for (size_t i = 0; i < count; i++)
        parts[i].usage.pss_bytes += parts[i].usage.private_clean_bytes + parts[i].usage.private_dirty_bytes;
}

static bool is_uniform(const tide_proc_mapping *mapping, const tide_piece *piece) {
    uint64_t anonymous_bytes = mapping->usage.anonymous_bytes;
    return piece->file == piece->anonymous || anonymous_bytes == 0 ||
           anonymous_bytes == mapping->usage.rss_bytes;
}

static void add_part(tide_account *account, uint32_t mapping, const tide_piece *piece, tide_category category,
                     uint64_t size_bytes) {
    *tide_vec_push(&account->parts) = (tide_part){.category = category,
                                                  .mapping = mapping,
                                                  .start = piece->start,
                                                  .end = piece->end,
                                                  .size_bytes = size_bytes};
}

static void split_nothing(tide_account *account, uint32_t index, const tide_piece *piece) {
    const tide_proc_usage *usage = &account->mappings.list.at[index].usage;
    bool is_anonymous = usage->anonymous_bytes && usage->anonymous_bytes == usage->rss_bytes;
    add_part(account, index, piece, is_anonymous ? piece->anonymous : piece->file, piece->end - piece->start);
    account->parts.at[account->parts.count - 1].usage = *usage;
}

static void merge(struct weight *into, const struct weight *other) {
    uint64_t *to = (void *)into;
    const uint64_t *from = (const void *)other;
    for (size_t i = 0; i < sizeof *into / sizeof *to; i++)
        to[i] += from[i];
}

typedef TIDE_VEC(struct weight) weight_list;

/* One part for each piece, two when its file's pages and the others are of different categories. */
static void weigh_piece(weight_list *weights, tide_account *account, uint32_t index, const tide_piece *piece,
                        int pagemap_fd) {
    struct weight pair[2] = {{0}};
    uint64_t size_bytes = piece->end - piece->start;
    if (pagemap_fd < 0 || !count_pages(pair, piece, pagemap_fd))
        guess_pages(pair, piece, &account->mappings.list.at[index]);
    if (piece->file == piece->anonymous) {
        merge(&pair[0], &pair[1]);
        add_part(account, index, piece, piece->file, size_bytes);
    } else {
        uint64_t written_bytes = (pair[1].present + pair[1].swapped) * TIDE_PROC_PAGE_BYTES;
        add_part(account, index, piece, piece->file, size_bytes - written_bytes);
        add_part(account, index, piece, piece->anonymous, written_bytes);
        *tide_vec_push(weights) = pair[0];
        pair[0] = pair[1];
    }
    *tide_vec_push(weights) = pair[0];
}

void tide_split(tide_account *account, uint32_t index, const tide_pieces *pieces, int pagemap_fd) {
    const tide_proc_usage *usage = &account->mappings.list.at[index].usage;
    if (!account->has_usage) {
        for (size_t i = 0; i < pieces->count; i++)
            split_nothing(account, index, &pieces->at[i]);
        return;
    }
    if (pieces->count == 1 && is_uniform(&account->mappings.list.at[index], &pieces->at[0])) {
        split_nothing(account, index, &pieces->at[0]);
        return;
    }
    weight_list weights = {0};
    size_t first = account->parts.count;
    for (size_t i = 0; i < pieces->count; i++)
        weigh_piece(&weights, account, index, &pieces->at[i], pagemap_fd);
    tide_part *parts = &account->parts.at[first];
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const uint64_t *total_bytes = (const void *)((const char *)usage + rules[i].offset);
        divide_figure(parts, weights.at, weights.count, *total_bytes, rules[i].offset, rules[i].rule);
    }
    divide_pss(parts, weights.at, weights.count, usage);
    tide_vec_free(&weights);
}
