#include "python/interpreter.h"
#include "ledger/system.h"
#include "python/exports.h"
#include "python/text.h"
#include <pthread.h>
#include <sys/uio.h>

typedef const void *accessor(void);

static accessor *find(const struct link_map *library, const char *symbol) {
    return (accessor *)(uintptr_t)tide_exports_find(library, symbol);
}

bool tide_python_meet(tide_python *python, const struct link_map *library, tide_book *book, uint32_t *lock) {
    const void *runtime = tide_exports_find(library, "_PyRuntime");
    const uint64_t *version = tide_exports_find(library, "Py_Version");
    tide_ledger_header *header = book->header;
    if (!runtime || header->python_state == TIDE_PYTHON_KNOWN)
        return false;
    header->python_version = version ? (uint32_t)*version : 0;
    header->python_state = TIDE_PYTHON_UNKNOWN;
    python->state_of_thread = find(library, "PyGILState_GetThisThreadState");
    python->state_of_lock = find(library, "_PyThreadState_UncheckedGet");
    if (!python->state_of_lock) /* from 3.13 on */
        python->state_of_lock = find(library, "PyThreadState_GetUnchecked");
    python->is_finalizing = tide_exports_find(library, "Py_IsFinalizing");
    if (!python->is_finalizing) /* before 3.13 */
        python->is_finalizing = tide_exports_find(library, "_Py_IsFinalizing");
    python->newest_interpreter = find(library, "PyInterpreterState_Head");
    python->main_interpreter = find(library, "PyInterpreterState_Main");
    python->get_allocator = tide_exports_find(library, "PyMem_GetAllocator");
    python->set_allocator = tide_exports_find(library, "PyMem_SetAllocator");
    if (!python->is_finalizing || !python->get_allocator || !python->set_allocator || !version ||
        !python->state_of_thread || !python->state_of_lock || !python->newest_interpreter ||
        !python->main_interpreter || !tide_python_layout_find(&python->layout, *version, runtime))
        return false;
    python->routines.book = book;
    python->routines.lock = lock;
    header->python_state = TIDE_PYTHON_KNOWN;
    return true;
}

/* Whose is that state? It may be another thread's, and go at any moment: so the kernel reads it. */
static bool is_of_this_thread(const tide_python *python, const void *state) {
    uintptr_t thread = 0;
    int saved_errno = errno;
    struct iovec from = {(char *)(uintptr_t)state + python->layout.state_thread, sizeof thread},
                 to = {&thread, sizeof thread};
    long got = syscall(SYS_process_vm_readv, getpid(), &to, 1L, &from, 1L, 0L);
    errno = saved_errno;
    return got == sizeof thread && thread == pthread_self();
}

/* With several interpreters (3.11), a thread may hold the GIL with another state than that made for it. */
const void *tide_python_thread_state(const tide_python *python, bool *ret_holds_lock) {
    const void *holder = python->state_of_lock(), *own = python->state_of_thread();
    *ret_holds_lock = holder && holder == own;
    if (*ret_holds_lock || python->newest_interpreter() == python->main_interpreter())
        return own;
    *ret_holds_lock = holder && is_of_this_thread(python, holder);
    return *ret_holds_lock ? holder : NULL;
}
