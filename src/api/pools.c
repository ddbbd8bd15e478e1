/* Blocks of custom allocators: recorded as the allocator's hooks record theirs (track/hooks_malloc.c). */
#include "api/api.h"
#include "track/attention.h"

int tide_pool_alloc(const void *block, size_t bytes) {
    if (!block || (uintptr_t)block % 8)
        return -EINVAL;
    if (!tide_is_tracking())
        return -ECANCELED;
    tide_thread *thread = tide_thread_enter();
    if (TIDE_LIKELY(thread))
        tide_on_alloc(thread, (uintptr_t)block, bytes, TIDE_MALLOC, TIDE_FRAME());
    else
        tide_attend_alloc((uintptr_t)block, bytes, TIDE_MALLOC, TIDE_FRAME());
    return 0;
}

int tide_pool_free(const void *block) {
    if (!block || (uintptr_t)block % 8)
        return -EINVAL;
    if (!tide_api_thread())
        return TIDE_API_NO_THREAD;
    tide_thread *thread = tide_thread_enter();
    if (TIDE_LIKELY(thread))
        tide_on_free(thread, (uintptr_t)block);
    else
        tide_attend_free((uintptr_t)block);
    return 0;
}
