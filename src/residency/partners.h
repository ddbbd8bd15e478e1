/* residency/partners: with whom a process shares its memory, page by page.
 *
 *   target 100             other 101                       the same page?
 *   0x7f00… frame 815      0x7f00… frame 815               root sees frame numbers: yes
 *   libc.so.6 page 12      libc.so.6 page 12, elsewhere    the page cache has a file's page once: yes
 *   0x5500… not alone      0x5500… not alone, a relative   forked from one another, same address, mapped by several: by
 *                                                          all likelihood (not sure: both may share it with third ones)
 *
 * A plain user sees only his own processes, and no frame numbers. What nobody was found for is said. */
#pragma once
#include "residency/account.h"

typedef struct tide_partner {
    pid_t pid;
    char comm[TIDE_PROC_COMM_MAX];
    bool is_relative;                     /* forked from one another, and no other program since */
    uint64_t anonymous_bytes, file_bytes; /* of the target's RSS; file: shared memory and memfd, too */
} tide_partner;

typedef struct tide_shared_file {
    uint32_t path; /* in account.mappings.names; 0: anonymous memory */
    uint32_t partners_count;
    uint64_t shared_bytes; /* of the target's RSS, with anybody */
} tide_shared_file;

typedef struct tide_partners {
    TIDE_VEC(tide_partner) list;      /* most shared first */
    TIDE_VEC(tide_shared_file) files; /* the same */
    uint64_t shared_bytes;            /* pages that others map as well */
    uint64_t unfound_bytes;           /* of these, with nobody who was found */
    uint32_t denied_count;            /* processes that may not be read */
    bool by_frame;                    /* frame numbers were seen */
} tide_partners;

/* Fills `*ret`, zeroed; freed with tide_partners_free. 0 or a negative errno: pagemap may not be read.
 * Cost: 25 ns for each page that may be shared, of the target and of each who maps the same; 30 us for each process. */
int tide_partners_find(tide_partners *ret, const tide_account *account);
void tide_partners_free(tide_partners *partners);
