#include "residency/pages.h"
#include "proc/page_faults.h"
#include "proc/pagemap.h"
#include "residency/inside.h"

struct tide_pages_watch {
    pid_t pid;
    tide_proc_faults *faults; /* NULL: may not be watched */
    tide_proc_fault_list pending;
    /* of this look, and of the one before */
    tide_account account, account_before;
    tide_blocks blocks, blocks_before;
    tide_inside inside, inside_before;
    tide_pages pages;
    TIDE_VEC(tide_site_pages) sites;
    TIDE_VEC(tide_touch) touches;
    tide_map touch_of;     /* node, site → touch since the last look */
    tide_map code_of;      /* address → code of the heap */
    tide_map node_by_edge; /* parent, code → node of the heap */
};

tide_pages_watch *tide_pages_watch_new(pid_t pid) {
    tide_pages_watch *watch = tide_xcalloc(1, sizeof *watch);
    watch->pid = pid;
    if (tide_proc_faults_open(&watch->faults, pid) != 0)
        watch->faults = NULL;
    return watch;
}

bool tide_pages_watch_sees_faults(const tide_pages_watch *watch) {
    return watch->faults != NULL;
}

void tide_pages_watch_free(tide_pages_watch *watch) {
    if (!watch)
        return;
    tide_proc_faults_close(watch->faults);
    tide_vec_free(&watch->pending);
    tide_account_free(&watch->account);
    tide_account_free(&watch->account_before);
    tide_vec_free(&watch->blocks);
    tide_vec_free(&watch->blocks_before);
    tide_inside_free(&watch->inside);
    tide_inside_free(&watch->inside_before);
    tide_vec_free(&watch->sites);
    tide_vec_free(&watch->touches);
    tide_map_free(&watch->touch_of);
    tide_map_free(&watch->code_of);
    tide_map_free(&watch->node_by_edge);
    free(watch);
}

void tide_pages_watch_drain(tide_pages_watch *watch) {
    if (watch->faults)
        tide_proc_faults_take(watch->faults, &watch->pending);
}

/* ---- who touched */

static bool find_module(const tide_heap *heap, uint64_t address, uint32_t *ret) {
    for (size_t i = heap->modules.count; i-- > 0;)
        if (address >= heap->modules.at[i].start && address < heap->modules.at[i].end) {
            *ret = (uint32_t)i;
            return true;
        }
    return false;
}

/* `pc` is a return address, as all codes are. A file that was not known may be, when it is met again. */
static uint32_t code_of(tide_pages_watch *watch, tide_heap *heap, uint64_t pc) {
    uint32_t module, code;
    bool is_known = tide_map_get(&watch->code_of, pc, &code);
    if (is_known && heap->codes.at[code].module != TIDE_NONE)
        return code;
    bool has_module = find_module(heap, pc - 1, &module);
    if (is_known && !has_module)
        return code;
    code = (uint32_t)heap->codes.count;
    *tide_vec_push(&heap->codes) =
        has_module ? (tide_code){module, pc - heap->modules.at[module].bias} : (tide_code){TIDE_NONE, pc};
    tide_map_set(&watch->code_of, pc, code);
    return code;
}

static uint32_t child_of(tide_pages_watch *watch, tide_heap *heap, uint32_t parent, uint32_t code) {
    bool is_new;
    uint32_t node = tide_map_put(&watch->node_by_edge, (uint64_t)parent << 32 | code,
                                 (uint32_t)heap->nodes.count, &is_new);
    if (is_new)
        *tide_vec_push(&heap->nodes) = (tide_node){.parent = parent, .code = code};
    return node;
}

/* Frames are good for as long as they are in files that are known. The caller of a function without a frame is not on
 * the chain of frame pointers; its return address is what the stack pointer shows, if anything of code is there. */
