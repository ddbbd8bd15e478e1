/* tidemark/tidemark.h: measure memory from within the code: counts, sections, owners, hooks, ad-hoc events, assertions.
 *
 *   tide_section section;
 *   tide_section_begin(&section, "load", TIDE_THREAD);
 *   load();
 *   tide_section_end(&section, &usage);      → usage.total_bytes, usage.peak_bytes, …   and a row in the report
 *
 * Two ways to use it:
 *
 *   annotations   include this header, link nothing. Each call looks for Tidemark once (one dlsym for each program or
 *                 library that makes calls) and does nothing when it is not there: 1 ns. Under `tidemark record` or
 *                 `tidemark run --live` the calls count, and what they say is shown there.
 *   linked        compile with -DTIDE_LINKED and link libtidemark (pkg-config tidemark). The same calls then work
 *                 without the tool as well: from tide_start on, the tables are kept in this process, and
 *                 tide_write_recording writes a file for `tidemark report`. Other languages call the same symbols.
 *
 * Sizes are bytes as asked of the allocator, blocks are allocations, times are nanoseconds. A realloc counts as in
 * DHAT: its new size once more in total_*, its old size in freed_*; the block stays with the site and owner of old.
 *
 * Functions that can fail return 0 or a negative errno, and then have changed nothing. These are common to all:
 *   -ENOSYS     there is no tracker: the program runs by itself, or the tool is older than this header
 *   -ECANCELED  nothing is recorded: before tide_start, after tide_stop, in a forked child that nobody follows
 *   -EINVAL     an argument makes no sense;  -ENOMEM  a table is full
 * Threads: any, unless it says otherwise. Nothing here calls malloc. In a signal handler only tide_owner_current and
 * tide_is_tracking may be called. Costs are of the tracked program, in one thread; docs/benchmarks.md has them all. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef TIDE_LINKED
#define TIDE_API extern
#else
#define TIDE_API static inline __attribute__((unused))
#endif

/* ---- Recording */

/* Begin to record, or go on after tide_stop. Under the tool it records already. In a linked program that runs by itself
 * the tables are made now: what was allocated before is not known, and its frees are counted as of unknown blocks.
 * Returns 0, -ENOSYS, -ENOMEM. Cost: the first time 100 us. */
TIDE_API int tide_start(void);

/* Stop recording, in all threads. Blocks that are known stay known: their frees are still counted, so that no figure
 * drifts; allocations are not. Open sections and owners stay as they are, and can be ended.
 * Returns 0, -ECANCELED. Cost: from then on a few ns for each call of the allocator. */
TIDE_API int tide_stop(void);

/* Whether allocations of this process are recorded now. Cost: 1 ns. */
TIDE_API bool tide_is_tracking(void);

/* Write what has been recorded so far to a new file, with the names of all functions, for `tidemark report`. Recording
 * goes on. The `tidemark` program does the writing; it is looked for beside the library, then in PATH. May be called
 * again and again, each time for another file. Returns 0; -ENOENT no such program; -EEXIST the file exists;
 * -EALREADY the tool that started this program is writing a recording anyway; -EIO it said on stderr what is wrong.
 * Threads: any; one writes at a time. Cost: 50 ms and more, during which only the caller waits. */
TIDE_API int tide_write_recording(const char *path);

/* ---- Counts */

/* What was counted. Of the process, since recording began; of others, see there. */
typedef struct tide_usage {
    int64_t current_bytes, current_blocks; /* total − freed; of a thread or a section it may be negative */
    int64_t peak_bytes, peak_blocks;       /* the highest current_bytes; the blocks at that moment */
    uint64_t total_bytes, total_blocks;    /* all allocations */
    uint64_t freed_bytes, freed_blocks;
} tide_usage;

/* Of the whole process. peak_* are since tide_peak_reset, if there was one. -ECANCELED when recording never began.
 * Cost: O(call sites), a few ns for each. */
TIDE_API int tide_usage_of_process(tide_usage *ret);

/* What the calling thread has allocated and freed itself, since it called anything of sections, owners or this first.
 * It may free what others allocated, so current_* can be negative. Cost: 20 ns. */
TIDE_API int tide_usage_of_thread(tide_usage *ret);

/* Peaks of the process and of the calling thread start again from what is current now. Sections keep theirs. */
TIDE_API int tide_peak_reset(void);

/* ---- Sections: what a stretch of code does to memory */

enum tide_scope {
    TIDE_THREAD,  /* what the calling thread does: tests that run in parallel do not see each other */
    TIDE_PROCESS, /* what all threads do */
};

