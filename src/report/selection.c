#include "report/selection.h"
#include <errno.h>
#include <inttypes.h>

tide_weight tide_selection_weigh(enum tide_view view, const tide_counts *counts) {
    switch (view) {
    case TIDE_VIEW_LEAKS:
        return (tide_weight){counts->allocated_bytes - counts->freed_bytes,
                             counts->allocated_blocks - counts->freed_blocks};
    case TIDE_VIEW_TOTAL:
        return (tide_weight){counts->allocated_bytes, counts->allocated_blocks};
    case TIDE_VIEW_TEMPORARY:
        return (tide_weight){counts->temporary_blocks, counts->allocated_blocks};
    case TIDE_VIEW_PEAK:
    default:
        return (tide_weight){counts->peak_bytes, counts->peak_blocks};
    }
}

static bool is_thread(const tide_heap *heap, const tide_thread *thread, const char *wanted) {
    char tid[16];
    snprintf(tid, sizeof tid, "%" PRIu32, thread->tid);
    return !strcmp(wanted, tid) || !strcmp(wanted, tide_strings_get(&heap->strings, thread->name));
}

static int no_such_thread(const tide_heap *heap, const char *wanted, tide_err *err) {
    char *list = tide_xstrdup("");
    for (size_t i = 0; i < heap->threads.count && i < 8; i++) {
        const tide_thread *thread = &heap->threads.at[i];
        char *longer = tide_xasprintf("%s%s%s (%" PRIu32 ")", list, i ? ", " : "",
                                      tide_strings_get(&heap->strings, thread->name), thread->tid);
        free(list);
        list = longer;
    }
    char *clean = tide_text_clean(list);
    tide_fail(err, -ENOENT, "no thread is named or numbered '%s'; there are: %s%s", wanted, clean,
              heap->threads.count > 8 ? ", …" : "");
    free(clean);
    free(list);
    return -ENOENT;
}

static int select_thread(tide_selection *selection, const tide_heap *heap, const char *wanted,
                         tide_err *err) {
    bool *is_wanted = tide_xcalloc(heap->threads.count + 1, sizeof *is_wanted), is_any = false;
    for (size_t i = 0; i < heap->threads.count; i++)
        is_any |= is_wanted[i] = is_thread(heap, &heap->threads.at[i], wanted);
    for (size_t i = 0; i < heap->sites.count; i++) {
        uint32_t thread = heap->sites.at[i].thread;
        selection->is_selected.at[i] &= thread < heap->threads.count && is_wanted[thread];
    }
    free(is_wanted);
    return is_any ? 0 : no_such_thread(heap, wanted, err);
}

/* Per place: does "function file" match? Owned (free). */
static bool *matching_places(const tide_names *names, const regex_t *filter) {
    bool *matches = tide_xcalloc(names->places.count + 1, sizeof *matches);
    for (size_t i = 0; i < names->places.count; i++) {
        const tide_place *place = &names->places.at[i];
        const char *module = tide_strings_get(&names->strings, names->functions.at[place->function].module);
        const char *file = tide_strings_get(&names->strings, place->file);
        char *text =
            tide_xasprintf("%s %s", tide_names_function(names, place->function), *file ? file : module);
        matches[i] = !regexec(filter, text, 0, NULL, 0);
        free(text);
    }
    return matches;
}

static bool code_matches(const tide_names *names, uint32_t code, const bool *matches) {
    tide_item_range range = names->of_code.at[code];
    for (uint32_t i = 0; i < range.count; i++)
        if (matches[names->frames.at[range.first + i]])
            return true;
    return false;
}

static void select_matching(tide_selection *selection, const tide_heap *heap, const tide_names *names,
                            const regex_t *filter) {
    bool *matches = matching_places(names, filter);
    bool *node_matches =
        tide_xcalloc(heap->nodes.count, sizeof *node_matches); /* it, or one of its callers */
    for (uint32_t i = 1; i < heap->nodes.count; i++) {
        uint32_t parent = heap->nodes.at[i].parent;
        node_matches[i] =
            (parent < i && node_matches[parent]) || code_matches(names, heap->nodes.at[i].code, matches);
    }
    for (size_t i = 0; i < heap->sites.count; i++)
        selection->is_selected.at[i] &= node_matches[heap->sites.at[i].node];
    free(node_matches);
    free(matches);
}

