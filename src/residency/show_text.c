#include "base/format.h"
#include "base/text.h"
#include "residency/show.h"
#include <inttypes.h>

enum { FIGURE_COLUMNS = 10, EXACT_COLUMNS = 16, ROWS_SHOWN = 5 };

static const struct {
    const char *heading;
    tide_category first, last;
} groups[] = {
    {"program and libraries", TIDE_CATEGORY_TEXT, TIDE_CATEGORY_BSS},
    {"stacks", TIDE_CATEGORY_MAIN_STACK, TIDE_CATEGORY_THREAD_STACK},
    {"heap", TIDE_CATEGORY_BRK_HEAP, TIDE_CATEGORY_LARGE_BLOCK},
    {"other memory", TIDE_CATEGORY_ANONYMOUS, TIDE_CATEGORY_KERNEL},
};

static void put_bytes(FILE *out, uint64_t bytes, const tide_explain_options *options) {
    char text[TIDE_FORMAT_MAX];
    if (options->exact_bytes)
        fprintf(out, "%*" PRIu64, EXACT_COLUMNS, bytes);
    else
        fprintf(out, "%*s", FIGURE_COLUMNS, tide_format_bytes(text, bytes));
}

static void put_row(FILE *out, const tide_proc_usage *usage, uint64_t size_bytes,
                    const tide_explain_options *options) {
    put_bytes(out, usage->rss_bytes, options);
    put_bytes(out, usage->pss_bytes, options);
    put_bytes(out, usage->private_clean_bytes + usage->private_dirty_bytes, options);
    put_bytes(out, size_bytes, options);
}

