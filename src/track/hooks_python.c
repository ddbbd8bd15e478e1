/* The Python interpreter's allocators for memory and for objects, where --python-allocators asks for them. Small
 * objects share arenas that the interpreter manages, so that malloc does not see them. These hooks stand in front of
 * its functions (PyMem_SetAllocator), all calls of which hold the GIL. What the interpreter does in turn, malloc for
 * large blocks and mmap for arenas, is not recorded: each block is counted once, where the program asked for it. */
#include "track/hooks_python.h"
#include "track/events.h"

enum { DOMAIN_MEMORY = 1, DOMAIN_OBJECT = 2 };

static tide_python_allocator
    real_allocators[DOMAIN_OBJECT + 1]; /* stay as they are in a forked child, like the hooks */

/* What follows is the interpreter's own until come_back. NULL: this thread is not recorded. */
TIDE_HOT tide_thread *pass_on(void) {
    return tide_thread_enter() ? tide_thread_step_aside() : NULL;
}

TIDE_HOT void *made(tide_thread *aside, void *block, size_t bytes, enum tide_kind kind, const void *frame) {
    if (TIDE_UNLIKELY(!aside))
        return block;
    tide_thread_come_back(aside);
    tide_thread *thread = tide_thread_enter();
    if (TIDE_LIKELY(thread && block))
        tide_on_alloc(thread, (uintptr_t)block, bytes, kind, frame);
    return block;
}

static void *on_malloc(void *context, size_t bytes) {
    const tide_python_allocator *real = context;
    tide_thread *aside = pass_on();
    void *block = real->malloc(real->context, bytes);
    return made(aside, block, bytes, TIDE_MALLOC, TIDE_FRAME());
}

static void *on_calloc(void *context, size_t count, size_t bytes) {
    const tide_python_allocator *real = context;
    tide_thread *aside = pass_on();
    void *block = real->calloc(real->context, count, bytes);
    return made(aside, block, count * bytes, TIDE_CALLOC, TIDE_FRAME());
}

static void *on_realloc(void *context, void *old, size_t bytes) {
    const tide_python_allocator *real = context;
    tide_thread *thread = old ? tide_thread_enter() : NULL;
    tide_resize step = {0};
    if (thread)
        step = tide_resize_begin(thread, (uintptr_t)old);
    tide_thread *aside = pass_on();
    void *block = real->realloc(real->context, old, bytes);
    if (!step.block.place)
        return made(aside, block, bytes, TIDE_REALLOC, TIDE_FRAME());
    if (aside)
        tide_thread_come_back(aside);
    thread = tide_thread_enter();
    if (thread)
        tide_resize_end(thread, &step, (uintptr_t)block, bytes, false);
    return block;
}

static void on_free(void *context, void *block) {
    const tide_python_allocator *real = context;
    tide_thread *thread = block ? tide_thread_enter() : NULL;
    if (TIDE_UNLIKELY(!thread)) {
        real->free(real->context, block);
        return;
    }
    tide_on_free(thread, (uintptr_t)block);
    tide_thread *aside = pass_on();
    real->free(real->context, block);
    if (TIDE_LIKELY(aside))
        tide_thread_come_back(aside);
}

void tide_python_hook_allocators(const tide_python *python) {
    for (int domain = DOMAIN_MEMORY; domain <= DOMAIN_OBJECT; domain++) {
        tide_python_allocator *real = &real_allocators[domain], now;
        python->get_allocator(domain, &now);
        if (now.malloc == on_malloc) /* in a forked child */
            continue;
        *real = now;
        tide_python_allocator hooks = {real, on_malloc, on_calloc, on_realloc, on_free};
        python->set_allocator(domain, &hooks);
    }
}
