/* Owners: who a thread's blocks are charged to. The owner is a part of the site (track/events.c); here it is chosen. */
#include "api/api.h"
#include "api/sections.h"
#include "track/attention.h"
#include "track/tally.h"

/* What sites hash beside their stack; never 0 for an owner. */
static void set_current(tide_thread *thread, tide_owner owner) {
    thread->owner_mark = owner * 0x9E3779B97F4A7C15ull;
    thread->owner_bits = owner << TIDE_KIND_BITS;
}

tide_owner tide_owner_create(const char *name, tide_owner parent) {
    tide_thread *thread = tide_api_thread();
    if (!thread || !name || !tide_api_is_owner(thread, parent) || !tide_tally_want(thread, TIDE_TALLY_OWNERS))
        return TIDE_UNOWNED;
    uint32_t gate = tide_work_begin(thread);
    tide_owner owner = tide_given_owner(thread->process, name, parent);
    tide_work_end(thread, gate);
    return owner;
}

int tide_owner_retire(tide_owner owner) {
    tide_thread *thread = tide_api_thread();
    if (!thread)
        return TIDE_API_NO_THREAD;
    if (!owner || !tide_api_is_owner(thread, owner))
        return -EINVAL;
    const uint64_t *charged = thread->book->owners[owner].charged_bytes;
    if (charged[TIDE_USED] | charged[TIDE_ALLOCATED] | charged[TIDE_RESERVED])
        return 0;
    uint32_t gate = tide_work_begin(thread);
    tide_given_retire(thread->process, owner);
    tide_work_end(thread, gate);
    return 0;
}

int tide_owner_enter(tide_owner owner) {
    tide_thread *thread = tide_self;
    if (TIDE_UNLIKELY(!thread || !thread->process) && !(thread = tide_api_thread()))
        return TIDE_API_NO_THREAD;
    if (TIDE_UNLIKELY(!tide_api_is_owner(thread, owner)))
        return -EINVAL;
    if (TIDE_UNLIKELY(thread->owner_depth == TIDE_OWNER_DEPTH_MAX))
        return -EOVERFLOW;
    thread->owners[thread->owner_depth++] = thread->owner_bits >> TIDE_KIND_BITS;
    set_current(thread, owner);
    return 0;
}

int tide_owner_leave(tide_owner owner) {
    tide_thread *thread = tide_self;
    if (TIDE_UNLIKELY(!thread || !thread->process))
        return TIDE_API_NO_THREAD;
    if (TIDE_UNLIKELY(!thread->owner_depth || thread->owner_bits >> TIDE_KIND_BITS != owner))
        return -EPERM;
    set_current(thread, thread->owners[--thread->owner_depth]);
    return 0;
}

tide_owner tide_owner_current(void) {
    const tide_thread *thread = tide_self;
    return thread ? thread->owner_bits >> TIDE_KIND_BITS : TIDE_UNOWNED;
}

tide_owner tide_owner_of(const void *block) {
    tide_thread *thread = tide_api_thread();
    tide_row row;
    if (!thread || !block || !tide_events_find(thread, (uintptr_t)block, &row))
        return TIDE_UNOWNED;
    return (tide_owner)thread->book->site_notes[tide_row_site(row)].owner;
}

int tide_owner_usage(tide_owner owner, tide_usage *ret) {
    tide_thread *thread = tide_api_thread();
    if (!thread)
        return TIDE_API_NO_THREAD;
    if (!ret || !tide_api_is_owner(thread, owner))
        return -EINVAL;
    tide_events_settle(thread);
    if (owner) {
        tide_api_usage(ret, &thread->book->owners[owner].tally);
        tide_api_add_waiting(ret, thread, owner, false);
    } else
        tide_api_sum_sites(ret, thread, TIDE_UNOWNED, false);
    return 0;
}

/* ---- memory that does not come from malloc */

/* The counter of a class of an owner; NULL: there is none. */
static uint64_t *counter(const tide_thread *thread, tide_owner owner, enum tide_class memory_class) {
    bool is_one = owner && (unsigned)memory_class < TIDE_CLASSES && tide_api_is_owner(thread, owner);
    return is_one ? &thread->book->owners[owner].charged_bytes[memory_class] : NULL;
}

static bool take_away(uint64_t *charged, uint64_t bytes) {
    uint64_t had = __atomic_load_n(charged, __ATOMIC_RELAXED);
    while (had >= bytes)
        if (__atomic_compare_exchange_n(charged, &had, had - bytes, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return true;
    return false;
}

int tide_owner_charge(tide_owner owner, enum tide_class memory_class, uint64_t bytes) {
    const tide_thread *thread = tide_api_thread();
    if (!thread)
        return TIDE_API_NO_THREAD;
    uint64_t *charged = counter(thread, owner, memory_class);
    if (!charged)
        return -EINVAL;
    __atomic_fetch_add(charged, bytes, __ATOMIC_RELAXED);
    return 0;
}

int tide_owner_uncharge(tide_owner owner, enum tide_class memory_class, uint64_t bytes) {
    const tide_thread *thread = tide_api_thread();
    if (!thread)
        return TIDE_API_NO_THREAD;
    uint64_t *charged = counter(thread, owner, memory_class);
    if (!charged)
        return -EINVAL;
    return take_away(charged, bytes) ? 0 : -ERANGE;
}

int tide_owner_transfer(tide_owner from, tide_owner to, enum tide_class memory_class, uint64_t bytes) {
    const tide_thread *thread = tide_api_thread();
    if (!thread)
        return TIDE_API_NO_THREAD;
    uint64_t *of_from = counter(thread, from, memory_class), *of_to = counter(thread, to, memory_class);
    if (!of_from || !of_to)
        return -EINVAL;
    __atomic_fetch_add(of_to, bytes, __ATOMIC_RELAXED);
    if (take_away(of_from, bytes))
        return 0;
    __atomic_fetch_sub(of_to, bytes, __ATOMIC_RELAXED);
    return -ERANGE;
}

int tide_owner_charges(tide_owner owner, tide_charges *ret) {
    const tide_thread *thread = tide_api_thread();
    if (!thread)
        return TIDE_API_NO_THREAD;
    if (!ret || !counter(thread, owner, TIDE_USED))
        return -EINVAL;
    for (unsigned i = TIDE_CLASSES; i-- > 0;) /* used last: it is not to come out above the others */
        ret->bytes[TIDE_CLASSES - 1 - i] = __atomic_load_n(
            &thread->book->owners[owner].charged_bytes[TIDE_CLASSES - 1 - i], __ATOMIC_RELAXED);
    return 0;
}
