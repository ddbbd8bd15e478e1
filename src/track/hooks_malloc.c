/* The C allocator's entry points. Each calls the real one, and then says what happened; see track/events.h. */
#include "track/attention.h"
#include "track/events.h"
#include "track/real.h"
#include <errno.h>
#include <string.h>

/* A block has been made; NULL: it has not. */
TIDE_HOT void made(void *block, size_t bytes, enum tide_kind kind, const void *frame) {
    if (TIDE_UNLIKELY(!block))
        return;
    tide_thread *thread = tide_thread_ready();
    if (TIDE_LIKELY(thread))
        tide_on_alloc(thread, (uintptr_t)block, bytes, kind, frame);
    else
        tide_attend_alloc((uintptr_t)block, bytes, kind, frame);
}

/* A block is about to be freed. */
TIDE_HOT void going(void *block) {
    tide_thread *thread = tide_thread_ready();
    if (TIDE_LIKELY(thread))
        tide_on_free(thread, (uintptr_t)block);
    else
        tide_attend_free((uintptr_t)block);
}

TIDE_EXPORT void *malloc(size_t bytes) {
    const tide_real *real = tide_real_get();
    if (TIDE_UNLIKELY(!real->malloc))
        return tide_boot_alloc(bytes, 16);
    void *block = real->malloc(bytes);
    made(block, bytes, TIDE_MALLOC, TIDE_FRAME());
    return block;
}

TIDE_EXPORT void *calloc(size_t count, size_t bytes) {
    const tide_real *real = tide_real_get();
    /* never used before: zero */
    if (TIDE_UNLIKELY(!real->calloc))
        return tide_boot_alloc(count * bytes, 16);
    void *block = real->calloc(count, bytes);
    made(block, count * bytes, TIDE_CALLOC, TIDE_FRAME());
    return block;
}

TIDE_EXPORT void free(void *block) {
    if (!block || TIDE_UNLIKELY(tide_boot_owns(block)))
        return;
    going(block);
    tide_real_get()->free(block);
}

/* Gone from glibc 2.26 on, but old programs still call it. */
TIDE_EXPORT void cfree(void *block) {
    free(block);
}

/* C23 7.24.3.4: the same as free for a block of that size. Allocators that know the size take it. */
TIDE_EXPORT void free_sized(void *block, size_t bytes) {
    const tide_real *real = tide_real_get();
    if (!block || TIDE_UNLIKELY(tide_boot_owns(block)))
        return;
    going(block);
    if (real->free_sized)
        real->free_sized(block, bytes);
    else
        real->free(block);
}

TIDE_EXPORT void free_aligned_sized(void *block, size_t align, size_t bytes) {
    const tide_real *real = tide_real_get();
    if (!block || TIDE_UNLIKELY(tide_boot_owns(block)))
        return;
    going(block);
    if (real->free_aligned_sized)
        real->free_aligned_sized(block, align, bytes);
    else
        real->free(block);
}

static void *boot_realloc(void *old, size_t bytes) {
    void *block = malloc(bytes);
    size_t had = old ? tide_boot_usable(old) : 0;
    if (block && old)
        memcpy(block, old, had < bytes ? had : bytes);
    return block;
}

/* A real realloc of a block that exists. Whether a NULL result means failed or freed, only the size can tell: for 0
 * bytes glibc frees (errno stays), others give a block. */
static void *resize(tide_thread *thread, void *old, size_t bytes, enum tide_kind kind, const void *frame) {
    tide_resize step = tide_resize_begin(thread, (uintptr_t)old);
    if (TIDE_UNLIKELY(thread->gate == TIDE_GATE_ATTENTION) && step.block.place)
        tide_attend_resize(thread, step.block);
    void *block = tide_real_get()->realloc(old, bytes);
    tide_thread *after = tide_thread_enter_any();
    if (!after)
        return block;
    if (step.block.place)
        tide_resize_end(after, &step, (uintptr_t)block, bytes, !block && !bytes);
    else
        made(block, bytes, kind, frame);
    if (TIDE_UNLIKELY(after->gate == TIDE_GATE_ATTENTION) && step.block.place && (block || bytes))
        tide_attend_resized(after, block ? tide_row_make((uintptr_t)block, bytes, tide_row_site(step.block))
                                         : step.block);
    return block;
}

TIDE_HOT void *any_realloc(void *old, size_t bytes, enum tide_kind kind, const void *frame) {
    const tide_real *real = tide_real_get();
    if (TIDE_UNLIKELY(!real->realloc || (old && tide_boot_owns(old))))
        return boot_realloc(old, bytes);
    tide_thread *thread = tide_thread_enter();
    if (TIDE_UNLIKELY(!thread))
        thread = tide_attentive();
    if (old && TIDE_LIKELY(thread))
        return resize(thread, old, bytes, kind, frame);
    if (old)
        tide_events_nested((uintptr_t)old, 0, TIDE_KIND_COUNT);
    void *block = real->realloc(old, bytes);
    made(block, bytes, kind, frame);
    return block;
}

