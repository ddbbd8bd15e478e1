#include "base/format.h"
#include "base/json.h"
#include "cli/figure_options.h"
#include "cli/output.h"
#include "heap/ledger_blocks.h"
#include "proc/numbers.h"
#include "proc/status.h"
#include "residency/chunks.h"
#include "residency/tracked.h"
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>

const tide_option tide_malloc_option_table[] = {
    TIDE_FIGURE_OPTION_ROWS("each heap of each arena"),
    {NULL},
};

enum { HEAPS_SHOWN = 8, FIGURE_COLUMNS = 10, EXACT_COLUMNS = 16 };

struct request {
    tide_figure_options figures;
    pid_t pid;
};

/* What the program itself has live, where it is tracked: the rest of what is used are caches of malloc's. */
struct live {
    bool is_known;
    uint64_t blocks;
};

/* ---- options */

static bool parse(struct request *request, int argc, char **argv, int *ret_status) {
    if (!tide_figure_options_parse(&request->figures, "malloc", tide_malloc_option_table, argc, argv,
                                   ret_status))
        return false;
    char none[] = "", *end = none;
    errno = 0;
    long pid = argc - optind == 1 ? strtol(argv[optind], &end, 10) : 0;
    if (pid <= 0 || pid > INT_MAX || *end || errno) {
        *ret_status = argc - optind == 1 ? tide_wrong_use("malloc", "'%s' is no PID", argv[optind])
                                         : tide_wrong_use("malloc", "one PID is needed");
        return false;
    }
    request->pid = tide_proc_process_of((pid_t)pid);
    return true;
}

/* ---- in words */

/* The size below which half of the free bytes are. */
static uint64_t median_free_bytes(const tide_chunks *sum) {
    uint64_t seen_bytes = 0;
    for (unsigned i = 0; i < TIDE_CHUNK_CLASSES; i++) {
        seen_bytes += sum->class_bytes[i];
        if (2 * seen_bytes >= sum->free_bytes)
            return (uint64_t)1 << i;
    }
    return 0;
}

/* Owned (free). */
static char *verdict(const tide_chunks *sum) {
    char size[TIDE_FORMAT_MAX], free_text[TIDE_FORMAT_MAX], count[TIDE_FORMAT_MAX];
    uint64_t free_bytes = sum->free_bytes + sum->top_bytes;
    if (!sum->size_bytes)
        return tide_xstrdup("no heap of glibc's is in it: another allocator's, or none");
    if (free_bytes * 10 < sum->size_bytes)
        return tide_xstrdup("compact: less than a tenth is free");
    if (sum->top_bytes * 2 >= free_bytes)
        return tide_xasprintf("not fragmented: %s are free, most of it in one piece at the end",
                              tide_format_bytes(free_text, free_bytes));
    if (sum->largest_free_bytes * 2 >= free_bytes)
        return tide_xasprintf(
            "not fragmented: %s are free, most of it in one piece; malloc_trim can give it back",
            tide_format_bytes(free_text, free_bytes));
    return tide_xasprintf("fragmented: %s are free in %s pieces, half of it in pieces below %s",
                          tide_format_bytes(free_text, free_bytes), tide_format_count(count, sum->free_count),
                          tide_format_bytes(size, median_free_bytes(sum)));
}

/* ---- text */

static void put_bytes(FILE *out, uint64_t bytes, const struct request *request) {
    char text[TIDE_FORMAT_MAX];
    if (request->figures.is_exact)
        fprintf(out, "%*" PRIu64, EXACT_COLUMNS, bytes);
    else
        fprintf(out, "%*s", FIGURE_COLUMNS, tide_format_bytes(text, bytes));
}

static void put_row(FILE *out, const tide_chunks *chunks, const struct request *request) {
    put_bytes(out, chunks->size_bytes, request);
    put_bytes(out, chunks->used_bytes, request);
    put_bytes(out, chunks->free_bytes, request);
    put_bytes(out, chunks->top_bytes, request);
    put_bytes(out, chunks->largest_free_bytes, request);
    fprintf(out, "%10" PRIu64 "%10" PRIu64, chunks->used_count, chunks->free_count);
}

