#include "track/process.h"
#include "ledger/hello.h"
#include "ledger/system.h"
#include "track/environment.h"
#include "track/sole.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* One second or more. A thread that takes longer was stopped. */
enum { START_WAIT_NS = 100000, START_WAITS_MAX = 10000, OWN_LEDGER_FD = 768 };

static tide_process *process; /* mapped once; emptied by the kernel in a child */
static __thread bool is_starting __attribute__((tls_model("initial-exec")));
uint32_t tide_generation = 1;
__thread tide_thread *tide_self;

static void *map_empty_on_fork(uint64_t bytes) {
    void *at = tide_sys_mmap(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    if (at == MAP_FAILED)
        return NULL;
    if (madvise(at, bytes, MADV_WIPEONFORK)) { /* Linux < 4.14: forks would not be safe */
        tide_sys_munmap(at, bytes);
        return NULL;
    }
    madvise(at, bytes, MADV_DONTDUMP);
#ifdef PR_SET_VMA
    /* seen in /proc/PID/maps where the kernel can */
    tide_sys_prctl(PR_SET_VMA, (void *)PR_SET_VMA_ANON_NAME, at, bytes, "tidemark");
#endif
    return at;
}

void *tide_private_map(uint64_t bytes) {
    int saved_errno = errno;
    void *at = map_empty_on_fork((bytes + TIDE_PAGE - 1) & ~(uint64_t)(TIDE_PAGE - 1));
    errno = saved_errno;
    return at;
}

void tide_generation_raise(void) {
    uint32_t generation = __atomic_add_fetch(&tide_generation, 1, __ATOMIC_ACQ_REL);
    if (!generation || generation == TIDE_GATE_ATTENTION)
        __atomic_store_n(&tide_generation, 1, __ATOMIC_RELEASE);
}

/* Lay out the tables in `fd`, and be ready to fill them. Returns 0 or -errno. */
static int begin_recording(int fd) {
    int code = tide_book_open(&process->book, fd);
    if (code)
        return code;
    process->modules.at = tide_private_map(TIDE_MODULES_MAX * sizeof *process->modules.at);
    if (!process->modules.at || !tide_names_init(&process->names))
        return -ENOMEM;
    tide_thread_watch_exits();
    tide_sole_register();
    process->book.header->pid = (uint32_t)getpid();
    process->wants_python_allocators = process->options & TIDE_OPTION_PYTHON_ALLOCATORS;
    process->book.header->private_bytes = offsetof(tide_process, interpreter);
    __atomic_store_n(&process->book.header->ready, 1, __ATOMIC_RELEASE);
    return 0;
}

/* Get a ledger and begin. */
static bool begin_for_tool(void) {
    int fd = tide_environment_ask_ledger(&process->options);
    if (fd < 0)
        return false;
    int code = begin_recording(fd);
    close(fd);
    return code == 0;
}

static void start(void) {
    int saved_errno = errno;
    is_starting = true;
    bool on = begin_for_tool();
    tide_environment_keep();
    if (!(process->options & TIDE_OPTION_FOLLOW))
        tide_environment_restore();
    __atomic_store_n(&process->state, on ? TIDE_PROCESS_ON : TIDE_PROCESS_OFF, __ATOMIC_RELEASE);
    is_starting = false;
    errno = saved_errno;
}

/* Several threads of a forked child may come first at the same time: one starts, the others wait. */
static void start_once(void) {
    uint32_t state = TIDE_PROCESS_NEW;
    if (__atomic_compare_exchange_n(&process->state, &state, TIDE_PROCESS_STARTING, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_ACQUIRE))
        start();
    for (int waits = 0; !is_starting && waits < START_WAITS_MAX &&
                        __atomic_load_n(&process->state, __ATOMIC_ACQUIRE) == TIDE_PROCESS_STARTING;
         waits++)
        tide_sys_sleep_ns(START_WAIT_NS);
}

tide_process *tide_process_get(void) {
    if (TIDE_UNLIKELY(!process)) {
        static uint32_t is_trying;
        if (__atomic_exchange_n(&is_trying, 1, __ATOMIC_ACQUIRE))
            return NULL;
        process = tide_private_map(sizeof *process);
        if (!process)
            return NULL;
    }
    if (TIDE_UNLIKELY(__atomic_load_n(&process->state, __ATOMIC_ACQUIRE) <= TIDE_PROCESS_STARTING))
        start_once();
    return __atomic_load_n(&process->state, __ATOMIC_ACQUIRE) == TIDE_PROCESS_ON ? process : NULL;
}

/* Out of the way of descriptors that the program counts on. */
static int make_ledger(void) {
    int low = memfd_create(TIDE_LEDGER_NAME, MFD_CLOEXEC);
    if (low < 0)
        return -errno;
    int fd = fcntl(low, F_DUPFD_CLOEXEC, OWN_LEDGER_FD);
    if (fd < 0)
        fd = fcntl(low, F_DUPFD_CLOEXEC, 3);
    close(low);
    return fd < 0 || ftruncate(fd, (off_t)TIDE_LEDGER_FILE_BYTES) ? -errno : fd;
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void tide_process_tick(tide_process *of) {
    if (of->ledger_fd)
        __atomic_store_n(&of->book.header->clock_ns, now_ns() - of->start_ns, __ATOMIC_RELAXED);
}

static int start_alone(void) {
    int fd = make_ledger(), code = fd < 0 ? fd : begin_recording(fd);
    if (!code)
        process->ledger_fd = fd, process->start_ns = now_ns();
    else if (fd >= 0)
        close(fd);
    return code;
}

int tide_process_start_alone(void) {
    uint32_t state = TIDE_PROCESS_OFF;
    if (tide_process_get())
        return 0;
    if (!process || !__atomic_compare_exchange_n(&process->state, &state, TIDE_PROCESS_STARTING, false,
                                                 __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
        return -EAGAIN;
    is_starting = true;
    int code = start_alone();
    __atomic_store_n(&process->state, code ? TIDE_PROCESS_OFF : TIDE_PROCESS_ON, __ATOMIC_RELEASE);
    is_starting = false;
    return code;
}

bool tide_process_is_followed(void) {
    tide_process_get();
    return process && process->options & TIDE_OPTION_FOLLOW;
}

void tide_process_stop(void) {
    if (process)
        __atomic_store_n(&process->state, TIDE_PROCESS_OFF, __ATOMIC_RELEASE);
    tide_generation_raise();
}
