/* Functions of the program that are called for each event: hooks and limits. Untracked regions, pools. */
#include "api/api.h"
#include "track/attention.h"

enum { HOOKS_MAX = 8, LIMITS_MAX = 256 };

static const tide_hooks *hooks[HOOKS_MAX]; /* the program's; atomic */
static struct limit {                      /* `call` is written last */
    tide_owner owner;
    tide_limit_reached *call;
    void *arg;
} limits[LIMITS_MAX];
static uint32_t lock; /* of both, for changes; gate shut */

/* ---- what is called */
static void check_limits(const tide_thread *thread, const tide_seen *event) {
    const tide_owner_row *rows = thread->book->owners;
    for (tide_owner owner = event->owner; owner; owner = rows[owner].parent) {
        uint64_t limit_bytes = rows[owner].limit_bytes;
        uint64_t current_bytes = rows[owner].tally.allocated_bytes - rows[owner].tally.freed_bytes;
        if (!limit_bytes || current_bytes <= limit_bytes || (int64_t)current_bytes < 0)
            continue;
        for (unsigned i = 0; i < LIMITS_MAX; i++) {
            tide_limit_reached *call = __atomic_load_n(&limits[i].call, __ATOMIC_ACQUIRE);
            if (call && limits[i].owner == owner)
                call(owner, current_bytes, limits[i].arg);
        }
    }
}

static void call_hooks(const tide_seen *event) {
    const tide_hook_event given = {.address =
                                       (const void *)event->address, // NOLINT(performance-no-int-to-ptr)
                                   .bytes = event->bytes,
                                   .owner = event->owner,
                                   .owner_now = event->owner_now,
                                   .thread = event->tid,
                                   .site = event->site};
    for (unsigned i = 0; i < HOOKS_MAX; i++) {
        const tide_hooks *of = __atomic_load_n(&hooks[i], __ATOMIC_ACQUIRE);
        void (*call)(const tide_hook_event *, void *) = !of              ? NULL
                                                        : event->is_free ? of->freed
                                                                         : of->allocated;
        if (call)
            call(&given, of->arg);
    }
}

static void call_all(tide_thread *thread, const tide_seen *event) {
    if (!event->is_free && thread->process->attention & TIDE_ATTENTION_LIMITS)
        check_limits(thread, event);
    call_hooks(event);
}

/* ---- hooks */

/* The place where `wanted` stands, NULL for a free one. */
static const tide_hooks **find_hooks(const tide_hooks *wanted) {
    for (unsigned i = 0; i < HOOKS_MAX; i++)
        if (hooks[i] == wanted)
            return &hooks[i];
    return NULL;
}

static int change_hooks(tide_thread *thread, const tide_hooks *from, const tide_hooks *to, int otherwise) {
    uint32_t gate = tide_work_begin(thread);
    tide_spin_lock(&lock);
    const tide_hooks **at = to && find_hooks(to) ? NULL : find_hooks(from);
    int code = at ? 0 : to && find_hooks(to) ? -EALREADY : otherwise;
    if (at)
        __atomic_store_n(at, to, __ATOMIC_RELEASE);
    bool has_any = false;
    for (unsigned i = 0; i < HOOKS_MAX; i++)
        has_any |= hooks[i] != NULL;
    tide_spin_unlock(&lock);
    tide_work_end(thread, gate);
    if (code == 0)
        tide_attention_set(thread->process, TIDE_ATTENTION_HOOKS, has_any);
    return code;
}

int tide_hooks_add(const tide_hooks *added) {
    tide_thread *thread = tide_api_thread();
    if (!added)
        return -EINVAL;
    if (!tide_is_tracking())
        return -ECANCELED;
    tide_attention_call = call_all;
    return change_hooks(thread, NULL, added, -ENOMEM);
}

int tide_hooks_remove(const tide_hooks *removed) {
    tide_thread *thread = tide_api_thread();
    if (!removed)
        return -EINVAL;
    return thread ? change_hooks(thread, removed, NULL, -ENOENT) : TIDE_API_NO_THREAD;
}

/* ---- limits */
static int change_limit(tide_owner owner, tide_limit_reached *call, void *arg, bool *ret_has_any) {
    struct limit *of = NULL, *vacant = NULL;
    for (unsigned i = 0; i < LIMITS_MAX; i++) {
        if (limits[i].call && limits[i].owner == owner)
            of = &limits[i];
        else if (!limits[i].call)
            vacant = &limits[i];
    }
    if (!of)
        of = vacant;
    if (!of && call)
        return -ENOMEM;
    if (of) {
        __atomic_store_n(&of->call, NULL, __ATOMIC_RELEASE);
        of->owner = owner;
        of->arg = arg;
        __atomic_store_n(&of->call, call, __ATOMIC_RELEASE);
    }
    *ret_has_any = false;
    for (unsigned i = 0; i < LIMITS_MAX; i++)
        *ret_has_any |= limits[i].call != NULL;
    return 0;
}

int tide_owner_limit(tide_owner owner, uint64_t limit_bytes, tide_limit_reached *call, void *arg) {
    tide_thread *thread = tide_api_thread();
    bool has_any;
    if (!thread)
        return TIDE_API_NO_THREAD;
    if (!owner || !tide_api_is_owner(thread, owner) || (limit_bytes && !call))
        return -EINVAL;
    uint32_t gate = tide_work_begin(thread);
    tide_spin_lock(&lock);
    int code = change_limit(owner, limit_bytes ? call : NULL, arg, &has_any);
    if (code == 0)
        thread->book->owners[owner].limit_bytes = limit_bytes;
    tide_spin_unlock(&lock);
    tide_work_end(thread, gate);
    if (code)
        return code;
    tide_attention_call = call_all;
    tide_attention_set(thread->process, TIDE_ATTENTION_LIMITS, has_any);
    return 0;
}

/* ---- untracked regions */
int tide_untracked_begin(void) {
    tide_thread *thread = tide_api_thread();
    if (!thread)
        return TIDE_API_NO_THREAD;
    tide_untracked_enter(thread);
    return 0;
}

int tide_untracked_end(void) {
    tide_thread *thread = tide_api_thread();
    if (!thread)
        return TIDE_API_NO_THREAD;
    if (!thread->untracked_depth || thread->is_calling > thread->untracked_depth)
        return -EPERM;
    tide_untracked_leave(thread);
    return 0;
}