static void put_heading(FILE *out, const tide_explain_options *options) {
    static const char *const names[] = {"resident", "PSS", "private", "mapped"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        fprintf(out, "%*s", options->exact_bytes ? EXACT_COLUMNS : FIGURE_COLUMNS, names[i]);
    putc('\n', out);
}

/* ---- the table */

static void put_category(FILE *out, const tide_account *account, tide_category category,
                         const tide_explain_options *options) {
    const tide_category_sum *sum = &account->sums[category];
    char count[TIDE_FORMAT_MAX];
    bool is_counted = category == TIDE_CATEGORY_THREAD_STACK || category == TIDE_CATEGORY_ARENA ||
                      category == TIDE_CATEGORY_LARGE_BLOCK;
    put_row(out, &sum->usage, sum->size_bytes, options);
    fprintf(out, "    %s", tide_category_name(category));
    if (is_counted)
        fprintf(out, " (%s)", tide_format_count(count, sum->parts_count));
    putc('\n', out);
}

static void put_group(FILE *out, const tide_account *account, size_t group,
                      const tide_explain_options *options) {
    tide_category_sum sum = {0};
    for (unsigned i = groups[group].first; i <= groups[group].last; i++) {
        sum.size_bytes += account->sums[i].size_bytes;
        sum.parts_count += account->sums[i].parts_count;
        tide_proc_usage_add(&sum.usage, &account->sums[i].usage);
    }
    if (!sum.parts_count)
        return;
    put_row(out, &sum.usage, sum.size_bytes, options);
    fprintf(out, "  %s\n", groups[group].heading);
    for (unsigned i = groups[group].first; i <= groups[group].last; i++)
        if (account->sums[i].parts_count)
            put_category(out, account, (tide_category)i, options);
}

static void put_total(FILE *out, const tide_account *account, const tide_explain_options *options) {
    uint64_t size_bytes = 0;
    for (unsigned i = 0; i < TIDE_CATEGORY_COUNT; i++)
        size_bytes += account->sums[i].size_bytes;
    put_row(out, &account->total, size_bytes, options);
    fputs("  together\n", out);
    put_bytes(out, account->kernel.rss_bytes, options);
    put_bytes(out, account->kernel.pss_bytes, options);
    put_bytes(out, account->kernel.private_bytes, options);
    fprintf(out, "%*s  by the kernel's own sum (smaps_rollup)\n",
            options->exact_bytes ? EXACT_COLUMNS : FIGURE_COLUMNS, "");
}

/* ---- below the table */

static void put_line(FILE *out, uint64_t bytes, const char *what, const tide_explain_options *options) {
    if (!bytes)
        return;
    put_bytes(out, bytes, options);
    fprintf(out, "  %s\n", what);
}

static void put_remarks(FILE *out, const tide_account *account, const tide_explain_options *options) {
    const tide_proc_usage *total = &account->total;
    fputs("of the resident\n", out);
    put_line(out, total->huge_bytes, "in transparent huge pages", options);
    put_line(out, total->lazy_free_bytes,
             "LazyFree: given up with MADV_FREE, the kernel has not taken it yet", options);
    put_line(out, total->locked_bytes, "locked (of PSS)", options);
    put_line(out, total->ksm_bytes, "merged with equal pages (KSM)", options);
    put_line(out, account->reclaimable_bytes,
             "reclaimable at any time: clean pages of files that it maps alone, and LazyFree", options);
    fputs("beside it\n", out);
    put_line(out, account->page_tables_bytes, "page tables", options);
    put_line(out, total->swap_bytes, "in swap", options);
    put_line(out, total->private_hugetlb_bytes + total->shared_hugetlb_bytes, "explicit huge pages", options);
    fputs("if it exited\n", out);
    put_line(out, account->freed_bytes, "would be freed: memory of its own, page tables, swap", options);
    put_line(out, account->cached_bytes, "would stay as cache, for as long as there is room: files' pages",
             options);
}

static void put_stack(FILE *out, const tide_thread_stack *stack, bool is_main,
                      const tide_explain_options *options) {
    char *name = tide_text_clean(stack->name);
    put_bytes(out, stack->used_bytes, options);
    put_bytes(out, stack->high_water_bytes, options);
    if (stack->limit_bytes == UINT64_MAX)
        fprintf(out, "%*s", options->exact_bytes ? EXACT_COLUMNS : FIGURE_COLUMNS, "unlimited");
    else
        put_bytes(out, stack->limit_bytes, options);
    if (stack->tid)
        fprintf(out, "  %d %s%s\n", (int)stack->tid, name, is_main ? " (main)" : "");
    else
        fprintf(out, "  %s\n",
                is_main ? "main thread, which runs just now"
                        : "of a thread that runs just now, or has ended");
    free(name);
}

static void put_stacks(FILE *out, const tide_account *account, const tide_explain_options *options) {
    static const char *const names[] = {"used", "deepest", "limit"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        fprintf(out, "%*s", options->exact_bytes ? EXACT_COLUMNS : FIGURE_COLUMNS, names[i]);
    fputs("  stack of thread\n", out);
    for (size_t i = 0; i < account->stacks.count; i++)
        if (i < ROWS_SHOWN || options->verbose)
            put_stack(out, &account->stacks.at[i], i == 0, options);
    if (account->stacks.count > ROWS_SHOWN && !options->verbose)
        fprintf(out, "  and %zu more (-v)\n", account->stacks.count - ROWS_SHOWN);
}

void tide_show_account(FILE *out, const tide_account *account, const tide_explain_options *options) {
    char *comm = tide_text_clean(account->stat.comm);
    fprintf(out, "PID %d  %s\n", (int)account->pid, comm);
    free(comm);
    put_heading(out, options);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        put_group(out, account, i, options);
    put_total(out, account, options);
    put_remarks(out, account, options);
    put_stacks(out, account, options);
    if (!account->has_pages)
        fputs("its pages may not be seen (pagemap): mappings of several kinds are divided by size\n", out);
    if (!account->has_memory)
        fputs("its memory may not be looked into: large malloc blocks are among other anonymous mappings\n",
              out);
}

/* ---- sharing */

static void put_partners(FILE *out, const tide_partners *partners, const tide_explain_options *options) {
    for (size_t i = 0; i < partners->list.count && (i < ROWS_SHOWN || options->verbose); i++) {
        const tide_partner *partner = &partners->list.at[i];
        char *comm = tide_text_clean(partner->comm);
        put_bytes(out, partner->anonymous_bytes + partner->file_bytes, options);
        put_bytes(out, partner->anonymous_bytes, options);
        put_bytes(out, partner->file_bytes, options);
        fprintf(out, "  %d %s%s\n", (int)partner->pid, comm,
                partner->is_relative ? ", forked from one another" : "");
        free(comm);
    }
    if (partners->list.count > ROWS_SHOWN && !options->verbose)
        fprintf(out, "  and %zu more (-v)\n", partners->list.count - ROWS_SHOWN);
}

static void put_files(FILE *out, const tide_account *account, const tide_partners *partners,
                      const tide_explain_options *options) {
    fputs("shared by file\n", out);
    for (size_t i = 0; i < partners->files.count && (i < ROWS_SHOWN || options->verbose); i++) {
        const tide_shared_file *file = &partners->files.at[i];
        char *path = tide_text_clean(tide_strings_get(&account->mappings.names, file->path));
        put_bytes(out, file->shared_bytes, options);
        fprintf(out, "  %s, with %u other%s\n", *path ? path : "memory without a file", file->partners_count,
                file->partners_count == 1 ? "" : "s");
        free(path);
    }
}

void tide_show_partners(FILE *out, const tide_account *account, const tide_partners *partners, int failed,
                        const tide_explain_options *options) {
    static const char *const names[] = {"shared", "anonymous", "files"};
    if (failed) {
        fputs("with whom it shares is not known: its pages may not be seen (pagemap)\n", out);
        return;
    }
    if (!partners->shared_bytes)
        return;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        fprintf(out, "%*s", options->exact_bytes ? EXACT_COLUMNS : FIGURE_COLUMNS, names[i]);
    fprintf(out, "  with (%s)\n",
            partners->by_frame ? "the same pages"
                               : "the same pages of files; forked memory by address, by all likelihood");
    put_partners(out, partners, options);
    put_line(out, partners->unfound_bytes, "with processes that were not found, or may not be read", options);
    if (partners->denied_count)
        fprintf(out, "%u processes may not be read\n", partners->denied_count);
    put_files(out, account, partners, options);
}
