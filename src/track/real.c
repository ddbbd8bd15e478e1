#include "track/real.h"
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

void *tide_real_find_late(const char *symbol, const void *caller) {
    struct dl_find_object object;
    void *found = dlsym(RTLD_NEXT, symbol);
    if (found || _dl_find_object((void *)(uintptr_t)caller, &object))
        return found;
    /* what dlopen returns is this pointer; its dependencies are searched too */
    return dlsym(object.dlfo_link_map, symbol);
}
