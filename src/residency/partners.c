#include "residency/partners.h"
#include "proc/address_space.h"
#include "proc/listing.h"
#include "proc/pagemap.h"
#include <errno.h>
#include <unistd.h>

enum { NO_RANGE = UINT32_MAX };

/* A mapping of the target that has pages which others map, too. */
struct range {
    const tide_proc_mapping *mapping;
    uint32_t file;       /* of found.files */
    uint32_t next;       /* another one of the same file; NO_RANGE: none */
    uint64_t first_page; /* of `pages` */
};

struct search {
    const tide_account *account;
    tide_partners *found;
    TIDE_VEC(struct range) ranges; /* by address */
    tide_map range_of_file;        /* device, inode → the first of its ranges */
    TIDE_VEC(uint64_t) pages;
    TIDE_VEC(uint32_t) page_partner; /* per page: 1 + the partner counted last; 0: none yet */
    TIDE_VEC(uint32_t) file_partner; /* per file, the same */
};

static uint64_t page_count(const tide_proc_mapping *mapping) {
    return (mapping->end - mapping->start) / TIDE_PROC_PAGE_BYTES;
}

static uint64_t file_key(const tide_proc_mapping *mapping) {
    return mapping->inode ^ mapping->device << 44;
}

static bool is_shared(uint64_t page) {
    return tide_proc_page_is_present(page) && !tide_proc_page_is_exclusive(page);
}

/* ---- the target */

static uint32_t file_of(struct search *search, uint32_t path) {
    for (uint32_t i = 0; i < search->found->files.count; i++)
        if (search->found->files.at[i].path == path)
            return i;
    tide_vec_push(&search->found->files)->path = path;
    tide_vec_push(&search->file_partner);
    return (uint32_t)search->found->files.count - 1;
}

static int add_range(struct search *search, const tide_proc_mapping *mapping, int pagemap_fd) {
    const tide_proc_usage *usage = &mapping->usage;
    const char *path = tide_strings_get(&search->account->mappings.names, mapping->path);
    if (usage->shared_clean_bytes + usage->shared_dirty_bytes == 0 ||
        strcmp(path, "[vdso]") == 0) /* the kernel's own, in every process */
        return 0;
    uint64_t first_page = search->pages.count, count = page_count(mapping);
    bool is_new;
    uint32_t number = (uint32_t)search->ranges.count, next = NO_RANGE;
    if (mapping->inode) {
        next = tide_map_put(&search->range_of_file, file_key(mapping), NO_RANGE, &is_new);
        tide_map_set(&search->range_of_file, file_key(mapping), number);
    }
    *tide_vec_push(&search->ranges) =
        (struct range){mapping, file_of(search, mapping->inode ? mapping->path : 0), next, first_page};
    (void)tide_vec_extend(&search->page_partner, count);
    return tide_proc_pagemap_read(pagemap_fd, mapping->start, tide_vec_extend(&search->pages, count), count);
}

static int read_target(struct search *search) {
    int fd = tide_proc_pagemap_open(search->account->pid);
    int failed = fd < 0 ? fd : 0;
    for (size_t i = 0; i < search->account->mappings.list.count && !failed; i++)
        failed = add_range(search, &search->account->mappings.list.at[i], fd);
    for (size_t i = 0; i < search->pages.count; i++)
        search->found->by_frame |= tide_proc_page_frame(search->pages.at[i]) != 0;
    if (fd >= 0)
        close(fd);
    return failed;
}

/* ---- one other process */

struct other {
    pid_t pid;
    bool is_relative;
    int pagemap_fd;
    uint32_t number; /* 1 + index in found.list */
    tide_partner partner;
};

static bool is_same_page(const struct search *search, const struct other *other, uint64_t page,
                         uint64_t others_page) {
    if (!is_shared(page) || !is_shared(others_page))
        return false;
    if (search->found->by_frame)
        return tide_proc_page_frame(page) == tide_proc_page_frame(others_page);
    if (tide_proc_page_is_file(page))
        return tide_proc_page_is_file(others_page);
    return !tide_proc_page_is_file(others_page) && other->is_relative;
}