void tide_selection_weigh_all(const tide_selection *selection, const tide_heap *heap, enum tide_view view,
                              tide_weight *ret) {
    for (size_t i = 0; i < heap->sites.count; i++) {
        bool is_asked = selection->is_selected.at[i] && heap->sites.at[i].kind != TIDE_MMAP;
        ret[i] = is_asked ? tide_selection_weigh(view, &heap->sites.at[i].counts) : (tide_weight){0};
    }
}

static void weigh_sites(tide_selection *selection, const tide_heap *heap, enum tide_view view) {
    tide_vec_extend(&selection->heap, heap->sites.count);
    tide_vec_extend(&selection->mapped, heap->sites.count);
    for (size_t i = 0; i < heap->sites.count; i++) {
        if (!selection->is_selected.at[i])
            continue;
        const tide_site *site = &heap->sites.at[i];
        tide_weight weight = tide_selection_weigh(view, &site->counts);
        bool is_mapped = site->kind == TIDE_MMAP;
        tide_weight *sum = is_mapped ? &selection->mapped_sum : &selection->heap_sum;
        (is_mapped ? selection->mapped.at : selection->heap.at)[i] = weight;
        sum->amount += weight.amount;
        sum->blocks += weight.blocks;
    }
}

bool tide_selection_knows(const tide_recording *recording, enum tide_view view) {
    uint32_t source = recording->info.source;
    return view == TIDE_VIEW_TOTAL       ? source != TIDE_SOURCE_MASSIF
           : view == TIDE_VIEW_TEMPORARY ? source == TIDE_SOURCE_TIDEMARK
                                         : true;
}

static int check_view(const tide_recording *recording, enum tide_view view, tide_err *err) {
    if (tide_selection_knows(recording, view))
        return 0;
    return view == TIDE_VIEW_TOTAL
               ? tide_fail(err, -ENODATA,
                           "Massif does not tell what was allocated in total: --peak and --leaks are known")
               : tide_fail(err, -ENODATA, "%s does not tell which allocations were temporary",
                           recording->info.source == TIDE_SOURCE_DHAT ? "DHAT" : "Massif");
}

int tide_selection_init(tide_selection *selection, const tide_recording *recording, const tide_names *names,
                        const tide_report_options *options, tide_err *err) {
    const tide_heap *heap = &recording->heap;
    *selection = (tide_selection){0};
    tide_vec_extend(&selection->is_selected, heap->sites.count);
    for (size_t i = 0; i < heap->sites.count; i++)
        selection->is_selected.at[i] = true;
    int status = check_view(recording, options->view, err);
    if (status)
        return status;
    status = options->thread ? select_thread(selection, heap, options->thread, err) : 0;
    if (options->filter)
        select_matching(selection, heap, names, options->filter);
    weigh_sites(selection, heap, options->view);
    return status;
}

/* One of the two is zero. */
static uint64_t amount_of(const tide_selection *selection, uint32_t site) {
    return selection->heap.at[site].amount + selection->mapped.at[site].amount;
}

static int by_amount(const void *left, const void *right, void *selection) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    uint64_t x = amount_of(selection, a), y = amount_of(selection, b);
    return x != y ? (x < y) - (x > y) : (a > b) - (a < b);
}

tide_site_list tide_selection_order(const tide_selection *selection) {
    tide_site_list order = {0};
    for (uint32_t i = 0; i < selection->is_selected.count; i++)
        if (selection->is_selected.at[i])
            *tide_vec_push(&order) = i;
    if (order.count)
        qsort_r(order.at, order.count, sizeof *order.at, by_amount, (void *)(uintptr_t)selection);
    return order;
}

void tide_selection_free(tide_selection *selection) {
    tide_vec_free(&selection->is_selected);
    tide_vec_free(&selection->heap);
    tide_vec_free(&selection->mapped);
}
