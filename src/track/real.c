#include "track/real.h"
#include "track/process.h"
#include <dlfcn.h>
#include <link.h>
#include <string.h>

enum { BOOT_BYTES = 64 << 10 };

tide_real tide_real_;

/* Each block is preceded by its size. */
static alignas(64) char boot[BOOT_BYTES];
static size_t boot_used;

void *tide_boot_alloc(size_t bytes, size_t align) {
    if (bytes > BOOT_BYTES)
        return NULL;
    if (align < 16)
        align = 16;
    size_t room = (bytes + 15) / 16 * 16 + 16 + align,
           start = __atomic_fetch_add(&boot_used, room, __ATOMIC_RELAXED);
    if (start + room > BOOT_BYTES)
        return NULL;
    uintptr_t block = ((uintptr_t)boot + start + 16 + align - 1) & ~(align - 1);
    memcpy((void *)(block - sizeof bytes), &bytes, sizeof bytes);
    return (void *)block;
}

bool tide_boot_owns(const void *block) {
    return (uintptr_t)block - (uintptr_t)boot < BOOT_BYTES;
}

size_t tide_boot_usable(const void *block) {
    size_t bytes;
    memcpy(&bytes, (const char *)block - sizeof bytes, sizeof bytes);
    return bytes;
}

static void find_allocator(tide_real *real) {
    struct dl_find_object allocator;
    if (_dl_find_object((void *)real->malloc, &allocator))
        return;
    real->allocator_start = (uintptr_t)allocator.dlfo_map_start;
    real->allocator_end = (uintptr_t)allocator.dlfo_map_end;
}

void tide_real_find(void) {
    static uint32_t is_finding;
    if (__atomic_exchange_n(&is_finding, 1, __ATOMIC_ACQUIRE))
        return; /* an allocation of dlsym itself */
    tide_real found = {0};
#define X(symbol, result, parameters) *(void **)(void *)&found.symbol = dlsym(RTLD_NEXT, #symbol);
    TIDE_HOOKS(X)
#undef X
    find_allocator(&found);
    tide_real_ = found;
    __atomic_store_n(&tide_real_.is_ready, 1, __ATOMIC_RELEASE);
}

/* The library of `code` once more, so that it stays until that is closed; NULL: not to be had. Not its link map as a
 * handle: that of a library which came as another's dependency has no list of its own to search. */
static void *open_library(const void *code) {
    struct dl_find_object object;
    if (_dl_find_object((void *)(uintptr_t)code, &object))
        return NULL;
    return dlopen(object.dlfo_link_map->l_name, RTLD_LAZY | RTLD_NOLOAD);
}

static void *find_late(const char *symbol, const void *caller) {
    void *found = dlsym(RTLD_NEXT, symbol), *library;
    if (!found && (library = open_library(caller))) {
        found = dlsym(library, symbol);
        if (found)
            open_library(found); /* for good: the hook will go on calling it */
        tide_real_.dlclose(library);
    }
    dlerror(); /* what was not found is no business of the program */
    return found;
}

void *tide_real_find_late(const char *symbol, const void *caller, void *ret_real) {
    tide_thread *thread = tide_thread_step_aside();
    void *found = find_late(symbol, caller);
    tide_thread_come_back(thread);
    if (found)
        __atomic_store_n((void **)ret_real, found, __ATOMIC_RELEASE);
    return found;
}