/* A page that is mapped twice counts once. */
static void count_page(struct search *search, struct other *other, const struct range *range, uint64_t page) {
    tide_shared_file *file = &search->found->files.at[range->file];
    bool is_file = tide_proc_page_is_file(search->pages.at[page]);
    if (search->page_partner.at[page] == other->number)
        return;
    search->page_partner.at[page] = other->number;
    *(is_file ? &other->partner.file_bytes : &other->partner.anonymous_bytes) += TIDE_PROC_PAGE_BYTES;
    file->partners_count += search->file_partner.at[range->file] != other->number;
    search->file_partner.at[range->file] = other->number;
}

/* `count` pages from `page` of the search on, and from `address` on in the other process. */
static void compare_pages(struct search *search, struct other *other, const struct range *range,
                          uint64_t page, uint64_t address, uint64_t count) {
    uint64_t others_pages[TIDE_PROC_PAGES_AT_ONCE];
    while (count) {
        size_t now = count < TIDE_PROC_PAGES_AT_ONCE ? count : TIDE_PROC_PAGES_AT_ONCE;
        if (tide_proc_pagemap_read(other->pagemap_fd, address, others_pages, now) != 0)
            return;
        for (size_t i = 0; i < now; i++)
            if (is_same_page(search, other, search->pages.at[page + i], others_pages[i]))
                count_page(search, other, range, page + i);
        page += now;
        address += now * TIDE_PROC_PAGE_BYTES;
        count -= now;
    }
}

/* Where the two overlap: by place in the file, or by address in memory without one. */
static void compare(struct search *search, struct other *other, const struct range *range,
                    const tide_proc_mapping *theirs) {
    const tide_proc_mapping *ours = range->mapping;
    uint64_t our_place = ours->inode ? ours->offset_bytes : ours->start;
    uint64_t their_place = ours->inode ? theirs->offset_bytes : theirs->start;
    uint64_t start = our_place > their_place ? our_place : their_place;
    uint64_t our_end = our_place + (ours->end - ours->start);
    uint64_t their_end = their_place + (theirs->end - theirs->start);
    uint64_t end = our_end < their_end ? our_end : their_end;
    if (start < end)
        compare_pages(search, other, range, range->first_page + (start - our_place) / TIDE_PROC_PAGE_BYTES,
                      theirs->start + (start - their_place), (end - start) / TIDE_PROC_PAGE_BYTES);
}

/* Both lists are by address: `from` is the first range without a file that may still meet what comes. */
static void compare_anonymous(struct search *search, struct other *other, const tide_proc_mapping *theirs,
                              size_t *from) {
    while (*from < search->ranges.count && search->ranges.at[*from].mapping->end <= theirs->start)
        ++*from;
    for (size_t i = *from; i < search->ranges.count && search->ranges.at[i].mapping->start < theirs->end; i++)
        if (!search->ranges.at[i].mapping->inode)
            compare(search, other, &search->ranges.at[i], theirs);
}

static void compare_file(struct search *search, struct other *other, const tide_proc_mapping *theirs) {
    uint32_t at;
    if (!tide_map_get(&search->range_of_file, file_key(theirs), &at))
        return;
    for (; at < search->ranges.count; at = search->ranges.at[at].next)
        compare(search, other, &search->ranges.at[at], theirs);
}

static void compare_all(struct search *search, struct other *other) {
    tide_proc_mappings theirs = {0};
    size_t from = 0;
    if (tide_proc_mappings_read(&theirs, other->pid, false) == 0)
        for (size_t i = 0; i < theirs.list.count; i++) {
            if (theirs.list.at[i].inode)
                compare_file(search, other, &theirs.list.at[i]);
            else if (other->is_relative)
                compare_anonymous(search, other, &theirs.list.at[i], &from);
        }
    tide_proc_mappings_free(&theirs);
}

