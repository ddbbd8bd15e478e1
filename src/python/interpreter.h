/* python/interpreter: a CPython in this process, linked into the program or in a library.
 *
 * It is recognised by what it exports, when its code is met on a stack for the first time: `_PyRuntime`, and from 3.11
 * on `Py_Version`. Of its functions only accessors are called that load a word or two. */
#pragma once
#include "python/routines.h"
#include <link.h>

typedef struct tide_python_allocator { /* PyMemAllocatorEx of Include/cpython/pymem.h; the same since 3.5 */
    void *context;
    void *(*malloc)(void *context, size_t bytes);
    void *(*calloc)(void *context, size_t count, size_t bytes);
    void *(*realloc)(void *context, void *old, size_t bytes);
    void (*free)(void *context, void *block);
} tide_python_allocator;

typedef struct tide_python { /* zero: none */
    tide_python_layout layout;
    /* The thread state made for the calling thread, and the one that holds the GIL. From 3.12 on the latter, too, is
     * the calling thread's or NULL. */
    const void *(*state_of_thread)(void);
    const void *(*state_of_lock)(void);
    int (*is_finalizing)(void);
    const void *(*newest_interpreter)(void);
    const void *(*main_interpreter)(void);
    void (*get_allocator)(int domain, tide_python_allocator *ret);
    void (*set_allocator)(int domain, tide_python_allocator *allocator);
    tide_routines routines;
} tide_python;

/* Is there an interpreter in this library? Then make it known in the ledger's header, and return whether its frames can
 * be read. `lock`: of the log; held. */
bool tide_python_meet(tide_python *python, const struct link_map *library, tide_book *book, uint32_t *lock);

/* The calling thread's state; NULL: it has none, or it cannot be told which one (without the GIL, where there are
 * several interpreters). `ret_holds_lock`: it holds the GIL; else the state is its own all the same, and so are its
 * frames, which nobody else touches, but the interpreter may be about to end: see tide_python_is_safe. */
const void *tide_python_thread_state(const tide_python *python, bool *ret_holds_lock);

/* Was what has just been loaded from the state still good? An interpreter that ends says so first (Py_FinalizeEx), and
 * then frees the states of threads that are left behind; their stacks of frames it leaves alone. */
static inline bool tide_python_is_safe(const tide_python *python, bool holds_lock) {
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return holds_lock || !python->is_finalizing();
}