TIDE_EXPORT void *realloc(void *old, size_t bytes) {
    return any_realloc(old, bytes, TIDE_REALLOC, TIDE_FRAME());
}

TIDE_EXPORT void *reallocarray(void *old, size_t count, size_t bytes) {
    size_t all_bytes;
    if (__builtin_mul_overflow(count, bytes, &all_bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return any_realloc(old, all_bytes, TIDE_REALLOCARRAY, TIDE_FRAME());
}

TIDE_EXPORT void *memalign(size_t align, size_t bytes) {
    const tide_real *real = tide_real_get();
    if (TIDE_UNLIKELY(!real->memalign))
        return tide_boot_alloc(bytes, align);
    void *block = real->memalign(align, bytes);
    made(block, bytes, TIDE_MEMALIGN, TIDE_FRAME());
    return block;
}

TIDE_EXPORT int posix_memalign(void **ret, size_t align, size_t bytes) {
    const tide_real *real = tide_real_get();
    if (TIDE_UNLIKELY(!real->posix_memalign))
        return (*ret = tide_boot_alloc(bytes, align)) ? 0 : ENOMEM;
    int code = real->posix_memalign(ret, align, bytes);
    if (!code)
        made(*ret, bytes, TIDE_POSIX_MEMALIGN, TIDE_FRAME());
    return code;
}

TIDE_EXPORT void *aligned_alloc(size_t align, size_t bytes) {
    const tide_real *real = tide_real_get();
    if (TIDE_UNLIKELY(!real->aligned_alloc))
        return tide_boot_alloc(bytes, align);
    void *block = real->aligned_alloc(align, bytes);
    made(block, bytes, TIDE_ALIGNED_ALLOC, TIDE_FRAME());
    return block;
}

TIDE_EXPORT void *valloc(size_t bytes) {
    const tide_real *real = tide_real_get();
    if (TIDE_UNLIKELY(!real->valloc))
        return tide_boot_alloc(bytes, TIDE_PAGE);
    void *block = real->valloc(bytes);
    made(block, bytes, TIDE_VALLOC, TIDE_FRAME());
    return block;
}

TIDE_EXPORT void *pvalloc(size_t bytes) {
    const tide_real *real = tide_real_get();
    if (TIDE_UNLIKELY(!real->pvalloc))
        return tide_boot_alloc(bytes, TIDE_PAGE);
    void *block = real->pvalloc(bytes);
    made(block, bytes, TIDE_PVALLOC, TIDE_FRAME());
    return block;
}

TIDE_EXPORT size_t malloc_usable_size(void *block) {
    if (block && TIDE_UNLIKELY(tide_boot_owns(block)))
        return tide_boot_usable(block);
    return tide_real_get()->malloc_usable_size(block);
}

/* ---- operator new and delete: each form is counted here only when it is the allocator's own; libstdc++'s go through
 * malloc or another form, and are passed on with a jump, so that no frame of ours stands on the stack. An allocator's
 * form may also call malloc or free by name (jemalloc's aligned ones do), and then these hooks count. Which it is,
 * the first call of each form shows. */
enum form { FORM_NEW, FORM_COUNTED, FORM_CALLS_BY_NAME };

static void begin_first_new(void) {
    tide_thread *thread = tide_thread_enter_any();
    if (thread)
        thread->last_address = 0; /* no temporary any more, since this is its thread's next allocation */
}

/* Has the first call's block been counted by another hook meanwhile? */
static bool end_first_new(uint32_t *form, const void *block) {
    const tide_thread *thread = tide_thread_enter_any();
    if (!thread || !block)
        return false;
    bool is_counted = thread->last_address == (uintptr_t)block;
    __atomic_store_n(form, is_counted ? FORM_CALLS_BY_NAME : FORM_COUNTED, __ATOMIC_RELAXED);
    return is_counted;
}

static uint64_t foreign_frees(tide_thread *thread) {
    tide_events_settle(thread);
    return thread->row->foreign_frees;
}

static uint64_t begin_first_delete(void *block) {
    going(block);
    tide_thread *thread = tide_thread_enter_any();
    return thread ? foreign_frees(thread) : UINT64_MAX;
}

static void end_first_delete(uint32_t *form, uint64_t foreign_frees_before) {
    tide_thread *thread = tide_thread_enter_any();
    if (!thread || foreign_frees_before == UINT64_MAX)
        return;
    bool is_counted_twice = foreign_frees(thread) > foreign_frees_before;
    thread->row->foreign_frees = foreign_frees_before;
    __atomic_store_n(form, is_counted_twice ? FORM_CALLS_BY_NAME : FORM_COUNTED, __ATOMIC_RELAXED);
}

/* `is_passed_on`: the hook has nothing to do with it. */
#define REAL_FORM(symbol)                                                                                    \
    static uint32_t form;                                                                                    \
    const tide_real *real = tide_real_get();                                                                 \
    __typeof__(tide_real_.symbol) next = real->symbol;                                                       \
    if (TIDE_UNLIKELY(!next))                                                                                \
        next =                                                                                               \
            (__typeof__(next))tide_real_find_late(#symbol, __builtin_return_address(0), &tide_real_.symbol); \
    uint32_t how = __atomic_load_n(&form, __ATOMIC_RELAXED);                                                 \
    bool is_passed_on = how == FORM_CALLS_BY_NAME || !tide_real_is_of_allocator(real, (uintptr_t)next)

#define HOOK_NEW(symbol, kind, parameters, arguments)            \
    TIDE_EXPORT void *symbol parameters {                        \
        REAL_FORM(symbol);                                       \
        if (TIDE_LIKELY(is_passed_on))                           \
            return next arguments;                               \
        if (how == FORM_NEW)                                     \
            begin_first_new();                                   \
        void *block = next arguments;                            \
        if (how == FORM_COUNTED || !end_first_new(&form, block)) \
            made(block, bytes, kind, TIDE_FRAME());              \
        return block;                                            \
    }
#define HOOK_DELETE(symbol, parameters, arguments)                     \
    TIDE_EXPORT void symbol parameters {                               \
        REAL_FORM(symbol);                                             \
        if (TIDE_LIKELY(is_passed_on || !block)) {                     \
            next arguments;                                            \
        } else if (how == FORM_COUNTED) {                              \
            going(block);                                              \
            next arguments;                                            \
        } else {                                                       \
            uint64_t foreign_frees_before = begin_first_delete(block); \
            next arguments;                                            \
            end_first_delete(&form, foreign_frees_before);             \
        }                                                              \
    }

HOOK_NEW(_Znwm, TIDE_NEW, (size_t bytes), (bytes))
HOOK_NEW(_Znam, TIDE_NEW_ARRAY, (size_t bytes), (bytes))
HOOK_NEW(_ZnwmRKSt9nothrow_t, TIDE_NEW, (size_t bytes, const void *tag), (bytes, tag))
HOOK_NEW(_ZnamRKSt9nothrow_t, TIDE_NEW_ARRAY, (size_t bytes, const void *tag), (bytes, tag))
HOOK_NEW(_ZnwmSt11align_val_t, TIDE_NEW, (size_t bytes, size_t align), (bytes, align))
HOOK_NEW(_ZnamSt11align_val_t, TIDE_NEW_ARRAY, (size_t bytes, size_t align), (bytes, align))
HOOK_NEW(_ZnwmSt11align_val_tRKSt9nothrow_t, TIDE_NEW, (size_t bytes, size_t align, const void *tag),
         (bytes, align, tag))
HOOK_NEW(_ZnamSt11align_val_tRKSt9nothrow_t, TIDE_NEW_ARRAY, (size_t bytes, size_t align, const void *tag),
         (bytes, align, tag))
HOOK_DELETE(_ZdlPv, (void *block), (block))
HOOK_DELETE(_ZdaPv, (void *block), (block))
HOOK_DELETE(_ZdlPvm, (void *block, size_t bytes), (block, bytes))
HOOK_DELETE(_ZdaPvm, (void *block, size_t bytes), (block, bytes))
HOOK_DELETE(_ZdlPvRKSt9nothrow_t, (void *block, const void *tag), (block, tag))
HOOK_DELETE(_ZdaPvRKSt9nothrow_t, (void *block, const void *tag), (block, tag))
HOOK_DELETE(_ZdlPvSt11align_val_t, (void *block, size_t align), (block, align))
HOOK_DELETE(_ZdaPvSt11align_val_t, (void *block, size_t align), (block, align))
HOOK_DELETE(_ZdlPvmSt11align_val_t, (void *block, size_t bytes, size_t align), (block, bytes, align))
HOOK_DELETE(_ZdaPvmSt11align_val_t, (void *block, size_t bytes, size_t align), (block, bytes, align))
HOOK_DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t, (void *block, size_t align, const void *tag),
            (block, align, tag))
HOOK_DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t, (void *block, size_t align, const void *tag),
            (block, align, tag))

/* ---- the same by names that no other allocator has, for include/tidemark/tidemark.h */
#if __has_attribute(copy) /* gcc warns where an alias does not promise what its function does */
#define ALIAS_OF(hook) __attribute__((alias(#hook), copy(hook)))
#else
#define ALIAS_OF(hook) __attribute__((alias(#hook)))
#endif
#define ALIAS(symbol, result, parameters, hook) \
    TIDE_EXPORT result symbol parameters;       \
    TIDE_EXPORT result symbol parameters ALIAS_OF(hook)
ALIAS(tide_malloc, void *, (size_t), malloc);
ALIAS(tide_calloc, void *, (size_t, size_t), calloc);
ALIAS(tide_realloc, void *, (void *, size_t), realloc);
ALIAS(tide_aligned_alloc, void *, (size_t, size_t), aligned_alloc);
ALIAS(tide_free, void, (void *), free);
