/* heap/ledger_blocks: every live block and mapping of a program, by address: a copy of the ledger's rows.
 *
 *   rows of all shards, mappings, what waits in threads' rows ─► [0x5000 100 site 7] [0x6010 28 site 3] …
 *
 * The program goes on meanwhile: a block that comes or goes while this reads is in the list or not. */
#pragma once
#include "heap/ledger_reader.h"
#include <stdbool.h>

typedef struct tide_block {
    uint64_t address, bytes;
    uint32_t site;   /* of heap.sites; TIDE_NONE: its stack is not named yet */
    bool is_mapping; /* made by the program with mmap; never overlap one another */
} tide_block;

typedef TIDE_VEC(tide_block) tide_blocks;

/* Fill `ret`, empty at first, owned (tide_vec_free). `heap`: as last read from this ledger. Blocks of size 0 are left
 * out. Cost: 30 ns for each block. */
void tide_ledger_blocks(tide_blocks *ret, const tide_ledger *ledger, const tide_heap *heap);
