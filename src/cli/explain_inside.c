#include "cli/explain_inside.h"
#include "residency/tracked.h"
#include <errno.h>

static int join(tide_explain_inside *ret, const tide_account *account, tide_ledger *ledger, tide_err *err) {
    tide_heap *heap = &ret->recording.heap;
    tide_blocks blocks = {0};
    int code = tide_ledger_read_now(ledger, heap, err);
    if (code)
        return code;
    tide_ledger_blocks(&blocks, ledger, heap);
    code = tide_inside_read(&ret->inside, account, &blocks, heap->sites.count);
    tide_vec_free(&blocks);
    errno = -code;
    return code ? tide_fail(err, code, "its pages may not be seen (pagemap): %m") : 0;
}

/* ---- rows: sites of one place in the source are one */

static void add(tide_inside_site *sum, const tide_inside_site *one) {
    uint64_t *to = (void *)sum;
    const uint64_t *from = (const void *)one;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += from[i];
}

static int by_resident(const void *left, const void *right) {
    const tide_explain_row *a = left, *b = right;
    if (a->sum.resident_bytes != b->sum.resident_bytes)
        return a->sum.resident_bytes < b->sum.resident_bytes ? 1 : -1;
    return (a->sum.requested_bytes < b->sum.requested_bytes) -
           (a->sum.requested_bytes > b->sum.requested_bytes);
}

static void make_rows(tide_explain_inside *inside) {
    const tide_heap *heap = &inside->recording.heap;
    tide_map row_of = {0};
    for (size_t i = 0; i < inside->inside.sites.count; i++) {
        const tide_inside_site *site = &inside->inside.sites.at[i];
        bool is_known = i < heap->sites.count, is_new;
        if (!site->requested_blocks)
            continue;
        uint32_t place =
            is_known ? tide_names_own_place(&inside->names, heap, heap->sites.at[i].node) : TIDE_NONE;
        bool is_mapping = is_known && heap->sites.at[i].kind == TIDE_MMAP;
        uint32_t row =
            tide_map_put(&row_of, (uint64_t)place << 1 | is_mapping, (uint32_t)inside->rows.count, &is_new);
        if (is_new)
            *tide_vec_push(&inside->rows) = (tide_explain_row){.place = place, .is_mapping = is_mapping};
        add(&inside->rows.at[row].sum, site);
    }
    if (inside->rows.count)
        qsort(inside->rows.at, inside->rows.count, sizeof *inside->rows.at, by_resident);
    tide_map_free(&row_of);
}

int tide_explain_inside_read(tide_explain_inside *ret, const tide_account *account, tide_err *err) {
    tide_ledger *ledger;
    int code = tide_tracked_open(&ledger, account, err);
    if (code)
        return code;
    tide_heap_init(&ret->recording.heap);
    code = join(ret, account, ledger, err);
    tide_ledger_free(ledger);
    if (code)
        return code;
    tide_symbols_resolve(&ret->recording.symbols, &ret->recording.heap, &(tide_symbols_options){0});
    tide_names_init(&ret->names, &ret->recording);
    make_rows(ret);
    return 0;
}

void tide_explain_inside_free(tide_explain_inside *inside) {
    tide_vec_free(&inside->rows);
    tide_inside_free(&inside->inside);
    tide_names_free(&inside->names);
    tide_recording_free(&inside->recording);
}
