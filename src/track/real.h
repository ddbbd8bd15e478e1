/* track/real: the functions that the hooks stand in front of: the next definition in the loader's order, so that any
 * preloaded or linked allocator goes on working as it would. */
#pragma once
#include "ledger/writer.h"
#include "track/hooks.h"
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TIDE_EXPORT __attribute__((visibility("default")))

/* The hooks themselves. */
#define X(symbol, result, parameters) TIDE_EXPORT result symbol parameters;
TIDE_HOOKS(X)
#undef X

typedef struct tide_real {
#define X(symbol, result, parameters) result(*symbol) parameters;
    TIDE_HOOKS(X)
#undef X
    uint32_t is_ready;
    /* the file that defines malloc: mappings it makes are not the program's, and an operator new that it defines does
     * not come through malloc */
    uintptr_t allocator_start, allocator_end;
} tide_real;

extern __attribute__((visibility("hidden"))) tide_real tide_real_;

TIDE_COLD void tide_real_find(void);

TIDE_HOT const tide_real *tide_real_get(void) {
    if (TIDE_UNLIKELY(!tide_real_.is_ready))
        tide_real_find();
    return &tide_real_;
}

TIDE_HOT bool tide_real_is_of_allocator(const tide_real *real, uintptr_t code) {
    return code - real->allocator_start < real->allocator_end - real->allocator_start;
}

/* dlsym may allocate while the real functions are not known yet: such blocks come from a small store that never gives
 * anything back. */
void *tide_boot_alloc(size_t bytes, size_t align);
bool tide_boot_owns(const void *block);
size_t tide_boot_usable(const void *block);

/* A function of that name as code at `caller` would find it, when it was not to be found at the start: a C++ runtime
 * that came with a plugin. It is remembered in `ret_real`, and its library stays. NULL: nowhere. */
void *tide_real_find_late(const char *symbol, const void *caller, void *ret_real);
