#include "api/sections.h"
#include "track/tally.h"

/* A tally, the open sections that are about it, and its peak since tide_peak_reset. */
typedef struct watched {
    tide_tally *tally;
    tide_section **open;
    tide_span *span;
    uint32_t *lock; /* NULL: one thread's own */
} watched;

static watched watched_of(tide_thread *thread, bool is_process) {
    tide_process *process = thread->process;
    if (!is_process)
        return (watched){&thread->tally, &thread->sections, &thread->span, NULL};
    return (watched){&thread->book->owners[0].tally, &process->sections, &process->span,
                     &process->sections_lock};
}

/* The peak so far is put into all that are open, and begins anew. */
static void fold(const watched *of) {
    const tide_tally *tally = of->tally;
    for (tide_section *section = *of->open; section; section = section->outer)
        if (tally->peak_bytes > section->peak_bytes) {
            section->peak_bytes = tally->peak_bytes;
            section->peak_blocks = tally->peak_blocks;
        }
    if (tally->peak_bytes > of->span->peak_bytes) {
        of->span->peak_bytes = tally->peak_bytes;
        of->span->peak_blocks = tally->peak_blocks;
    }
    tide_tally_restart_peak(of->tally);
}

/* ---- between these two the list and the peak are the caller's */
static uint32_t begin_work(tide_thread *thread, const watched *of) {
    tide_process_tick(thread->process);
    tide_events_settle(thread);
    uint32_t gate = tide_work_begin(thread);
    if (of->lock)
        tide_spin_lock(of->lock);
    return gate;
}

static void end_work(tide_thread *thread, const watched *of, uint32_t gate) {
    if (of->lock)
        tide_spin_unlock(of->lock);
    tide_work_end(thread, gate);
}

/* ---- peaks of process and thread */
void tide_api_peak_of_process(tide_thread *thread, tide_usage *ret) {
    tide_span *span = &thread->process->span;
    if (!span->is_reset)
        return;
    watched of = watched_of(thread, true);
    uint32_t gate = begin_work(thread, &of);
    fold(&of);
    ret->peak_bytes = span->base_bytes + span->peak_bytes;
    ret->peak_blocks = span->base_blocks + span->peak_blocks;
    end_work(thread, &of, gate);
}

void tide_api_peak_of_thread(tide_thread *thread, tide_usage *ret) {
    watched of = watched_of(thread, false);
    fold(&of);
    ret->peak_bytes = of.span->peak_bytes;
    ret->peak_blocks = of.span->peak_blocks;
}

static void reset(tide_thread *thread, bool is_process) {
    watched of = watched_of(thread, is_process);
    tide_usage now = {0};
    uint32_t gate = begin_work(thread, &of);
    fold(&of);
    if (is_process)
        tide_api_sum_sites(&now, thread, 0, true);
    *of.span = (tide_span){.peak_bytes = of.tally->peak_bytes,
                           .peak_blocks = of.tally->peak_blocks,
                           .base_bytes = now.current_bytes - of.tally->peak_bytes,
                           .base_blocks = now.current_blocks - of.tally->peak_blocks,
                           .is_reset = true};
    end_work(thread, &of, gate);
}

int tide_peak_reset(void) {
    tide_thread *thread = tide_api_thread();
    if (!thread)
        return TIDE_API_NO_THREAD;
    if (!tide_tally_want(thread, TIDE_TALLY_THREAD | TIDE_TALLY_PROCESS))
        return -ENOMEM;
    reset(thread, false);
    reset(thread, true);
    return 0;
}

/* ---- sections */
static bool is_open(const watched *of, const tide_section *section) {
    const tide_section *at = *of->open;
    while (at && at != section)
        at = at->outer;
    return at;
}

static void open_section(tide_thread *thread, const watched *of, tide_section *section, uint32_t row) {
    fold(of);
    const tide_tally *tally = of->tally;
    *section = (tide_section){
        .outer = *of->open,
        .thread = of->lock ? NULL : thread,
        .base = {tally->allocated_bytes, tally->allocated_blocks, tally->freed_bytes, tally->freed_blocks},
        .peak_bytes = tally->peak_bytes,
        .peak_blocks = tally->peak_blocks,
        .row = row};
    *of->open = section;
    __atomic_fetch_add(&thread->book->sections[row].begun_count, 1, __ATOMIC_RELAXED);
}

