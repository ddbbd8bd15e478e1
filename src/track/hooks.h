/* track/hooks: every function that libtidemark.so stands in front of; the version script and the table of the real
 * ones are made from this list, and a test compares it with `nm -D`. X(symbol, result, parameters) */
#pragma once

#define TIDE_HOOKS_MALLOC(X)                              \
    X(malloc, void *, (size_t))                           \
    X(calloc, void *, (size_t, size_t))                   \
    X(realloc, void *, (void *, size_t))                  \
    X(reallocarray, void *, (void *, size_t, size_t))     \
    X(free, void, (void *))                               \
    X(cfree, void, (void *))                              \
    X(free_sized, void, (void *, size_t))                 \
    X(free_aligned_sized, void, (void *, size_t, size_t)) \
    X(memalign, void *, (size_t, size_t))                 \
    X(posix_memalign, int, (void **, size_t, size_t))     \
    X(aligned_alloc, void *, (size_t, size_t))            \
    X(valloc, void *, (size_t))                           \
    X(pvalloc, void *, (size_t))                          \
    X(malloc_usable_size, size_t, (void *))

/* operator new and delete as the Itanium C++ ABI names them: [] is a for w; m size; St11align_val_t alignment;
 * RKSt9nothrow_t nothrow. */
#define TIDE_HOOKS_NEW(X)                                                         \
    X(_Znwm, void *, (size_t))                                                    \
    X(_Znam, void *, (size_t))                                                    \
    X(_ZnwmRKSt9nothrow_t, void *, (size_t, const void *))                        \
    X(_ZnamRKSt9nothrow_t, void *, (size_t, const void *))                        \
    X(_ZnwmSt11align_val_t, void *, (size_t, size_t))                             \
    X(_ZnamSt11align_val_t, void *, (size_t, size_t))                             \
    X(_ZnwmSt11align_val_tRKSt9nothrow_t, void *, (size_t, size_t, const void *)) \
    X(_ZnamSt11align_val_tRKSt9nothrow_t, void *, (size_t, size_t, const void *)) \
    X(_ZdlPv, void, (void *))                                                     \
    X(_ZdaPv, void, (void *))                                                     \
    X(_ZdlPvm, void, (void *, size_t))                                            \
    X(_ZdaPvm, void, (void *, size_t))                                            \
    X(_ZdlPvRKSt9nothrow_t, void, (void *, const void *))                         \
    X(_ZdaPvRKSt9nothrow_t, void, (void *, const void *))                         \
    X(_ZdlPvSt11align_val_t, void, (void *, size_t))                              \
    X(_ZdaPvSt11align_val_t, void, (void *, size_t))                              \
    X(_ZdlPvmSt11align_val_t, void, (void *, size_t, size_t))                     \
    X(_ZdaPvmSt11align_val_t, void, (void *, size_t, size_t))                     \
    X(_ZdlPvSt11align_val_tRKSt9nothrow_t, void, (void *, size_t, const void *))  \
    X(_ZdaPvSt11align_val_tRKSt9nothrow_t, void, (void *, size_t, const void *))

#define TIDE_HOOKS_MAPPING(X)                                 \
    X(mmap, void *, (void *, size_t, int, int, int, off_t))   \
    X(mmap64, void *, (void *, size_t, int, int, int, off_t)) \
    X(mremap, void *, (void *, size_t, size_t, int, ...))     \
    X(munmap, int, (void *, size_t))

#define TIDE_SPAWN_PARAMETERS                                                                             \
    (pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[], \
     char *const[])

#define TIDE_HOOKS_PROCESS(X)                                                \
    X(dlclose, int, (void *))                                                \
    X(pthread_setname_np, int, (pthread_t, const char *))                    \
    X(prctl, int, (int, ...))                                                \
    X(_exit, void, (int))                                                    \
    X(_Exit, void, (int))                                                    \
    X(quick_exit, void, (int))                                               \
    X(execve, int, (const char *, char *const[], char *const[]))             \
    X(execv, int, (const char *, char *const[]))                             \
    X(execvp, int, (const char *, char *const[]))                            \
    X(execvpe, int, (const char *, char *const[], char *const[]))            \
    X(fexecve, int, (int, char *const[], char *const[]))                     \
    X(execveat, int, (int, const char *, char *const[], char *const[], int)) \
    X(execl, int, (const char *, const char *, ...))                         \
    X(execlp, int, (const char *, const char *, ...))                        \
    X(execle, int, (const char *, const char *, ...))                        \
    X(posix_spawn, int, TIDE_SPAWN_PARAMETERS)                               \
    X(posix_spawnp, int, TIDE_SPAWN_PARAMETERS)

#define TIDE_HOOKS(X) TIDE_HOOKS_MALLOC(X) TIDE_HOOKS_NEW(X) TIDE_HOOKS_MAPPING(X) TIDE_HOOKS_PROCESS(X)
