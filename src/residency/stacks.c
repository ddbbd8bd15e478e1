#include "proc/pagemap.h"
#include "residency/pieces.h"

/* The lowest page of a stack that was ever touched: it is still in RAM, or in swap. 0: none, or it cannot be known. */
static uint64_t lowest_touched(int pagemap_fd, uint64_t start, uint64_t end) {
    uint64_t pages[TIDE_PROC_PAGES_AT_ONCE];
    for (uint64_t at = start; pagemap_fd >= 0 && at < end;) {
        size_t count = (end - at) / TIDE_PROC_PAGE_BYTES;
        if (count > TIDE_PROC_PAGES_AT_ONCE)
            count = TIDE_PROC_PAGES_AT_ONCE;
        if (tide_proc_pagemap_read(pagemap_fd, at, pages, count) != 0)
            return 0;
        for (size_t i = 0; i < count; i++)
            if (tide_proc_page_is_present(pages[i]) || tide_proc_page_is_swapped(pages[i]))
                return at + i * TIDE_PROC_PAGE_BYTES;
        at += count * TIDE_PROC_PAGE_BYTES;
    }
    return 0;
}

static void name_thread(tide_thread_stack *stack, const tide_classifier *classifier) {
    tide_proc_stat thread;
    for (size_t i = 0; i < classifier->threads.count; i++) {
        uint64_t sp = classifier->threads.at[i].sp;
        if (sp <= stack->start || sp > stack->end)
            continue;
        stack->tid = classifier->threads.at[i].tid;
        stack->used_bytes = stack->end - sp;
    }
    if (stack->tid && tide_proc_stat_read(stack->tid, &thread) == 0)
        memcpy(stack->name, thread.comm, sizeof stack->name);
}

static void find(const tide_classifier *classifier, tide_category category) {
    tide_account *account = classifier->account;
    for (size_t i = 0; i < account->parts.count; i++) {
        const tide_part *part = &account->parts.at[i];
        if (part->category != category)
            continue;
        tide_thread_stack *stack = tide_vec_push(&account->stacks);
        *stack = (tide_thread_stack){.start = part->start, .end = part->end};
        uint64_t lowest = lowest_touched(classifier->pagemap_fd, part->start, part->end);
        stack->high_water_bytes = lowest ? part->end - lowest : 0;
        stack->limit_bytes =
            category == TIDE_CATEGORY_MAIN_STACK ? classifier->stack_limit_bytes : part->end - part->start;
        name_thread(stack, classifier);
    }
}

void tide_stacks_find(tide_classifier *classifier) {
    find(classifier, TIDE_CATEGORY_MAIN_STACK);
    find(classifier, TIDE_CATEGORY_THREAD_STACK);
}