/* On the caller's stack; its fields are the library's. Alive until it is ended. */
typedef struct tide_section {
    struct tide_section *outer;
    void *thread;                    /* NULL: of the process */
    uint64_t base[4];                /* total and freed at the beginning */
    int64_t peak_bytes, peak_blocks; /* of total − freed, up to the last beginning or end of any section */
    uint32_t row, unused;
} tide_section;

/* `name` is copied. All sections of one name are one row in views: how often, allocated, freed, the highest peak.
 * Sections nest, also with themselves; one thread's end in the reverse order of their beginning (TIDE_THREAD).
 * peak_bytes of a section is the highest that total − freed has been since it began; 0 or more.
 * Returns 0 or a common error; -EBUSY: this section is open already. Cost: 50 ns, and O(length of the name). */
TIDE_API int tide_section_begin(tide_section *section, const char *name, enum tide_scope scope);

/* `ret` may be NULL. -EPERM: of another thread (TIDE_THREAD). -EBUSY: one that was begun later on this thread is still
 * open. -EINVAL: it is not open. Works after tide_stop. Cost: 50 ns. */
TIDE_API int tide_section_end(tide_section *section, tide_usage *ret);

/* What an open section has seen so far. Errors as tide_section_end, but -EBUSY. */
TIDE_API int tide_section_read(const tide_section *section, tide_usage *ret);

/* Until the end of the enclosing block. gcc and clang; C and C++. */
#define TIDE_SECTION(name) TIDE_SECTION_AT(name, __LINE__)
#define TIDE_SECTION_AT(name, line) TIDE_SECTION_OF(name, line)
#define TIDE_SECTION_OF(name, line) TIDE_SECTION_NAMED(name, tide_section_of_line_##line)
#define TIDE_SECTION_NAMED(name, variable)                              \
    __attribute__((cleanup(tide_section_leave))) tide_section variable; \
    tide_section_begin(&(variable), name, TIDE_THREAD)

/* ---- Owners: components, requests, actors that memory is charged to
 *
 *   server ─┬─ cache          a block belongs to the owner that its thread was in when it was allocated, whoever frees
 *           └─ requests ─ …   it; an owner's figures contain those of the owners below it
 *
 * An owner is a number, and the same on all threads: to carry it to another thread or task, pass tide_owner_current()
 * on and enter it there. Blocks of no owner are "unowned", which is a row as well. */

typedef uint32_t tide_owner;
enum { TIDE_UNOWNED = 0, TIDE_OWNERS_MAX = 1 << 20 };

/* The owner of this name below `parent` (TIDE_UNOWNED: at the top); made when there is none. The name is copied.
 * Returns TIDE_UNOWNED when there is no tracker or no room: the calls below take that too. Cost: 1 us. */
TIDE_API tide_owner tide_owner_create(const char *name, tide_owner parent);

/* No more of it is to come: its number is used again for a new owner, as soon as nothing is charged to it, nobody is in
 * it, and no block was ever allocated in it; else it stays. -EINVAL: no such owner. */
TIDE_API int tide_owner_retire(tide_owner owner);

/* From now on the calling thread allocates for `owner`, until it leaves it. Owners nest, 64 deep (-EOVERFLOW).
 * -EINVAL: no such owner; TIDE_UNOWNED is one. Works without recording. Cost: 2 ns. */
TIDE_API int tide_owner_enter(tide_owner owner);

/* -EPERM: the thread is not in it, or has entered another one since. Cost: 2 ns. */
TIDE_API int tide_owner_leave(tide_owner owner);

/* The owner that the calling thread is in. Cost: 1 ns. */
TIDE_API tide_owner tide_owner_current(void);

/* The owner of a live block, by its address as malloc returned it; TIDE_UNOWNED also when it is not known.
 * Cost: 50 ns. */
TIDE_API tide_owner tide_owner_of(const void *block);

/* Of the owner and all below it, since it was made; TIDE_UNOWNED: of those blocks that have no owner, and peak_* is 0.
 * What is charged (below) is not in it. Cost: 20 ns; of TIDE_UNOWNED O(call sites). */
TIDE_API int tide_owner_usage(tide_owner owner, tide_usage *ret);

/* `call` is called for each allocation that leaves the owner's current_bytes (with those below it) above `limit_bytes`:
 * in the thread that allocated, after it, outside of all locks; it may allocate (not recorded), and must return. 256
 * owners may have a limit (-ENOMEM); a limit of 0 takes it away again. While there are limits, each event costs 50 ns
 * more. Returns 0 or a common error. `arg` is borrowed until the limit is gone. */
