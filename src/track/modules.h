/* track/modules: the files whose code has been met on a stack: where each one is mapped, and until when.
 *
 * Found address by address through _dl_find_object, which takes no lock: the loader's lock must never be waited for
 * inside malloc, since a thread in dlopen may hold it and allocate. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { TIDE_MODULES_MAX = 8192 };

typedef struct tide_modules {
    struct tide_loaded {
        uint64_t start, end; /* end 0: gone */
        const void *link_map;
        /* where the log was when it was met: only stacks named since then can be in it */
        uint64_t log_word;
    } * at; /* by index in the ledger; under the naming lock */
    uint32_t count;
    uint32_t last_hit; /* most addresses are in the module of the one before */
} tide_modules;

struct tide_process;
/* Make sure that the file that `pc` is in is in the ledger. Naming lock held. */
void tide_modules_meet(struct tide_process *process, uintptr_t pc);
/* After a dlclose: say which modules are gone, forget their stacks and rules. */
void tide_modules_check(struct tide_process *process);
