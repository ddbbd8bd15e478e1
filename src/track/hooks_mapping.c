/* mmap, mremap, munmap as the program calls them. Those of the allocator itself are not the program's, and are known by
 * where they are called from; those of libc and the loader do not come through here at all. */
#include "track/attention.h"
#include "track/mappings.h"
#include "track/real.h"
#include <stdarg.h>
#include <sys/mman.h>

static uint64_t page_up(uint64_t bytes) {
    return (bytes + TIDE_PAGE - 1) & ~(uint64_t)(TIDE_PAGE - 1);
}

/* The thread whose mapping this is, with its gate shut and the lock held; NULL: not to be recorded. */
static tide_thread *begin(uint32_t *ret_generation, const void *caller) {
    const tide_real *real = tide_real_get();
    if (tide_real_is_of_allocator(real, (uintptr_t)caller))
        return NULL;
    tide_thread *thread = tide_thread_enter_any();
    if (!thread)
        return NULL;
    *ret_generation = thread->gate;
    tide_gate_shut(thread);
    tide_events_settle(thread);
    __atomic_store_n(&thread->is_passive, 1, __ATOMIC_RELEASE); /* a mapping may take seconds to be filled */
    tide_mappings_lock(thread->book);
    return thread;
}

static void end(tide_thread *thread, uint32_t generation) {
    tide_mappings_unlock(thread->book);
    __atomic_store_n(&thread->is_passive, 0, __ATOMIC_RELEASE);
    tide_events_end(thread, generation);
}

static void *map(__typeof__(tide_real_.mmap) real_mmap, void *hint, size_t bytes, int protection, int flags,
                 int fd, off_t offset, const void *frame) {
    uint32_t generation;
    tide_thread *thread = begin(&generation, ((const void *const *)frame)[1]);
    void *at = real_mmap(hint, bytes, protection, flags, fd, offset);
    if (!thread)
        return at;
    if (at != MAP_FAILED) {
        uint32_t site = tide_attention_leaves_out(thread) ? 0 : tide_events_site(thread, frame, TIDE_MMAP);
        if (site)
            tide_mappings_add(thread, (uint64_t)at, (uint64_t)at + page_up(bytes), site);
        else /* no room, or left out: but what MAP_FIXED has replaced is gone */
            tide_mappings_remove(thread, (uint64_t)at, (uint64_t)at + page_up(bytes));
    }
    end(thread, generation);
    return at;
}

TIDE_EXPORT void *mmap(void *hint, size_t bytes, int protection, int flags, int fd, off_t offset) {
    return map(tide_real_get()->mmap, hint, bytes, protection, flags, fd, offset, TIDE_FRAME());
}

TIDE_EXPORT void *mmap64(void *hint, size_t bytes, int protection, int flags, int fd, off_t offset) {
    return map(tide_real_get()->mmap64, hint, bytes, protection, flags, fd, offset, TIDE_FRAME());
}

TIDE_EXPORT int munmap(void *at, size_t bytes) {
    uint32_t generation;
    tide_thread *thread = begin(&generation, __builtin_return_address(0));
    int code = tide_real_get()->munmap(at, bytes);
    if (!thread)
        return code;
    if (!code)
        tide_mappings_remove(thread, (uint64_t)at, (uint64_t)at + page_up(bytes));
    end(thread, generation);
    return code;
}

/* A mapping that moves or changes its size stays with the site that made it. */
static void moved(tide_thread *thread, uint64_t old, uint64_t old_bytes, uint64_t now, uint64_t new_bytes,
                  bool keeps_old) {
    uint32_t site = tide_mappings_site(thread->book, old);
    if (!keeps_old)
        tide_mappings_remove(thread, old, old + page_up(old_bytes));
    if (site)
        tide_mappings_add(thread, now, now + page_up(new_bytes), site);
}

TIDE_EXPORT void *mremap(void *old, size_t old_bytes, size_t new_bytes, int flags, ...) {
    void *wanted = NULL;
    if (flags & MREMAP_FIXED) {
        va_list more;
        va_start(more, flags);
        wanted = va_arg(more, void *);
        va_end(more);
    }
    uint32_t generation;
    tide_thread *thread = begin(&generation, __builtin_return_address(0));
    void *at = tide_real_get()->mremap(old, old_bytes, new_bytes, flags, wanted);
    if (!thread)
        return at;
    bool keeps_old = !old_bytes || flags & MREMAP_DONTUNMAP;
    if (at != MAP_FAILED)
        moved(thread, (uint64_t)old, old_bytes, (uint64_t)at, new_bytes, keeps_old);
    end(thread, generation);
    return at;
}