int tide_section_begin(tide_section *section, const char *name, enum tide_scope scope) {
    tide_thread *thread = tide_api_thread();
    if (!section || !name || (scope != TIDE_THREAD && scope != TIDE_PROCESS))
        return -EINVAL;
    if (!tide_is_tracking())
        return -ECANCELED;
    if (!tide_tally_want(thread, scope == TIDE_THREAD ? TIDE_TALLY_THREAD : TIDE_TALLY_PROCESS))
        return -ENOMEM;
    watched of = watched_of(thread, scope == TIDE_PROCESS);
    uint32_t gate = begin_work(thread, &of);
    uint32_t number = tide_given_section(thread->process, name);
    bool is_open_already = is_open(&of, section);
    if (number && !is_open_already)
        open_section(thread, &of, section, number - 1);
    end_work(thread, &of, gate);
    return is_open_already ? -EBUSY : number ? 0 : -ENOMEM;
}

static tide_usage usage_of(const watched *of, const tide_section *section) {
    const tide_tally *tally = of->tally;
    int64_t base_bytes = (int64_t)(section->base[0] - section->base[2]);
    int64_t base_blocks = (int64_t)(section->base[1] - section->base[3]);
    tide_usage usage = {.total_bytes = tally->allocated_bytes - section->base[0],
                        .total_blocks = tally->allocated_blocks - section->base[1],
                        .freed_bytes = tally->freed_bytes - section->base[2],
                        .freed_blocks = tally->freed_blocks - section->base[3],
                        .peak_bytes = section->peak_bytes - base_bytes,
                        .peak_blocks = section->peak_blocks - base_blocks};
    usage.current_bytes = (int64_t)(usage.total_bytes - usage.freed_bytes);
    usage.current_blocks = (int64_t)(usage.total_blocks - usage.freed_blocks);
    return usage;
}

/* Where it is open; and why not, when it is nowhere. */
static int find(tide_thread *thread, const tide_section *section, watched *ret) {
    if (!section)
        return -EINVAL;
    for (int is_process = 0; is_process < 2; is_process++) {
        *ret = watched_of(thread, is_process);
        uint32_t gate = begin_work(thread, ret);
        bool is_here = is_open(ret, section);
        end_work(thread, ret, gate);
        if (is_here)
            return 0;
    }
    for (tide_thread *other = thread->process->all; other; other = other->next)
        if (other != thread && section->thread == other)
            return -EPERM;
    return -EINVAL;
}

static void add_to_row(tide_thread *thread, const tide_section *section, const tide_usage *usage) {
    tide_section_row *row = &thread->book->sections[section->row];
    __atomic_fetch_add(&row->freed_bytes, usage->freed_bytes, __ATOMIC_RELAXED);
    __atomic_fetch_add(&row->freed_blocks, usage->freed_blocks, __ATOMIC_RELAXED);
    __atomic_fetch_add(&row->allocated_bytes, usage->total_bytes, __ATOMIC_RELAXED);
    __atomic_fetch_add(&row->allocated_blocks, usage->total_blocks, __ATOMIC_RELAXED);
    int64_t peak = __atomic_load_n(&row->peak_bytes, __ATOMIC_RELAXED);
    while (peak < usage->peak_bytes &&
           !__atomic_compare_exchange_n(&row->peak_bytes, &peak, usage->peak_bytes, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        ;
    row->last_end_ns = thread->book->header->clock_ns;
    __atomic_fetch_add(&row->ended_count, 1, __ATOMIC_RELAXED);
}

static void close_section(tide_thread *thread, const watched *of, tide_section *section, tide_usage *ret) {
    fold(of);
    *ret = usage_of(of, section);
    tide_section **at = of->open;
    while (*at && *at != section)
        at = &(*at)->outer;
    if (*at)
        *at = section->outer;
    add_to_row(thread, section, ret);
}

int tide_section_end(tide_section *section, tide_usage *ret) {
    tide_thread *thread = tide_api_thread();
    watched of;
    tide_usage usage;
    if (!thread)
        return TIDE_API_NO_THREAD;
    int code = find(thread, section, &of);
    if (!code && !of.lock && *of.open != section)
        code = -EBUSY;
    if (code)
        return code;
    uint32_t gate = begin_work(thread, &of);
    close_section(thread, &of, section, &usage);
    end_work(thread, &of, gate);
    if (ret)
        *ret = usage;
    return 0;
}

int tide_section_read(const tide_section *section, tide_usage *ret) {
    tide_thread *thread = tide_api_thread();
    watched of;
    if (!thread)
        return TIDE_API_NO_THREAD;
    int code = ret ? find(thread, section, &of) : -EINVAL;
    if (code)
        return code;
    uint32_t gate = begin_work(thread, &of);
    fold(&of);
    *ret = usage_of(&of, section);
    end_work(thread, &of, gate);
    return 0;
}
