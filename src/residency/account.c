#include "residency/account.h"
#include "proc/status.h"
#include "residency/pieces.h"
#include <errno.h>
#include <time.h>

static const struct {
    const char *key, *name;
} categories[TIDE_CATEGORY_COUNT] = {
    [TIDE_CATEGORY_TEXT] = {"text", "text"},
    [TIDE_CATEGORY_CONSTANTS] = {"constants", "constants"},
    [TIDE_CATEGORY_RELOCATED] = {"relocated", "relocated"},
    [TIDE_CATEGORY_DATA_WRITTEN] = {"data_written", "static data, written"},
    [TIDE_CATEGORY_DATA_CLEAN] = {"data_clean", "static data, as in the file"},
    [TIDE_CATEGORY_BSS] = {"bss", "static data, zero at first"},
    [TIDE_CATEGORY_MAIN_STACK] = {"main_stack", "main stack"},
    [TIDE_CATEGORY_THREAD_STACK] = {"thread_stack", "thread stacks"},
    [TIDE_CATEGORY_BRK_HEAP] = {"brk_heap", "brk heap"},
    [TIDE_CATEGORY_ARENA] = {"arena", "malloc arenas"},
    [TIDE_CATEGORY_LARGE_BLOCK] = {"large_block", "large malloc blocks"},
    [TIDE_CATEGORY_ANONYMOUS] = {"anonymous", "other anonymous mappings"},
    [TIDE_CATEGORY_GENERATED] = {"generated", "generated code"},
    [TIDE_CATEGORY_SHARED_MEMORY] = {"shared_memory", "shared memory"},
    [TIDE_CATEGORY_MEMFD] = {"memfd", "memfd"},
    [TIDE_CATEGORY_FILE] = {"file", "other files"},
    [TIDE_CATEGORY_TRACKER] = {"tracker", "Tidemark's own"},
    [TIDE_CATEGORY_KERNEL] = {"kernel", "vdso and the like"},
};

const char *tide_category_name(tide_category category) {
    return categories[category].name;
}

const char *tide_category_key(tide_category category) {
    return categories[category].key;
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- sums */

static bool is_own_memory(tide_category category) {
    return category != TIDE_CATEGORY_SHARED_MEMORY && category != TIDE_CATEGORY_FILE &&
           category != TIDE_CATEGORY_KERNEL;
}

/* A file's clean page is read again when it is wanted; memory that somebody wrote has nowhere else to be. */
static void add_what_goes(tide_account *account, const tide_part *part) {
    const tide_proc_usage *usage = &part->usage;
    uint64_t private_bytes = usage->private_clean_bytes + usage->private_dirty_bytes;
    uint64_t anonymous_bytes =
        usage->anonymous_bytes < private_bytes ? usage->anonymous_bytes : private_bytes;
    bool is_memfd = part->category == TIDE_CATEGORY_MEMFD || part->category == TIDE_CATEGORY_TRACKER;
    if (is_memfd || !is_own_memory(part->category))
        anonymous_bytes = is_memfd ? private_bytes : 0;
    account->freed_bytes += anonymous_bytes + usage->swap_pss_bytes + usage->private_hugetlb_bytes;
    account->cached_bytes += private_bytes - anonymous_bytes;
    if (usage->anonymous_bytes == 0 && !is_memfd && part->category != TIDE_CATEGORY_SHARED_MEMORY)
        account->reclaimable_bytes += usage->private_clean_bytes;
    account->reclaimable_bytes += usage->lazy_free_bytes;
}

static void add_up(tide_account *account) {
    account->freed_bytes = account->page_tables_bytes;
    for (size_t i = 0; i < account->parts.count; i++) {
        const tide_part *part = &account->parts.at[i];
        tide_category_sum *sum = &account->sums[part->category];
        sum->parts_count++;
        sum->size_bytes += part->size_bytes;
        tide_proc_usage_add(&sum->usage, &part->usage);
        tide_proc_usage_add(&account->total, &part->usage);
        add_what_goes(account, part);
    }
}

/* ---- reading */

static int fail(tide_err *err, int code, const tide_account *account) {
    int pid = (int)account->pid;
    if (code == -EACCES || code == -EPERM)
        return tide_fail(err, code, "PID %d may not be read: it is another user's (that needs CAP_PERFMON)",
                         pid);
    if (code != -ESRCH) {
        errno = -code;
        return tide_fail(err, code, "cannot read PID %d: %m", pid);
    }
    if (account->stat.is_kernel_thread)
        return tide_fail(err, code, "nothing to explain at PID %d: a kernel thread has no memory of its own",
                         pid);
    if (account->stat.state == 'Z')
        return tide_fail(err, code, "nothing to explain at PID %d: it has ended (zombie) and has no memory",
                         pid);
    return tide_fail(err, code, "nothing to explain at PID %d: there is no such process", pid);
}

static void divide(tide_account *account) {
    tide_classifier classifier;
    tide_pieces pieces = {0};
    tide_classifier_init(&classifier, account);
    for (uint32_t i = 0; i < account->mappings.list.count; i++) {
        pieces.count = 0;
        tide_classify(&pieces, &classifier, i);
        tide_split(account, i, &pieces, classifier.pagemap_fd);
    }
    if (account->has_usage)
        tide_stacks_find(&classifier);
    account->has_pages = classifier.pagemap_fd >= 0;
    account->has_memory = classifier.memory_fd >= 0;
    tide_classifier_fini(&classifier);
    tide_vec_free(&pieces);
}

int tide_account_read(tide_account *ret, pid_t pid, tide_err *err) {
    uint64_t start_ns = now_ns();
    tide_account_free(ret);
    ret->pid = pid;
    int code = tide_proc_stat_read(pid, &ret->stat);
    if (code == 0)
        code = tide_proc_mappings_read(&ret->mappings, pid, true);
    if (code == 0)
        code = tide_proc_smaps_rollup_read(pid, &ret->kernel);
    if (code)
        return fail(err, code, ret);
    ret->has_usage = true;
    ret->page_tables_bytes = tide_proc_page_tables_bytes(pid);
    divide(ret);
    add_up(ret);
    ret->duration_ns = now_ns() - start_ns;
    return 0;
}

int tide_account_outline(tide_account *ret, pid_t pid) {
    tide_account_free(ret);
    ret->pid = pid;
    int failed = tide_proc_mappings_read(&ret->mappings, pid, false);
    if (!failed)
        divide(ret);
    return failed;
}

void tide_account_free(tide_account *account) {
    tide_proc_mappings_free(&account->mappings);
    tide_vec_free(&account->parts);
    tide_vec_free(&account->stacks);
    *account = (tide_account){0};
}
