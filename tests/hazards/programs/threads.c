/* Threads that come and go, and allocations at the edges of their lives and of the program's.
 * Usage: threads aligned|short|edges|cancel|renamed */
#include "tally.h"
#include <pthread.h>
#include <signal.h>

static tally made;

PLACE static void *thread_make(size_t bytes) {
    void *block = malloc(bytes);
    REQUIRE(block);
    tally_made(&made, bytes);
    return block;
}

PLACE static void thread_free(void *block, size_t bytes) {
    tally_freed(&made, bytes);
    free(block);
}

static pthread_t start(void *(*run)(void *), void *argument) {
    pthread_t thread;
    REQUIRE(!pthread_create(&thread, NULL, run, argument));
    return thread;
}

/* ---- 100 threads × 100 aligned blocks */
enum { ALIGNED_THREADS = 100, ALIGNED_EACH = 100, ALIGNED_BYTES = 96 };
static tally aligned;

PLACE static void *make_aligned(void *argument) {
    for (int i = 0; i < ALIGNED_EACH; i++) {
        void *block;
        REQUIRE(!posix_memalign(&block, 64, ALIGNED_BYTES));
        tally_made(&aligned, ALIGNED_BYTES);
    }
    return argument;
}

static void run_aligned(void) {
    pthread_t threads[ALIGNED_THREADS];
    for (int i = 0; i < ALIGNED_THREADS; i++)
        threads[i] = start(make_aligned, NULL);
    for (int i = 0; i < ALIGNED_THREADS; i++)
        pthread_join(threads[i], NULL);
    REQUIRE(aligned.total_blocks == ALIGNED_THREADS * ALIGNED_EACH);
    tally_print("make_aligned", &aligned);
}

/* ---- many threads, one after another; each leaves one block to the next, which frees it */
enum { SHORT_THREADS = 20000, SHORT_BYTES = 40 };
static void *inherited;

static void *live_shortly(void *argument) {
    if (inherited)
        thread_free(inherited, SHORT_BYTES);
    inherited = thread_make(SHORT_BYTES);
    return argument;
}

static void run_short(void) {
    for (int i = 0; i < SHORT_THREADS; i++)
        pthread_join(start(live_shortly, NULL), NULL);
}

/* ---- before main, after exit, and in all that runs when a thread ends */
static pthread_key_t key;

static void at_key_end(void *block) {
    thread_free(block, 100);
    thread_make(101);
    static __thread int rounds;
    if (rounds++ < 2) /* and again: pthread_key_create(3) */
        pthread_setspecific(key, thread_make(100));
}

__attribute__((constructor(101))) static void before_everything(void) {
    thread_make(102);
}
__attribute__((constructor)) static void before_main(void) {
    thread_free(thread_make(103), 103);
    thread_make(103);
}

static void *end_with_key(void *argument) {
    pthread_setspecific(key, thread_make(100));
    return argument;
}

static void print(void) {
    thread_make(105);
    tally_print("thread_make", &made);
}
__attribute__((destructor)) static void after_exit(void) {
    print();
}
static void at_exit(void) {
    thread_make(104);
}

static void run_edges(void) {
    REQUIRE(!pthread_key_create(&key, at_key_end));
    atexit(at_exit);
    pthread_setspecific(key, thread_make(100)); /* not called for the main thread, which returns from main */
    for (int i = 0; i < 50; i++)
        pthread_join(start(end_with_key, NULL), NULL);
}

/* ---- cancellation: at a cancellation point, and in the middle of a computation */
static void clean_up(void *block) {
    thread_free(block, 200);
    thread_make(201);
}

static uint32_t is_computing;

static void *wait_deferred(void *argument) {
    pthread_cleanup_push(clean_up, thread_make(200));
    __atomic_store_n(&is_computing, 1, __ATOMIC_RELEASE);
    for (;;)
        pause();
    pthread_cleanup_pop(0);
    return argument;
}

static void *compute_async(void *argument) {
    pthread_cleanup_push(clean_up, thread_make(200));
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    __atomic_store_n(&is_computing, 1, __ATOMIC_RELEASE);
    for (volatile unsigned i = 0;; i++)
        ;
    pthread_cleanup_pop(0);
    return argument;
}

static void run_cancel(void) {
    for (int i = 0; i < 200; i++) {
        void *result;
        __atomic_store_n(&is_computing, 0, __ATOMIC_RELEASE);
        pthread_t thread = start(i % 2 ? compute_async : wait_deferred, NULL);
        while (!__atomic_load_n(&is_computing, __ATOMIC_ACQUIRE))
            ;
        pthread_cancel(thread);
        pthread_join(thread, &result);
        REQUIRE(result == PTHREAD_CANCELED);
    }
}

int main(int argc, char **argv) {
    const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {
        {"aligned", run_aligned}, {"short", run_short}, {"edges", run_edges}, {"cancel", run_cancel}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc > 1 && !strcmp(argv[1], cases[i].name)) {
            cases[i].run();
            return 0;
        }
    return 2;
}
