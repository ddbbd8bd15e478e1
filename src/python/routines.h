/* python/routines: code object → number of a routine, which the ledger's log describes: name, file, first line and the
 * table of lines (ledger/layout.h, TIDE_LOG_ROUTINE).
 *
 *   cache   sets of four words  │ address of the code object / 16 (43 bits) │ routine (21) │      0: free
 *   ids     2^k words           │ 43 bits of the hash of its contents       │ routine (21) │      0: free
 *
 * The cache is looked at for each frame of each stack. What is not in it is found by its contents, so two code objects
 * with the same contents are one routine, and a code object that is compiled again and again is described once.
 *
 * Code objects die, and another one may get the address: then the word must be gone. So the type of code objects gets a
 * deallocator of ours in front of its own: it takes the word away first. While the code object dies, it has no name.
 * The fields of a code object that stands on a stack do not change, so they can be read at any time. */
#pragma once
#include "ledger/writer.h"
#include "python/layout.h"

enum {
    TIDE_ROUTINE_BITS = 21,
    TIDE_ROUTINE_NONE =
        (1 << TIDE_ROUTINE_BITS) - 1, /* not a function: what the interpreter calls itself with */
    TIDE_ROUTINE_SETS = 4096,
    TIDE_ROUTINE_WAYS = 4,
    TIDE_ROUTINE_TEXT_BYTES = 4096, /* longer names are cut */
};

typedef struct tide_routines {
    uint64_t cache[TIDE_ROUTINE_SETS][TIDE_ROUTINE_WAYS]; /* any thread that holds a GIL, whole words */
    uint64_t *ids;                                        /* the rest: under `lock` */
    uint32_t id_bits, count;
    uint32_t thread_entry_plus_one; /* routine of threading.Thread._bootstrap; 0: not met */
    const void *code_type;          /* PyCode_Type, once a code object was met */
    tide_book *book;                /* whose log it is, … */
    uint32_t *lock;                 /* … and the lock of that */
    uint32_t next_victim;
    char name[TIDE_ROUTINE_TEXT_BYTES], file[TIDE_ROUTINE_TEXT_BYTES];
} tide_routines;

TIDE_HOT uint64_t *tide_routine_set(tide_routines *routines, uintptr_t code) {
    return routines->cache[(code >> 5 ^ code >> 17) % TIDE_ROUTINE_SETS];
}

/* `code` stands on the calling thread's stack. TIDE_ROUTINE_NONE: leave it out. Cost: 2 ns; a miss less than 1 us. */
TIDE_HOT uint32_t tide_routines_get(tide_routines *routines, const tide_python_layout *layout,
                                    uintptr_t code);
TIDE_COLD uint32_t tide_routines_miss(tide_routines *routines, const tide_python_layout *layout,
                                      uintptr_t code);

TIDE_HOT uint32_t tide_routines_get(tide_routines *routines, const tide_python_layout *layout,
                                    uintptr_t code) {
    const uint64_t *set = tide_routine_set(routines, code);
    uint64_t tag = (uint64_t)code >> 4 << TIDE_ROUTINE_BITS;
    for (int way = 0; way < TIDE_ROUTINE_WAYS; way++) {
        uint64_t word = __atomic_load_n(&set[way], __ATOMIC_RELAXED) ^ tag;
        if (TIDE_LIKELY(word < 1u << TIDE_ROUTINE_BITS))
            return (uint32_t)word;
    }
    return tide_routines_miss(routines, layout, code);
}