static bool has_same_space(pid_t pid, pid_t other) {
    int order;
    return tide_proc_address_space_compare(pid, other, &order) == 0 && order == 0;
}

static void look_at(struct search *search, pid_t pid) {
    const tide_proc_layout *layout = &search->account->stat.layout;
    tide_proc_stat stat;
    if (pid == search->account->pid || tide_proc_stat_read(pid, &stat) != 0 || stat.is_kernel_thread ||
        stat.state == 'Z' || has_same_space(search->account->pid, pid))
        return;
    struct other other = {.pid = pid,
                          .pagemap_fd = tide_proc_pagemap_open(pid),
                          .number = (uint32_t)search->found->list.count + 1,
                          .is_relative = layout->code && stat.layout.code == layout->code &&
                                         stat.layout.stack == layout->stack};
    if (other.pagemap_fd < 0) {
        search->found->denied_count += other.pagemap_fd != -ESRCH;
        return;
    }
    compare_all(search, &other);
    close(other.pagemap_fd);
    other.partner.pid = pid;
    other.partner.is_relative = other.is_relative;
    memcpy(other.partner.comm, stat.comm, sizeof stat.comm);
    if (other.partner.anonymous_bytes + other.partner.file_bytes)
        *tide_vec_push(&search->found->list) = other.partner;
}

/* ---- all */

static void add_up(struct search *search) {
    tide_partners *found = search->found;
    for (size_t i = 0; i < search->ranges.count; i++) {
        const struct range *range = &search->ranges.at[i];
        uint64_t end = range->first_page + page_count(range->mapping);
        for (uint64_t page = range->first_page; page < end; page++) {
            bool is_one = is_shared(search->pages.at[page]);
            found->shared_bytes += is_one ? TIDE_PROC_PAGE_BYTES : 0;
            found->unfound_bytes += is_one && !search->page_partner.at[page] ? TIDE_PROC_PAGE_BYTES : 0;
            found->files.at[range->file].shared_bytes += is_one ? TIDE_PROC_PAGE_BYTES : 0;
        }
    }
}

static int by_bytes(const void *left, const void *right) {
    const tide_partner *a = left, *b = right;
    uint64_t a_bytes = a->anonymous_bytes + a->file_bytes, b_bytes = b->anonymous_bytes + b->file_bytes;
    return a_bytes != b_bytes ? (a_bytes < b_bytes) - (a_bytes > b_bytes)
                              : (a->pid > b->pid) - (a->pid < b->pid);
}

static int by_shared_bytes(const void *left, const void *right) {
    const tide_shared_file *a = left, *b = right;
    return (a->shared_bytes < b->shared_bytes) - (a->shared_bytes > b->shared_bytes);
}

int tide_partners_find(tide_partners *ret, const tide_account *account) {
    struct search search = {.account = account, .found = ret};
    tide_pids pids = {0};
    int failed = read_target(&search);
    if (!failed)
        failed = tide_proc_list(&pids);
    for (size_t i = 0; i < pids.count && !failed; i++)
        look_at(&search, pids.at[i]);
    add_up(&search);
    if (ret->list.count)
        qsort(ret->list.at, ret->list.count, sizeof *ret->list.at, by_bytes);
    if (ret->files.count)
        qsort(ret->files.at, ret->files.count, sizeof *ret->files.at, by_shared_bytes);
    tide_vec_free(&pids);
    tide_vec_free(&search.ranges);
    tide_vec_free(&search.pages);
    tide_vec_free(&search.page_partner);
    tide_vec_free(&search.file_partner);
    tide_map_free(&search.range_of_file);
    return failed;
}

void tide_partners_free(tide_partners *partners) {
    tide_vec_free(&partners->list);
    tide_vec_free(&partners->files);
    *partners = (tide_partners){0};
}