static void put_heaps(FILE *out, const tide_chunk_heaps *heaps, const struct request *request) {
    static const char *const names[] = {"size", "used", "free", "top", "largest"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        fprintf(out, "%*s", request->figures.is_exact ? EXACT_COLUMNS : FIGURE_COLUMNS, names[i]);
    fputs("    chunks      free\n", out);
    for (size_t i = 0; i < heaps->list.count && (i < HEAPS_SHOWN || request->figures.is_verbose); i++) {
        const tide_chunk_heap *heap = &heaps->list.at[i];
        put_row(out, &heap->chunks, request);
        if (heap->arena)
            fprintf(out, "  arena at %" PRIx64, heap->arena);
        else
            fputs("  main arena", out);
        fputs(heap->is_whole ? "\n" : ", read in part: it is being changed, or not all glibc's\n", out);
    }
    if (heaps->list.count > HEAPS_SHOWN && !request->figures.is_verbose)
        fprintf(out, "  and %zu more (-v)\n", heaps->list.count - HEAPS_SHOWN);
    if (heaps->list.count > 1) {
        put_row(out, &heaps->sum, request);
        fputs("  together\n", out);
    }
}

static void put_classes(FILE *out, const tide_chunks *sum, const struct request *request) {
    char size[TIDE_FORMAT_MAX];
    if (!sum->free_count)
        return;
    fputs("free chunks by size\n", out);
    for (unsigned i = 1; i < TIDE_CHUNK_CLASSES; i++) {
        if (!sum->class_count[i])
            continue;
        put_bytes(out, sum->class_bytes[i], request);
        fprintf(out, "%10" PRIu64 "  below %s\n", sum->class_count[i],
                tide_format_bytes(size, (uint64_t)1 << i));
    }
}

static void put_text(FILE *out, const struct request *request, const tide_chunk_heaps *heaps,
                     const struct live *live) {
    char count[TIDE_FORMAT_MAX], bytes[TIDE_FORMAT_MAX];
    char *words = verdict(&heaps->sum);
    put_heaps(out, heaps, request);
    if (heaps->large_count)
        fprintf(out, "%s in %s large blocks with mappings of their own\n",
                tide_format_bytes(bytes, heaps->large_bytes), tide_format_count(count, heaps->large_count));
    put_classes(out, &heaps->sum, request);
    if (live->is_known && heaps->sum.used_count > live->blocks)
        fprintf(out,
                "%s used chunks are no live blocks: cached for reuse (tcache, fastbins), or malloc's own\n",
                tide_format_count(count, heaps->sum.used_count - live->blocks));
    fprintf(out, "%s\n", words);
    free(words);
}

/* ---- JSON: docs/explain.md */

static void put_chunks_json(FILE *out, const tide_chunks *chunks) {
    tide_json_number(out, "size_bytes", chunks->size_bytes);
    tide_json_number(out, "used_bytes", chunks->used_bytes);
    tide_json_number(out, "used_count", chunks->used_count);
    tide_json_number(out, "free_bytes", chunks->free_bytes);
    tide_json_number(out, "free_count", chunks->free_count);
    tide_json_number(out, "top_bytes", chunks->top_bytes);
    tide_json_last(out, "largest_free_bytes", chunks->largest_free_bytes);
}

static void put_json(FILE *out, const struct request *request, const tide_chunk_heaps *heaps,
                     const struct live *live) {
    char *words = verdict(&heaps->sum);
    fputs("{\"format\": \"tidemark-malloc\", \"version\": 1,\n", out);
    tide_json_number(out, "pid", (uint64_t)request->pid);
    tide_json_text(out, "verdict", words);
    if (live->is_known)
        tide_json_number(out, "live_blocks", live->blocks);
    else
        tide_json_text(out, "live_blocks", NULL);
    tide_json_number(out, "large_bytes", heaps->large_bytes);
    tide_json_number(out, "large_count", heaps->large_count);
    fputs("\n\"heaps\": [", out);
    for (size_t i = 0; i < heaps->list.count; i++) {
        fputs(i ? ",\n {" : "\n {", out);
        tide_json_number(out, "start", heaps->list.at[i].start);
        tide_json_number(out, "arena", heaps->list.at[i].arena);
        tide_json_flag(out, "is_whole", heaps->list.at[i].is_whole);
        put_chunks_json(out, &heaps->list.at[i].chunks);
        putc('}', out);
    }
    fputs("],\n\"sum\": {", out);
    put_chunks_json(out, &heaps->sum);
    fputs("},\n\"free_by_class\": [", out);
    for (unsigned i = 0; i < TIDE_CHUNK_CLASSES; i++)
        fprintf(out, "%s[%" PRIu64 ", %" PRIu64 "]", i ? ", " : "", heaps->sum.class_count[i],
                heaps->sum.class_bytes[i]);
    fputs("]}\n", out);
    free(words);
}

/* ---- reading */

static struct live read_live(const tide_account *account) {
    tide_ledger *ledger;
    tide_heap heap;
    tide_blocks blocks = {0};
    tide_err err;
    struct live live = {0};
    if (tide_tracked_open(&ledger, account, &err) != 0)
        return live;
    tide_heap_init(&heap);
    live.is_known = tide_ledger_read_now(ledger, &heap, &err) == 0;
    tide_ledger_blocks(&blocks, ledger, &heap);
    for (size_t i = 0; i < account->parts.count; i++) {
        const tide_part *part = &account->parts.at[i];
        bool is_heap = part->category == TIDE_CATEGORY_BRK_HEAP || part->category == TIDE_CATEGORY_ARENA;
        for (size_t k = 0; k < blocks.count && is_heap; k++)
            live.blocks += blocks.at[k].address >= part->start && blocks.at[k].address < part->end;
    }
    tide_vec_free(&blocks);
    tide_heap_free(&heap);
    tide_ledger_free(ledger);
    return live;
}

static int show(const struct request *request, const tide_account *account, const tide_chunk_heaps *heaps) {
    tide_output output;
    struct live live = read_live(account);
    bool is_whole = true;
    if (!tide_output_open_file(&output, request->figures.output_path, STDOUT_FILENO))
        return TIDE_EXIT_ERROR;
    (request->figures.is_json ? put_json : put_text)(output.stream, request, heaps, &live);
    for (size_t i = 0; i < heaps->list.count; i++)
        is_whole &= heaps->list.at[i].is_whole;
    int status = tide_output_close(&output);
    return status == TIDE_EXIT_OK && !is_whole ? TIDE_EXIT_PARTIAL : status;
}

int tide_cmd_malloc(int argc, char **argv) {
    struct request request = {0};
    tide_account account = {0};
    tide_chunk_heaps heaps = {0};
    tide_err err;
    int status, failed;
    if (!parse(&request, argc, argv, &status))
        return status;
    status = TIDE_EXIT_ERROR;
    if (tide_proc_numbers_check(&err))
        tide_say("%s", err.text);
    else if ((failed = tide_account_outline(&account, request.pid)) ||
             (failed = tide_chunks_read(&heaps, &account)))
        tide_say("cannot read the heap of PID %d: %s", (int)request.pid,
                 failed == -ESRCH ? "there is no such process, or it has no memory" : strerror(-failed));
    else if (heaps.list.count == 0)
        tide_say("PID %d has no heap of glibc's malloc: it has another allocator, or none", (int)request.pid);
    else
        status = show(&request, &account, &heaps);
    tide_account_free(&account);
    tide_chunk_heaps_free(&heaps);
    return status;
}
