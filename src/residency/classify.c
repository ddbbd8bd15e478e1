#include "proc/limits.h"
#include "proc/listing.h"
#include "proc/memory.h"
#include "proc/pagemap.h"
#include "proc/stack_pointer.h"
#include "residency/pieces.h"
#include <unistd.h>

/* ---- what is known before */

static uint64_t file_key(const tide_proc_mapping *mapping) {
    return mapping->inode ^ mapping->device << 44;
}

static void find_program_files(tide_classifier *classifier) {
    const tide_proc_mappings *mappings = &classifier->account->mappings;
    for (size_t i = 0; i < mappings->list.count; i++)
        if (mappings->list.at[i].inode && mappings->list.at[i].protection & TIDE_PROC_EXECUTE)
            tide_map_set(&classifier->program_files, file_key(&mappings->list.at[i]), 0);
}

static void find_threads(tide_classifier *classifier) {
    pid_t pid = classifier->account->pid;
    tide_pids tids = {0};
    tide_proc_list_threads(pid, &tids);
    for (size_t i = 0; i < tids.count; i++) {
        struct tide_thread_sp *thread = tide_vec_push(&classifier->threads);
        *thread = (struct tide_thread_sp){tids.at[i], tide_proc_stack_pointer(pid, tids.at[i])};
    }
    tide_vec_free(&tids);
}

void tide_classifier_init(tide_classifier *classifier, tide_account *account) {
    *classifier = (tide_classifier){
        .account = account,
        .pagemap_fd = tide_proc_pagemap_open(account->pid),
        .memory_fd = tide_proc_memory_open(account->pid),
        .stack_limit_bytes = tide_proc_stack_limit_bytes(account->pid),
    };
    find_program_files(classifier);
    find_threads(classifier);
}

void tide_classifier_fini(tide_classifier *classifier) {
    if (classifier->pagemap_fd >= 0)
        close(classifier->pagemap_fd);
    if (classifier->memory_fd >= 0)
        close(classifier->memory_fd);
    tide_vec_free(&classifier->threads);
    tide_map_free(&classifier->program_files);
}

/* ---- one mapping */

static bool begins_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_tracker(const char *path) {
    const char *name = strrchr(path, '/');
    return begins_with(path, "/memfd:tidemark-ledger") || (name && begins_with(name, "/libtidemark.so"));
}

static bool is_shared_memory(const char *path) {
    return begins_with(path, "/dev/shm/") || begins_with(path, "/SYSV") || begins_with(path, "/dev/zero") ||
           begins_with(path, "[anon_shmem:");
}

static void add_whole(tide_pieces *pieces, const tide_proc_mapping *mapping, tide_category file,
                      tide_category anonymous) {
    *tide_vec_push(pieces) = (tide_piece){mapping->start, mapping->end, file, anonymous};
}

static void classify_file(tide_pieces *pieces, const tide_classifier *classifier,
                          const tide_proc_mapping *mapping, const char *path) {
    uint32_t ignored;
    bool is_program = tide_map_get(&classifier->program_files, file_key(mapping), &ignored);
    if (is_tracker(path))
        add_whole(pieces, mapping, TIDE_CATEGORY_TRACKER, TIDE_CATEGORY_TRACKER);
    else if (begins_with(path, "/memfd:"))
        add_whole(pieces, mapping, TIDE_CATEGORY_MEMFD, TIDE_CATEGORY_ANONYMOUS);
    else if (is_shared_memory(path))
        add_whole(pieces, mapping, TIDE_CATEGORY_SHARED_MEMORY, TIDE_CATEGORY_ANONYMOUS);
    else if (!is_program || mapping->protection & TIDE_PROC_SHARED)
        add_whole(pieces, mapping, TIDE_CATEGORY_FILE, TIDE_CATEGORY_ANONYMOUS);
    else if (mapping->protection & TIDE_PROC_WRITE)
        add_whole(pieces, mapping, TIDE_CATEGORY_DATA_CLEAN, TIDE_CATEGORY_DATA_WRITTEN);
    else if (mapping->protection & TIDE_PROC_EXECUTE)
        add_whole(pieces, mapping, TIDE_CATEGORY_TEXT, TIDE_CATEGORY_TEXT);
    else
        add_whole(pieces, mapping, TIDE_CATEGORY_CONSTANTS, TIDE_CATEGORY_RELOCATED);
}

/* Names in brackets are the kernel's; "[anon:…]" is one that the program gave (prctl(2), PR_SET_VMA_ANON_NAME). */
static bool is_unnamed(const char *path) {
    return *path == 0 || begins_with(path, "[anon:");
}

void tide_classify(tide_pieces *pieces, tide_classifier *classifier, uint32_t index) {
    const tide_proc_mapping *mapping = &classifier->account->mappings.list.at[index];
    const char *path = tide_strings_get(&classifier->account->mappings.names, mapping->path);
    if (strcmp(path, "[heap]") == 0)
        add_whole(pieces, mapping, TIDE_CATEGORY_BRK_HEAP, TIDE_CATEGORY_BRK_HEAP);
    else if (strcmp(path, "[stack]") == 0)
        add_whole(pieces, mapping, TIDE_CATEGORY_MAIN_STACK, TIDE_CATEGORY_MAIN_STACK);
    else if (mapping->inode || is_shared_memory(path))
        classify_file(pieces, classifier, mapping, path);
    else if (!is_unnamed(path))
        add_whole(pieces, mapping, TIDE_CATEGORY_KERNEL, TIDE_CATEGORY_KERNEL);
    else if (mapping->protection & TIDE_PROC_EXECUTE)
        add_whole(pieces, mapping, TIDE_CATEGORY_GENERATED, TIDE_CATEGORY_GENERATED);
    else
        tide_classify_anonymous(pieces, classifier, index);
}
