#define UNW_LOCAL_ONLY
#include "check.h"
#include "ledger/system.h"
#include "track/cfi.h"
#include "track/events.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libunwind.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAMES_MAX = 1 << 18, OWN_FRAMES_MAX = 8, SHOWN_FRAMES = 40 };

typedef struct stack { /* innermost first */
    uint32_t count;
    uintptr_t pc[FRAMES_MAX];
} stack;

typedef struct thread_check {              /* one per thread, mapped: stacks of coroutines are small */
    uint64_t seen;                         /* stacks, compared or not */
    uint32_t first_generation, generation; /* tide_generation when the thread was new; at its last stack */
    stack believed, whole, stepped, traced, shown;
    bool is_exact[FRAMES_MAX]; /* of stepped: interrupted there, so it is not a return address */
    bool has_signal, has_undescribed;
    tide_chain chain;
} thread_check;

static struct log_index { /* where in the log the record of each site is, as far as it was read */
    uint32_t lock, pid;   /* of a forked child the log is another */
    uint64_t scanned_words;
    uint64_t start_words[TIDE_SITES_MAX];
} * log_index;

static tide_check_result *result;
static uint64_t every = 1;
static __thread thread_check *self __attribute__((tls_model("initial-exec")));

static void *map_private(size_t bytes) {
    void *at = tide_sys_mmap(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    return at == MAP_FAILED ? NULL : at;
}

/* ---- the result file */
static bool open_result(void) {
    if (result)
        return true;
    const char *path = getenv("TIDE_CHECK_FILE"), *n = getenv("TIDE_CHECK_EVERY");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    if (n && atol(n) > 0)
        every = (uint64_t)atol(n);
    void *at = tide_sys_mmap(sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
    close(fd);
    log_index = map_private(sizeof *log_index);
    if (at == MAP_FAILED || !log_index)
        return false;
    __atomic_store_n(&result, at, __ATOMIC_RELEASE);
    return true;
}

static void count(uint64_t *counter) {
    __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    size_t bytes = length < (int)sizeof line ? (size_t)length : sizeof line - 1;
    uint64_t at = __atomic_fetch_add(&result->text_bytes, bytes, __ATOMIC_RELAXED);
    if (at + bytes <= TIDE_CHECK_TEXT_BYTES)
        memcpy(&result->text[at], line, bytes);
}

/* ---- the stacks to compare */
static void push(stack *to, uintptr_t pc) {
    if (to->count < FRAMES_MAX)
        to->pc[to->count++] = pc;
}

/* What a chain says after tide_unwind. */
static void read_chain(stack *ret, const tide_chain *chain) {
    ret->count = 0;
    for (uint32_t i = 0; i < chain->fresh_count; i++)
        push(ret, chain->fresh[i].pc);
    for (uint32_t i = chain->count; i-- > 0;)
        if (!(chain->marks[i].flags & TIDE_MARK_SAVED_RBP) && chain->marks[i].depth <= chain->kept_depth)
            push(ret, chain->links[i].value);
}

static const uint64_t *record_of(const tide_book *book, uint32_t site) {
    tide_spin_lock(&log_index->lock);
    if (log_index->pid != book->header->pid)
        log_index->scanned_words = 0;
    log_index->pid = book->header->pid;
    uint64_t end = __atomic_load_n(&book->header->log_words, __ATOMIC_ACQUIRE);
    while (log_index->scanned_words < end) {
        uint64_t word = book->log[log_index->scanned_words];
        if ((word & 0xff) == TIDE_LOG_SITE)
            log_index->start_words[word >> 32] = log_index->scanned_words;
        log_index->scanned_words += word >> 8 & TIDE_LOG_RECORD_WORDS_MAX;
    }
    const uint64_t *record = &book->log[log_index->start_words[site]];
    tide_spin_unlock(&log_index->lock);
    return record;
}

/* The native stack of a site, as the tool will read it. */
static void read_log(stack *ret, const tide_book *book, uint32_t site) {
    ret->count = 0;
    for (uint32_t depth = UINT32_MAX; site && depth;) {
        const uint64_t *record = record_of(book, site);
        uint32_t kept = (uint32_t)record[1],
                 words = (uint32_t)(record[0] >> 8 & TIDE_LOG_RECORD_WORDS_MAX) - 3;
        for (uint32_t i = words; i-- > 0;)
            if (kept + i < depth && !(record[3 + i] & TIDE_FRAME_ROUTINE))
                push(ret, record[3 + i]);
        depth = kept < depth ? kept : depth;
        site = (uint32_t)(record[1] >> 32);
    }
}

static bool is_elided(const stack *it) {
    for (uint32_t i = 0; i < it->count; i++)
        if (it->pc[i] == TIDE_PC_ELIDED)
            return true;
    return false;
}

/* The tracker's unwinder without anything kept. */
static void walk_whole(thread_check *check, const tide_thread *thread, tide_frame_state caller) {
    check->chain.stack_low = thread->chain.stack_low;
    check->chain.stack_high = thread->chain.stack_high;
    tide_chain_forget(&check->chain);
    tide_unwind(&check->chain, &thread->process->rules, caller, 0);
    read_chain(&check->whole, &check->chain);
}

/* ---- libunwind's stacks */
/* Would libunwind find the frame through a register that is not known? */
static bool needs_unknown(unw_cursor_t *cursor, uintptr_t pc) {
    static const unw_regnum_t numbers[TIDE_REGISTERS] = {[TIDE_RBX] = UNW_X86_64_RBX, [12] = UNW_X86_64_R12};
    tide_cfi_row row;
    unw_word_t value = 1;
    if (tide_cfi_find(pc - 1, &row) && !row.cfa_expr && row.cfa_register < TIDE_REGISTERS &&
        numbers[row.cfa_register])
        unw_get_reg(cursor, numbers[row.cfa_register], &value);
    return !value;
}

static bool has_description(uintptr_t pc) {
    tide_cfi_row row;
    return tide_cfi_find(pc - 1, &row);
}

/* Does a signal handler return to `pc`? (unw_is_signal_frame says so of the frame after it, but not always.) */
static bool is_sigreturn(uintptr_t pc) {
    static const uint8_t code[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05}; /* mov rax, 15; syscall */
    enum { SYSCALL = 7 }; /* a second signal may have come before it */
    return !memcmp((const void *)pc, code, sizeof code) ||
           !memcmp((const void *)(pc - SYSCALL), code, sizeof code);
}

/* Where libunwind would guess, and might crash by it: let it start again in the frame that the tracker found next. */
static bool cross_undescribed(const thread_check *check, unw_cursor_t *cursor, unw_context_t *context) {
    uint32_t next = check->stepped.count;
    if (next >= check->chain.fresh_count || is_elided(&check->whole))
        return false;
    greg_t *registers = context->uc_mcontext.gregs;
    memset(registers, 0, sizeof context->uc_mcontext.gregs); /* of the others nothing is known */
    const tide_fresh *frame = &check->chain.fresh[next];
    registers[REG_RIP] = (greg_t)frame->pc;
    registers[REG_RSP] = (greg_t)(uintptr_t)frame->at + 8;
    registers[REG_RBP] = (greg_t)frame->rbp;
    return unw_init_local(cursor, context) == 0;
}

/* A call of address 0 was interrupted: go on with who did that. */
static bool cross_null(unw_cursor_t *cursor, unw_context_t *context) {
    static const struct {
        unw_regnum_t number;
        int place;
    } kept[] = {{UNW_X86_64_RBX, REG_RBX}, {UNW_X86_64_RBP, REG_RBP}, {UNW_X86_64_RSP, REG_RSP},
                {UNW_X86_64_R12, REG_R12}, {UNW_X86_64_R13, REG_R13}, {UNW_X86_64_R14, REG_R14},
                {UNW_X86_64_R15, REG_R15}};
    greg_t *registers = context->uc_mcontext.gregs;
    for (unsigned i = 0; i < sizeof kept / sizeof *kept; i++) {
        unw_word_t value = 0;
        unw_get_reg(cursor, kept[i].number, &value);
        registers[kept[i].place] = (greg_t)value;
    }
    registers[REG_RIP] = *(const greg_t *)registers[REG_RSP];
    registers[REG_RSP] += 8;
    return unw_init_local(cursor, context) == 0;
}

/* From the caller of the hook outwards; none when libunwind does not come by there. */
static void step_through(thread_check *check, unw_context_t *context, tide_frame_state caller) {
    unw_cursor_t cursor;
    unw_word_t pc, sp;
    bool inside = true, is_undescribed = false, is_exact = false;
    check->stepped.count = 0;
    check->has_signal = check->has_undescribed = false;
    unw_init_local(&cursor, context);
    for (bool more = true; more && check->stepped.count < FRAMES_MAX;) {
        unw_get_reg(&cursor, UNW_REG_IP, &pc);
        unw_get_reg(&cursor, UNW_REG_SP, &sp);
        if (sp == caller.sp && pc == caller.pc)
            inside = false;
        if (!pc) {
            more = check->has_undescribed = cross_null(&cursor, context);
            is_exact = false;
            continue;
        }
        if (!inside) {
            check->is_exact[check->stepped.count] = is_exact;
            push(&check->stepped, pc);
            is_undescribed = !has_description(pc + is_exact);
            check->has_undescribed |= is_undescribed;
            is_exact = !is_undescribed && is_sigreturn(pc); /* the next one */
            check->has_signal |= is_exact;
        }
        if (is_undescribed)
            more = cross_undescribed(check, &cursor, context);
        else
            more = !(check->has_undescribed && needs_unknown(&cursor, pc)) && unw_step(&cursor) > 0;
    }
}

/* ---- comparing */
static uintptr_t reference(const thread_check *check, uint32_t index) {
    return check->stepped.pc[index] + check->is_exact[index];
}

/* A mark for frames left out stands for any number of them. */
static bool agrees(const thread_check *check, const stack *ours) {
    const stack *theirs = &check->stepped;
    for (uint32_t i = 0; i < ours->count; i++) {
        if (ours->pc[i] == TIDE_PC_ELIDED) {
            uint32_t outer = ours->count - i - 1;
            if (theirs->count < i + outer)
                return false;
            for (uint32_t k = 1; k <= outer; k++)
                if (ours->pc[ours->count - k] != reference(check, theirs->count - k))
                    return false;
            return true;
        }
        if (i >= theirs->count || ours->pc[i] != reference(check, i))
            return false;
    }
    return ours->count == theirs->count;
}

static bool is_equal(const stack *a, const stack *b) {
    return a->count == b->count && !memcmp(a->pc, b->pc, a->count * sizeof *a->pc);
}

static void show(const char *name, const stack *it) {
    say("  %s, %u frames:", name, it->count);
    for (uint32_t i = 0; i < it->count && i < SHOWN_FRAMES; i++) {
        struct dl_find_object object = {0};
        bool known = !_dl_find_object((void *)it->pc[i], &object);
        const char *path = known ? object.dlfo_link_map->l_name : "", *base = strrchr(path, '/');
        say(" %s+%#lx", base ? base + 1 : path, it->pc[i] - (known ? object.dlfo_link_map->l_addr : 0));
    }
    say("\n");
}

static void report(thread_check *check, const char *what, const stack *ours) {
    count(&result->differing);
    say("pid %d, stack %lu: %s differs from libunwind's\n", getpid(), (unsigned long)check->seen, what);
    show(what, ours);
    stack *stepped = &check->shown; /* as we count */
    stepped->count = check->stepped.count;
    for (uint32_t i = 0; i < stepped->count; i++)
        stepped->pc[i] = reference(check, i);
    show("unw_step", stepped);
}

/* libunwind keeps what unw_backtrace has found out beyond a dlclose, and may crash: used until then only. */
static void compare_traced(thread_check *check) {
    stack *traced = &check->traced;
    if (check->has_undescribed || tide_generation != check->first_generation)
        return;
    int count_all = unw_backtrace((void **)traced->pc, FRAMES_MAX), own_count = 0;
    while (own_count < count_all && own_count < OWN_FRAMES_MAX &&
           traced->pc[own_count] != check->stepped.pc[0])
        own_count++;
    traced->count = (uint32_t)(count_all - own_count);
    memmove(traced->pc, traced->pc + own_count, traced->count * sizeof *traced->pc);
    if (is_equal(traced, &check->stepped))
        count(&result->traced);
    else
        report(check, "unw_backtrace", traced);
}

static void compare(thread_check *check, const tide_thread *thread, tide_frame_state caller) {
    unw_context_t context;
    walk_whole(check, thread, caller);
    unw_getcontext(&context);
    step_through(check, &context, caller);
    compare_traced(check);
    if (!agrees(check, &check->believed))
        report(check, "believed", &check->believed);
    if (!agrees(check, &check->whole))
        report(check, "whole", &check->whole);
    if (!is_elided(&check->whole) && !is_elided(&check->believed) &&
        !is_equal(&check->whole, &check->believed))
        report(check, "believed, and from whole,", &check->believed);
}

static thread_check *check_of_thread(void) {
    if (!self) {
        self = map_private(sizeof *self);
        if (self)
            self->generation = self->first_generation = tide_generation;
    }
    return self;
}

static void check_stack(thread_check *check, const tide_thread *thread, tide_frame_state caller,
                        uint32_t site, bool is_remembered) {
    if (check->generation != tide_generation)
        unw_flush_cache(unw_local_addr_space, 0, 0);
    check->generation = tide_generation;
    read_log(&check->believed, thread->book, site);
    compare(check, thread, caller);
    count(&result->compared);
    if (is_remembered)
        count(&result->remembered);
    else if (thread->chain.kept_depth)
        count(&result->reused);
    if (check->has_undescribed)
        count(&result->undescribed);
    if (check->has_signal)
        count(&result->signals);
    if (is_elided(&check->believed))
        count(&result->elided);
    if (!tide_chain_owns(&thread->chain, caller.sp))
        count(&result->foreign);
}

void tide_check_site(const tide_thread *thread, tide_frame_state caller, uint32_t site, bool is_remembered) {
    int saved_errno = errno;
    thread_check *check = open_result() ? check_of_thread() : NULL;
    if (check && check->seen++ % every == 0 && site)
        check_stack(check, thread, caller, site, is_remembered);
    errno = saved_errno;
}