typedef void tide_limit_reached(tide_owner owner, uint64_t current_bytes, void *arg);
TIDE_API int tide_owner_limit(tide_owner owner, uint64_t limit_bytes, tide_limit_reached *call, void *arg);

/* Memory that does not come from malloc, such as an actor's heap: whoever manages it says what of it belongs to whom.
 * One byte is in up to three classes: what was asked for, the same as it was given out, and what is held for it. The
 * caller keeps used ≤ allocated ≤ reserved. */
enum tide_class { TIDE_USED, TIDE_ALLOCATED, TIDE_RESERVED, TIDE_CLASSES };
typedef struct tide_charges {
    uint64_t bytes[TIDE_CLASSES]; /* of the owner itself */
} tide_charges;

/* Atomic; may be called while nothing is recorded. -EINVAL: no such owner or class. Cost: 10 ns. */
TIDE_API int tide_owner_charge(tide_owner owner, enum tide_class memory_class, uint64_t bytes);
/* -ERANGE: that much is not charged. */
TIDE_API int tide_owner_uncharge(tide_owner owner, enum tide_class memory_class, uint64_t bytes);
/* Both in one: at no moment is it charged to neither. -ERANGE: `from` has not that much. */
TIDE_API int tide_owner_transfer(tide_owner from, tide_owner to, enum tide_class memory_class,
                                 uint64_t bytes);
TIDE_API int tide_owner_charges(tide_owner owner, tide_charges *ret);

/* ---- Pools: blocks that a custom allocator cuts out of larger ones
 *
 * They are recorded as malloc's are: stack, owner, sections, leaks. The large blocks would then be counted twice: take
 * them with mmap, or between tide_untracked_begin and _end. Addresses are multiples of 8 (-EINVAL). */
TIDE_API int tide_pool_alloc(const void *block, size_t bytes);
TIDE_API int tide_pool_free(const void *block);

/* ---- Hooks */

typedef struct tide_hook_event {
    const void *address;
    uint64_t bytes;
    tide_owner owner;     /* of the block: that of its allocation */
    tide_owner owner_now; /* of the thread that has the event */
    uint32_t thread;      /* kernel's id of that thread */
    uint32_t site;        /* of the allocation: thread, function, call stack and owner; 0: not known */
} tide_hook_event;

typedef struct tide_hooks {
    void (*allocated)(const tide_hook_event *event, void *arg); /* after the allocation; NULL: none */
    void (*freed)(const tide_hook_event *event, void *arg); /* before the free, of known blocks; NULL: none */
    void *arg;
} tide_hooks;

/* Call these for each event from now on, in the thread that has it, outside of all locks. They may allocate and free:
 * that is not recorded, and calls no hook. A realloc is both: freed, then allocated. Borrowed until removed; 8 at most
 * (-ENOMEM); -EALREADY. Events of threads that are allocating just now may be missed. Cost: 50 ns for each event. */
TIDE_API int tide_hooks_add(const tide_hooks *hooks);
/* -ENOENT: not added. Other threads may be in a hook while this returns, and use what it was given. */
TIDE_API int tide_hooks_remove(const tide_hooks *hooks);

/* What the calling thread allocates in between is not recorded; frees of known blocks are. Nests. */
TIDE_API int tide_untracked_begin(void);
/* -EPERM: the thread is in no such region. */
TIDE_API int tide_untracked_end(void);

/* ---- Ad-hoc events */

/* Count an event of this kind, with a weight of any unit, for the call stack that it happens on. `tidemark report
 * --events` shows them as it shows allocations. 200 names at most (-ENOMEM). Cost: as an allocation, and O(length of
 * the name). */
TIDE_API int tide_event(const char *name, uint64_t weight);

/* ---- Assertions, for tests
 *
 *   tide_check check;
 *   tide_check_begin(&check, "parse");
 *   parse();
 *   tide_assert_at_most(&check, TIDE_PEAK_BYTES, 4096);
 *   tide_check_end(&check);
 *
 *   TIDE_ASSERT_NO_ALLOCATION(…) and TIDE_ASSERT_BALANCED(…) take a statement or a block.
 *
 * What counts is what the calling thread does, so tests may run in parallel. When one fails, stderr gets one message:
 * what was expected, what was found, and the call stacks that weigh most in it; a recording is saved; then the handler
 * is called, or abort(). Without a tracker nothing is asserted: a test that relies on it asks tide_is_tracking(). */

