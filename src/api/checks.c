/* Assertions: a section that is an owner, and what is said when it was not as expected. */
#include "api/recording.h"
#include "api/sites.h"
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 4096 };

static void (*failure_call)(const tide_failure *failure, void *arg);
static void *failure_arg;

void tide_on_failure(void (*call)(const tide_failure *failure, void *arg), void *arg) {
    failure_arg = arg;
    __atomic_store_n(&failure_call, call, __ATOMIC_RELEASE);
}

int tide_check_begin(tide_check *check, const char *name) {
    if (!check || !name)
        return -EINVAL;
    tide_owner owner = tide_owner_create(name, tide_owner_current());
    int code = tide_section_begin(&check->section, name, TIDE_THREAD);
    if (code)
        return code;
    code = tide_owner_enter(owner);
    if (code)
        tide_section_end(&check->section, NULL);
    check->owner = owner;
    return code;
}

int tide_check_end(tide_check *check) {
    if (!check)
        return -EINVAL;
    tide_usage usage;
    int code = tide_section_read(&check->section, &usage);
    if (!code && tide_owner_leave(check->owner))
        code = -EPERM;
    return code ? code : tide_section_end(&check->section, NULL);
}

static int64_t figure_of(const tide_usage *usage, enum tide_figure figure) {
    const int64_t figures[TIDE_FIGURES] = {usage->current_bytes,        usage->current_blocks,
                                           usage->peak_bytes,           usage->peak_blocks,
                                           (int64_t)usage->total_bytes, (int64_t)usage->total_blocks,
                                           (int64_t)usage->freed_bytes, (int64_t)usage->freed_blocks};
    return figures[figure];
}

static bool holds(int64_t actual, enum tide_relation relation, int64_t expected) {
    return relation == TIDE_EXACTLY   ? actual == expected
           : relation == TIDE_AT_MOST ? actual <= expected
                                      : actual >= expected;
}

/* "FILE_LINE.tide", with a number when there is one already; "": nothing was saved. */
static void save(tide_thread *thread, const char *file, int line, char ret_path[PATH_MAX]) {
    const char *name = strrchr(file, '/');
    name = name ? name + 1 : file;
    int code = -EEXIST;
    for (unsigned number = 0; code == -EEXIST && number < 100; number++) {
        char suffix[16] = "";
        if (number)
            snprintf(suffix, sizeof suffix, "_%u", number);
        snprintf(ret_path, PATH_MAX, "%s_%d%s.tide", name, line, suffix);
        code = access(ret_path, F_OK) ? tide_api_write(thread, ret_path) : -EEXIST;
    }
    if (code)
        *ret_path = 0;
}

__attribute__((format(printf, 2, 3))) static void put(char *message, const char *format, ...) {
    size_t used = strlen(message);
    va_list list;
    va_start(list, format);
    vsnprintf(message + used, MESSAGE_BYTES - used, format, list);
    va_end(list);
}

static void describe(char *message, tide_thread *thread, const tide_check *check, enum tide_figure figure,
                     enum tide_relation relation, const tide_failure *failure) {
    static const char *const figures[] = {
        "bytes live at the end", "blocks live at the end", "bytes at the peak", "blocks at the peak",
        "bytes allocated",       "blocks allocated",       "bytes freed",       "blocks freed"};
    static const char *const relations[] = {"exactly", "at most", "at least"};
    put(message, "%s:%d: expected %s %lld %s, found %lld\n", failure->file, failure->line,
        relations[relation], (long long)failure->expected, figures[figure], (long long)failure->actual);
    tide_api_put_sites(message, MESSAGE_BYTES, thread, check->owner, figure <= TIDE_CURRENT_BLOCKS);
    if (failure->recording)
        put(message, "  recorded in %s: tidemark report --total %s\n", failure->recording,
            failure->recording);
}

static int fail(tide_thread *thread, const tide_check *check, enum tide_figure figure,
                enum tide_relation relation, tide_failure *failure) {
    char message[MESSAGE_BYTES] = "", path[PATH_MAX] = "";
    tide_untracked_begin();
    save(thread, failure->file, failure->line, path);
    failure->recording = *path ? path : NULL;
    describe(message, thread, check, figure, relation, failure);
    failure->message = message;
    if (write(STDERR_FILENO, message, strlen(message)) < 0) {
        /* nobody reads it */
    }
    tide_untracked_end();
    void (*call)(const tide_failure *, void *) = __atomic_load_n(&failure_call, __ATOMIC_ACQUIRE);
    if (!call)
        abort();
    call(failure, failure_arg);
    return 1;
}

int tide_check_figure(const tide_check *check, enum tide_figure figure, enum tide_relation relation,
                      int64_t expected, const char *file, int line) {
    tide_usage usage;
    if (!check || !file || (unsigned)figure >= TIDE_FIGURES || (unsigned)relation > TIDE_AT_LEAST)
        return -EINVAL;
    tide_thread *thread = tide_api_thread();
    int code = thread ? tide_section_read(&check->section, &usage) : TIDE_API_NO_THREAD;
    if (code) {
        dprintf(STDERR_FILENO, "%s:%d: nothing can be asserted: %s\n", file, line, strerrordesc_np(-code));
        return code;
    }
    tide_failure failure = {
        .file = file, .line = line, .expected = expected, .actual = figure_of(&usage, figure)};
    return holds(failure.actual, relation, expected) ? 0 : fail(thread, check, figure, relation, &failure);
}
