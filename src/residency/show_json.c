#include "base/json.h"
#include "residency/show.h"

/* The schema is in docs/explain.md. */

static void put_usage(FILE *out, const tide_proc_usage *usage) {
    tide_json_number(out, "rss_bytes", usage->rss_bytes);
    tide_json_number(out, "pss_bytes", usage->pss_bytes);
    tide_json_number(out, "private_clean_bytes", usage->private_clean_bytes);
    tide_json_number(out, "private_dirty_bytes", usage->private_dirty_bytes);
    tide_json_number(out, "shared_clean_bytes", usage->shared_clean_bytes);
    tide_json_number(out, "shared_dirty_bytes", usage->shared_dirty_bytes);
    tide_json_number(out, "anonymous_bytes", usage->anonymous_bytes);
    tide_json_number(out, "transparent_huge_bytes", usage->huge_bytes);
    tide_json_number(out, "lazy_free_bytes", usage->lazy_free_bytes);
    tide_json_number(out, "locked_bytes", usage->locked_bytes);
    tide_json_number(out, "ksm_bytes", usage->ksm_bytes);
    tide_json_number(out, "swap_bytes", usage->swap_bytes);
    tide_json_number(out, "swap_pss_bytes", usage->swap_pss_bytes);
    tide_json_last(out, "hugetlb_bytes", usage->private_hugetlb_bytes + usage->shared_hugetlb_bytes);
}

static void put_categories(FILE *out, const tide_account *account) {
    const char *separator = "\n ";
    fputs("\"categories\": {", out);
    for (unsigned i = 0; i < TIDE_CATEGORY_COUNT; i++) {
        const tide_category_sum *sum = &account->sums[i];
        fprintf(out, "%s\"%s\": {", separator, tide_category_key((tide_category)i));
        tide_json_number(out, "parts_count", sum->parts_count);
        tide_json_number(out, "size_bytes", sum->size_bytes);
        put_usage(out, &sum->usage);
        putc('}', out);
        separator = ",\n ";
    }
    fputs("},\n", out);
}

static void put_kernel(FILE *out, const tide_account *account) {
    fputs("\"kernel\": {", out);
    tide_json_number(out, "rss_bytes", account->kernel.rss_bytes);
    tide_json_number(out, "pss_bytes", account->kernel.pss_bytes);
    tide_json_last(out, "private_bytes", account->kernel.private_bytes);
    fputs("},\n", out);
}

/* null where it is not known, or there is no limit. */
static void put_known(FILE *out, const char *key, bool is_known, uint64_t value) {
    if (is_known)
        tide_json_number(out, key, value);
    else
        tide_json_text(out, key, NULL);
}

static void put_stacks(FILE *out, const tide_account *account) {
    fputs("\"stacks\": [", out);
    for (size_t i = 0; i < account->stacks.count; i++) {
        const tide_thread_stack *stack = &account->stacks.at[i];
        fputs(i ? ",\n {" : "\n {", out);
        put_known(out, "tid", stack->tid, (uint64_t)stack->tid);
        tide_json_text(out, "name", stack->name);
        put_known(out, "used_bytes", stack->used_bytes, stack->used_bytes);
        put_known(out, "high_water_bytes", account->has_pages, stack->high_water_bytes);
        put_known(out, "limit_bytes", stack->limit_bytes != UINT64_MAX, stack->limit_bytes);
        tide_json_last(out, "mapped_bytes", stack->end - stack->start);
        putc('}', out);
    }
    fputs("],\n", out);
}

static void put_partners(FILE *out, const tide_partners *partners) {
    fputs("\"partners\": [", out);
    for (size_t i = 0; i < partners->list.count; i++) {
        const tide_partner *partner = &partners->list.at[i];
        fputs(i ? ",\n {" : "\n {", out);
        tide_json_number(out, "pid", (uint64_t)partner->pid);
        tide_json_text(out, "comm", partner->comm);
        tide_json_flag(out, "is_relative", partner->is_relative);
        tide_json_number(out, "anonymous_bytes", partner->anonymous_bytes);
        tide_json_last(out, "file_bytes", partner->file_bytes);
        putc('}', out);
    }
    fputs("],\n", out);
}

static void put_files(FILE *out, const tide_account *account, const tide_partners *partners) {
    fputs("\"shared_files\": [", out);
    for (size_t i = 0; i < partners->files.count; i++) {
        const tide_shared_file *file = &partners->files.at[i];
        fputs(i ? ",\n {" : "\n {", out);
        tide_json_text(out, "path", tide_strings_get(&account->mappings.names, file->path));
        tide_json_number(out, "partners_count", file->partners_count);
        tide_json_last(out, "shared_bytes", file->shared_bytes);
        putc('}', out);
    }
    fputs("],\n", out);
}

static void put_sharing(FILE *out, const tide_account *account, const tide_partners *partners, int failed) {
    fputs("\"sharing\": ", out);
    if (failed) {
        fputs("null", out);
        return;
    }
    putc('{', out);
    tide_json_text(out, "method", partners->by_frame ? "frame" : "place");
    put_partners(out, partners);
    put_files(out, account, partners);
    tide_json_number(out, "shared_bytes", partners->shared_bytes);
    tide_json_number(out, "unfound_bytes", partners->unfound_bytes);
    tide_json_last(out, "denied_count", partners->denied_count);
    putc('}', out);
}

void tide_show_account_json(FILE *out, const tide_account *account, const tide_partners *partners,
                            int failed) {
    fputs("{\"format\": \"tidemark-explain\", \"version\": 1,\n", out);
    tide_json_number(out, "pid", (uint64_t)account->pid);
    tide_json_text(out, "comm", account->stat.comm);
    tide_json_number(out, "start_ticks", account->stat.start_ticks);
    tide_json_number(out, "mappings_count", account->mappings.list.count);
    tide_json_number(out, "duration_ns", account->duration_ns);
    tide_json_flag(out, "has_pages", account->has_pages);
    tide_json_flag(out, "has_memory", account->has_memory);
    tide_json_number(out, "page_tables_bytes", account->page_tables_bytes);
    tide_json_number(out, "freed_on_exit_bytes", account->freed_bytes);
    tide_json_number(out, "cached_on_exit_bytes", account->cached_bytes);
    tide_json_number(out, "reclaimable_bytes", account->reclaimable_bytes);
    putc('\n', out);
    put_kernel(out, account);
    fputs("\"total\": {", out);
    put_usage(out, &account->total);
    fputs("},\n", out);
    put_categories(out, account);
    put_stacks(out, account);
    put_sharing(out, account, partners, failed);
}