enum tide_figure {
    TIDE_CURRENT_BYTES,
    TIDE_CURRENT_BLOCKS,
    TIDE_PEAK_BYTES,
    TIDE_PEAK_BLOCKS,
    TIDE_TOTAL_BYTES,
    TIDE_TOTAL_BLOCKS,
    TIDE_FREED_BYTES,
    TIDE_FREED_BLOCKS,
    TIDE_FIGURES
};
enum tide_relation { TIDE_EXACTLY, TIDE_AT_MOST, TIDE_AT_LEAST };

/* A section that is an owner as well, so that its call stacks are known apart. On the caller's stack. */
typedef struct tide_check {
    tide_section section;
    tide_owner owner;
} tide_check;

/* As tide_section_begin and tide_section_end, of the calling thread. */
TIDE_API int tide_check_begin(tide_check *check, const char *name);
TIDE_API int tide_check_end(tide_check *check);

/* What the macros below call. 0: it holds, or there is no tracker. 1: it does not, and the handler has returned.
 * -EPERM, -EINVAL as tide_section_read: then it is a failure of the test too, and is said on stderr. */
TIDE_API int tide_check_figure(const tide_check *check, enum tide_figure figure, enum tide_relation relation,
                               int64_t expected, const char *file, int line);

#define tide_assert_exactly(check, figure, expected) \
    tide_check_figure(check, figure, TIDE_EXACTLY, expected, __FILE__, __LINE__)
#define tide_assert_at_most(check, figure, expected) \
    tide_check_figure(check, figure, TIDE_AT_MOST, expected, __FILE__, __LINE__)
#define tide_assert_at_least(check, figure, expected) \
    tide_check_figure(check, figure, TIDE_AT_LEAST, expected, __FILE__, __LINE__)