static uint32_t node_of(tide_pages_watch *watch, tide_heap *heap, const tide_proc_fault *fault) {
    uint64_t pcs[TIDE_PROC_FAULT_DEPTH + 1] = {fault->pc[0] + 1};
    uint32_t count = 1, module, node = 0;
    if (find_module(heap, fault->top_word - 1, &module) &&
        (fault->depth < 2 || fault->pc[1] != fault->top_word))
        pcs[count++] = fault->top_word;
    for (uint32_t i = 1; i < fault->depth && find_module(heap, fault->pc[i] - 1, &module); i++)
        pcs[count++] = fault->pc[i];
    while (count-- > 0)
        node = child_of(watch, heap, node, code_of(watch, heap, pcs[count]));
    return node;
}

static const tide_block *find_block(const tide_blocks *blocks, uint64_t address) {
    size_t low = 0, high = blocks->count;
    while (low < high) { /* the last that begins at or before it */
        size_t middle = low + (high - low) / 2;
        if (blocks->at[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const tide_block *block = low ? &blocks->at[low - 1] : NULL;
    return block && address - block->address < block->bytes ? block : NULL;
}

static void count_touch(tide_pages_watch *watch, uint32_t node, uint32_t site) {
    bool is_new;
    uint32_t touch =
        tide_map_put(&watch->touch_of, (uint64_t)node << 32 | site, (uint32_t)watch->touches.count, &is_new);
    if (is_new)
        *tide_vec_push(&watch->touches) = (tide_touch){.node = node, .site = site};
    watch->touches.at[touch].faults_count++;
    watch->pages.touched_bytes += TIDE_PROC_PAGE_BYTES;
    if (site != TIDE_NONE)
        watch->sites.at[site].touched_bytes += TIDE_PROC_PAGE_BYTES;
    else
        watch->pages.unowned_bytes += TIDE_PROC_PAGE_BYTES;
}

/* A page may be touched first by malloc, for the header that stands before a block. */
static const tide_block *find_owner(const tide_blocks *blocks, uint64_t address) {
    enum { CHUNK_HEADER_BYTES = 16 };
    const tide_block *block = find_block(blocks, address);
    return block ? block : find_block(blocks, address + CHUNK_HEADER_BYTES);
}

/* False: its block's stack is not named yet (track/events.h); it will be at the thread's next event. */
static bool attribute(tide_pages_watch *watch, tide_heap *heap, const tide_proc_fault *fault) {
    const tide_block *block = find_owner(&watch->blocks, fault->address);
    if (!block)
        block = find_owner(&watch->blocks_before, fault->address);
    if (block && block->site >= watch->sites.count)
        return false;
    count_touch(watch, node_of(watch, heap, fault), block ? block->site : TIDE_NONE);
    return true;
}

static void attribute_all(tide_pages_watch *watch, tide_heap *heap) {
    watch->touches.count = 0;
    tide_map_free(&watch->touch_of);
    size_t left = 0;
    for (size_t i = 0; i < watch->pending.count; i++)
        if (!attribute(watch, heap, &watch->pending.at[i]))
            watch->pending.at[left++] = watch->pending.at[i];
    watch->pending.count = left;
    if (watch->faults)
        watch->pages.lost_faults = tide_proc_faults_lost(watch->faults);
}

/* ---- what has gone */

static const tide_part *part_at(const tide_account *account, uint64_t address) {
    size_t low = 0, high = account->parts.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (account->parts.at[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const tide_part *part = low < account->parts.count ? &account->parts.at[low] : NULL;
    return part && part->start <= address ? part : NULL;
}

static uint64_t *reason(tide_pages_watch *watch, uint64_t page) {
    const tide_part *now = part_at(&watch->account, page), *before = part_at(&watch->account_before, page);
    if (!now)
        return before && before->category == TIDE_CATEGORY_BRK_HEAP ? &watch->pages.lowered_bytes
                                                                    : &watch->pages.unmapped_bytes;
    bool is_free =
        !find_block(&watch->blocks, page) && !find_block(&watch->blocks, page + TIDE_PROC_PAGE_BYTES - 1);
    return is_free && (now->category == TIDE_CATEGORY_BRK_HEAP || now->category == TIDE_CATEGORY_ARENA)
               ? &watch->pages.trimmed_bytes
               : &watch->pages.advised_bytes;
}

/* Pages that were in RAM at the look before, and are not now. */
static void count_gone(tide_pages_watch *watch) {
    size_t k = 0;
    for (size_t i = 0; i < watch->inside_before.runs.count; i++) {
        tide_run run = watch->inside_before.runs.at[i];
        for (uint64_t page = run.start; page < run.end; page += TIDE_PROC_PAGE_BYTES) {
            while (k < watch->inside.runs.count && watch->inside.runs.at[k].end <= page)
                k++;
            if (k == watch->inside.runs.count || page < watch->inside.runs.at[k].start)
                *reason(watch, page) += TIDE_PROC_PAGE_BYTES;
        }
    }
}

/* ---- a look */

static void turn(tide_pages_watch *watch) {
    tide_account_free(&watch->account_before);
    tide_vec_free(&watch->blocks_before);
    tide_inside_free(&watch->inside_before);
    watch->account_before = watch->account;
    watch->blocks_before = watch->blocks;
    watch->inside_before = watch->inside;
    watch->account = (tide_account){0};
    memset(&watch->blocks, 0, sizeof watch->blocks);
    watch->inside = (tide_inside){0};
}

static void take_sums(tide_pages *pages, const tide_inside *inside) {
    pages->requested_bytes = inside->heap.requested_bytes;
    pages->resident_bytes = inside->heap.blocks_resident_bytes;
    pages->untouched_bytes = inside->heap.untouched_bytes;
    pages->swapped_bytes = inside->heap.swapped_bytes;
    pages->overhead_bytes = inside->heap.overhead_bytes;
    pages->trimmable_bytes = inside->heap.trimmable_bytes;
    pages->pinned_bytes = inside->heap.pinned_bytes;
    pages->kept_bytes = inside->heap.kept_bytes;
    pages->mapped_bytes = inside->mapped.requested_bytes;
    pages->mapped_resident_bytes = inside->mapped.blocks_resident_bytes;
    pages->untracked_bytes = inside->untracked_bytes;
}

static void take_sites(tide_pages_watch *watch, size_t sites_count) {
    if (watch->sites.count < sites_count)
        (void)tide_vec_extend(&watch->sites, sites_count - watch->sites.count);
    for (size_t i = 0; i < sites_count; i++) {
        const tide_inside_site *from = &watch->inside.sites.at[i];
        tide_site_pages *to = &watch->sites.at[i];
        to->resident_bytes = from->resident_bytes;
        to->untouched_bytes = from->untouched_bytes;
        to->pinned_bytes = from->pinned_bytes;
    }
}

int tide_pages_watch_look(tide_pages_watch *watch, const tide_ledger *ledger, tide_heap *heap,
                          uint64_t time_ns, tide_pages_look *ret) {
    tide_pages_watch_drain(watch);
    turn(watch);
    int failed = tide_account_outline(&watch->account, watch->pid);
    if (failed)
        return failed;
    tide_ledger_blocks(&watch->blocks, ledger, heap);
    failed = tide_inside_read(&watch->inside, &watch->account, &watch->blocks, heap->sites.count);
    if (failed)
        return failed;
    watch->pages.time_ns = time_ns;
    take_sums(&watch->pages, &watch->inside);
    take_sites(watch, heap->sites.count);
    count_gone(watch);
    attribute_all(watch, heap);
    *ret = (tide_pages_look){.pages = watch->pages,
                             .sites = watch->sites.at,
                             .sites_count = watch->sites.count,
                             .touches = watch->touches.at,
                             .touches_count = watch->touches.count};
    return 0;
}
