/* residency/pieces: what a mapping is made of. Private to this folder.
 *
 *   prev ---p   rw-p                                                            next ---p
 *   guard    │  stack of a thread  │  large block  │  other  │  glibc's arena  │  rest of the arena's 64 MiB
 *            │  ≤ RLIMIT_STACK     │  header: size, mapped │  at 64 MiB × n     │ */
#pragma once
#include "residency/account.h"

typedef struct tide_piece {
    uint64_t start, end;
    tide_category file, anonymous; /* of pages that are a file's, and those that are not */
} tide_piece;
typedef TIDE_VEC(tide_piece) tide_pieces;

typedef struct tide_classifier {
    tide_account *account;
    int pagemap_fd, memory_fd; /* or a negative errno */
    uint64_t stack_limit_bytes;
    TIDE_VEC(struct tide_thread_sp {
        pid_t tid;
        uint64_t sp;
    }) threads;
    tide_map program_files; /* device, inode of files that have code mapped */
    uint64_t large_end;     /* of the last large block found: it may reach into the mappings that follow */
} tide_classifier;

void tide_classifier_init(tide_classifier *classifier, tide_account *account);
void tide_classifier_fini(tide_classifier *classifier);
/* `index`: of mappings.list. Append the pieces of a mapping: by address, without gaps. */
void tide_classify(tide_pieces *pieces, tide_classifier *classifier, uint32_t index);

/* anonymous.c: the pieces of a private mapping without a file, from `start` on. */
void tide_classify_anonymous(tide_pieces *pieces, tide_classifier *classifier, uint32_t index);
/* bss.c: where the zeroed data of the ELF file ends whose writable segment is mapped at `mapping`; UINT64_MAX when
 * that cannot be known. */
uint64_t tide_bss_end(const tide_account *account, const tide_proc_mapping *mapping);
/* split.c: append the parts of a mapping, and account for all of its usage. */
void tide_split(tide_account *account, uint32_t index, const tide_pieces *pieces, int pagemap_fd);
/* stacks.c: fill account->stacks from the parts. */
void tide_stacks_find(tide_classifier *classifier);