#define TIDE_ASSERT_REGION(figure, ...)               \
    do {                                              \
        tide_check tide_region;                       \
        tide_check_begin(&tide_region, #figure);      \
        __VA_ARGS__;                                  \
        tide_assert_exactly(&tide_region, figure, 0); \
        tide_check_end(&tide_region);                 \
    } while (0)
#define TIDE_ASSERT_NO_ALLOCATION(...) TIDE_ASSERT_REGION(TIDE_TOTAL_BLOCKS, __VA_ARGS__)
#define TIDE_ASSERT_BALANCED(...) TIDE_ASSERT_REGION(TIDE_CURRENT_BLOCKS, __VA_ARGS__)

typedef struct tide_failure {
    const char *message; /* as on stderr; borrowed for the call */
    const char *file;
    int line;
    int64_t expected, actual;
    const char *recording; /* path of what was saved; NULL: nothing */
} tide_failure;

/* Instead of abort(): for cmocka's _fail, longjmp, or a return. NULL: abort() again. */
TIDE_API void tide_on_failure(void (*call)(const tide_failure *failure, void *arg), void *arg);

/* ---- Static memory and stacks. Works without recording. */

typedef struct tide_static {
    const char *path;         /* "": the program itself; borrowed for the call */
    uint64_t code_bytes;      /* executable segments */
    uint64_t read_only_bytes; /* segments that are only read */
    uint64_t data_bytes;      /* writable, with contents in the file */
    uint64_t zero_bytes;      /* writable, zero at the start (.bss) */
    uint64_t relro_bytes;     /* of data_bytes: read-only once the program runs */
    uint64_t tls_bytes;       /* for each thread; not in the above */
} tide_static;

/* Of each object that is loaded, by its ELF program headers, as dl_iterate_phdr gives them. */
TIDE_API int tide_static_each(void (*call)(const tide_static *object, void *arg), void *arg);

typedef struct tide_stack {
    uint64_t limit_bytes;   /* what it may grow to */
    uint64_t guard_bytes;   /* below it */
    uint64_t current_bytes; /* from its beginning to the caller's frame */
    uint64_t
        high_water_bytes; /* to the deepest page that was ever touched, as far as the kernel knows: not what glibc
                                  gave back when an earlier thread on this stack ended */
    uint64_t resident_bytes; /* pages of it in RAM or swap */
} tide_stack;

/* Of the calling thread. Sources: pthread_getattr_np, /proc/self/pagemap. -EIO: not to be read. Cost: 50 us. */
TIDE_API int tide_stack_of_thread(tide_stack *ret);

/* ---- An allocator to call by name: Rust's #[global_allocator], operator new, std::pmr. These are malloc's functions,
 * recorded as such, whichever library stands behind it. Without a tracker they are malloc's own. */
TIDE_API void *tide_malloc(size_t bytes);
TIDE_API void *tide_calloc(size_t count, size_t bytes);
TIDE_API void *tide_realloc(void *block, size_t bytes);
TIDE_API void *tide_aligned_alloc(size_t align, size_t bytes);
TIDE_API void tide_free(void *block);

/* ---- How the calls find the tracker
 *
 * X(result, name, parameters, arguments, result without a tracker). Order is the ABI: append only. */
#define TIDE_FUNCTIONS(X)                                                                                    \
    X(int, tide_start, (void), (), -TIDE_ENOSYS)                                                             \
    X(int, tide_stop, (void), (), -TIDE_ENOSYS)                                                              \
    X(bool, tide_is_tracking, (void), (), false)                                                             \
    X(int, tide_write_recording, (const char *path), (path), -TIDE_ENOSYS)                                   \
    X(int, tide_usage_of_process, (tide_usage * ret), (ret), -TIDE_ENOSYS)                                   \
    X(int, tide_usage_of_thread, (tide_usage * ret), (ret), -TIDE_ENOSYS)                                    \
    X(int, tide_peak_reset, (void), (), -TIDE_ENOSYS)                                                        \
    X(int, tide_section_begin, (tide_section * section, const char *name, enum tide_scope scope),            \
      (section, name, scope), -TIDE_ENOSYS)                                                                  \
    X(int, tide_section_end, (tide_section * section, tide_usage * ret), (section, ret), -TIDE_ENOSYS)       \
    X(int, tide_section_read, (const tide_section *section, tide_usage *ret), (section, ret), -TIDE_ENOSYS)  \
    X(tide_owner, tide_owner_create, (const char *name, tide_owner parent), (name, parent), TIDE_UNOWNED)    \
    X(int, tide_owner_retire, (tide_owner owner), (owner), -TIDE_ENOSYS)                                     \
    X(int, tide_owner_enter, (tide_owner owner), (owner), -TIDE_ENOSYS)                                      \
    X(int, tide_owner_leave, (tide_owner owner), (owner), -TIDE_ENOSYS)                                      \
    X(tide_owner, tide_owner_current, (void), (), TIDE_UNOWNED)                                              \
    X(tide_owner, tide_owner_of, (const void *block), (block), TIDE_UNOWNED)                                 \
    X(int, tide_owner_usage, (tide_owner owner, tide_usage * ret), (owner, ret), -TIDE_ENOSYS)               \
    X(int, tide_owner_limit, (tide_owner owner, uint64_t limit_bytes, tide_limit_reached * call, void *arg), \
      (owner, limit_bytes, call, arg), -TIDE_ENOSYS)                                                         \
    X(int, tide_owner_charge, (tide_owner owner, enum tide_class memory_class, uint64_t bytes),              \
      (owner, memory_class, bytes), -TIDE_ENOSYS)                                                            \
    X(int, tide_owner_uncharge, (tide_owner owner, enum tide_class memory_class, uint64_t bytes),            \
      (owner, memory_class, bytes), -TIDE_ENOSYS)                                                            \
    X(int, tide_owner_transfer,                                                                              \
      (tide_owner from, tide_owner to, enum tide_class memory_class, uint64_t bytes),                        \
      (from, to, memory_class, bytes), -TIDE_ENOSYS)                                                         \
    X(int, tide_owner_charges, (tide_owner owner, tide_charges * ret), (owner, ret), -TIDE_ENOSYS)           \
    X(int, tide_pool_alloc, (const void *block, size_t bytes), (block, bytes), -TIDE_ENOSYS)                 \
    X(int, tide_pool_free, (const void *block), (block), -TIDE_ENOSYS)                                       \
    X(int, tide_hooks_add, (const tide_hooks *hooks), (hooks), -TIDE_ENOSYS)                                 \
    X(int, tide_hooks_remove, (const tide_hooks *hooks), (hooks), -TIDE_ENOSYS)                              \
    X(int, tide_untracked_begin, (void), (), -TIDE_ENOSYS)                                                   \
    X(int, tide_untracked_end, (void), (), -TIDE_ENOSYS)                                                     \
    X(int, tide_event, (const char *name, uint64_t weight), (name, weight), -TIDE_ENOSYS)                    \
    X(int, tide_check_begin, (tide_check * check, const char *name), (check, name), -TIDE_ENOSYS)            \
    X(int, tide_check_end, (tide_check * check), (check), -TIDE_ENOSYS)                                      \
    X(int, tide_check_figure,                                                                                \
      (const tide_check *check, enum tide_figure figure, enum tide_relation relation, int64_t expected,      \
       const char *file, int line),                                                                          \
      (check, figure, relation, expected, file, line), 0)                                                    \
    X(int, tide_static_each, (void (*call)(const tide_static *object, void *arg), void *arg), (call, arg),   \
      -TIDE_ENOSYS)                                                                                          \
    X(int, tide_stack_of_thread, (tide_stack * ret), (ret), -TIDE_ENOSYS)                                    \
    X(void *, tide_malloc, (size_t bytes), (bytes), malloc(bytes))                                           \
    X(void *, tide_calloc, (size_t count, size_t bytes), (count, bytes), calloc(count, bytes))               \
    X(void *, tide_realloc, (void *block, size_t bytes), (block, bytes), realloc(block, bytes))              \
    X(void *, tide_aligned_alloc, (size_t align, size_t bytes), (align, bytes), aligned_alloc(align, bytes))
/* Those without a result, which stay these two: X(name, parameters, arguments, without a tracker) */
#define TIDE_PROCEDURES(X)                                                                             \
    X(tide_on_failure, (void (*call)(const tide_failure *failure, void *arg), void *arg), (call, arg), \
      (void)0)                                                                                         \
    X(tide_free, (void *block), (block), free(block))

enum { TIDE_ENOSYS = 38 /* ENOSYS of Linux: this header leaves <errno.h> to who wants it */ };

/* What libtidemark.so exports for programs that do not link it: `tide_api_table`. */
struct tide_api {
    uint64_t bytes; /* of this struct, as the tracker has it: it may know more functions than this header */
/* NOLINTBEGIN(bugprone-macro-parentheses): parameter lists */
#define TIDE_POINTER(name, parameters, arguments, otherwise) void(*name) parameters;
    TIDE_PROCEDURES(TIDE_POINTER)
#undef TIDE_POINTER
#define TIDE_POINTER(result, name, parameters, arguments, otherwise) result(*name) parameters;
    TIDE_FUNCTIONS(TIDE_POINTER)
#undef TIDE_POINTER
    /* NOLINTEND(bugprone-macro-parentheses) */
};

#ifndef TIDE_LINKED
#ifdef __cplusplus
}
#include <dlfcn.h>
extern "C" {
#else
#include <dlfcn.h>
#endif

#define TIDE_NO_API ((const struct tide_api *)1)
/* One for each program or library: NULL not asked yet, TIDE_NO_API there is none. */
__attribute__((weak, visibility("hidden"))) const struct tide_api *tide_api_found;

static __attribute__((noinline, cold, unused)) const struct tide_api *tide_api_find(void) {
    const struct tide_api *api = (const struct tide_api *)dlsym(NULL /* RTLD_DEFAULT */, "tide_api_table");
    if (!api || api->bytes < sizeof *api)
        api = TIDE_NO_API;
    __atomic_store_n(&tide_api_found, api, __ATOMIC_RELEASE);
    return api;
}

static inline const struct tide_api *tide_api_get(void) {
    const struct tide_api *api = __atomic_load_n(&tide_api_found, __ATOMIC_ACQUIRE);
    return __builtin_expect(!api, 0) ? tide_api_find() : api;
}

#define TIDE_CALL(result, name, parameters, arguments, otherwise)  \
    static inline __attribute__((unused)) result name parameters { \
        const struct tide_api *api = tide_api_get();               \
        if (__builtin_expect(api == TIDE_NO_API, 1))               \
            return otherwise;                                      \
        return api->name arguments;                                \
    }
TIDE_FUNCTIONS(TIDE_CALL)
#undef TIDE_CALL
#define TIDE_CALL(name, parameters, arguments, otherwise)        \
    static inline __attribute__((unused)) void name parameters { \
        const struct tide_api *api = tide_api_get();             \
        if (__builtin_expect(api == TIDE_NO_API, 1))             \
            (otherwise);                                         \
        else                                                     \
            api->name arguments;                                 \
    }
TIDE_PROCEDURES(TIDE_CALL)
#undef TIDE_CALL
#endif

/* of TIDE_SECTION */
static inline __attribute__((unused)) void tide_section_leave(tide_section *section) {
    tide_section_end(section, NULL);
}

#ifdef __cplusplus
}
#endif
