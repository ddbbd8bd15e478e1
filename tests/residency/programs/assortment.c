/* Holds some of each sort of memory, says how much, and waits for the end of standard input: `assortment [THREADS]`.
 * Standard output: "KEY <TAB> BYTES" for each sort, then "ready". */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const size_t KIB = 1 << 10, MIB = 1 << 20;
static char zeroed[3 << 20];
static char initial[1 << 20] = {1};

static void tell(const char *key, size_t bytes) {
    printf("%s\t%zu\n", key, bytes);
}

static void use(volatile char *memory, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64)
        memory[i] = 1;
}

static char *take(size_t bytes, int flags, int fd) {
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (memory == MAP_FAILED)
        exit(99);
    return memory;
}

static pthread_barrier_t all_are_there;

/* Half a MiB of stack used once, a block of an arena of its own. */
static void *live(void *arg) {
    volatile char deep[512 << 10];
    for (size_t i = 0; i < sizeof deep; i += 1024)
        deep[i] = 1;
    use(malloc(64 * KIB), 64 * KIB);
    pthread_barrier_wait(&all_are_there);
    for (;;)
        pause();
    return arg;
}

static void start_threads(unsigned count) {
    pthread_barrier_init(&all_are_there, NULL, count + 1);
    for (unsigned i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, live, NULL))
            exit(99);
    }
    pthread_barrier_wait(&all_are_there);
    tell("stacks_high_water", 512 * KIB);
}

int main(int argc, char **argv) {
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    start_threads(argc > 1 ? (unsigned)atoi(argv[1]) : 3);

    use(zeroed, sizeof zeroed);
    tell("bss", sizeof zeroed);
    use(initial, sizeof initial / 2);
    tell("data_written", sizeof initial / 2);

    for (unsigned i = 0; i < 100; i++)
        use(malloc(80 * KIB), 80 * KIB);
    tell("brk_heap", 100 * 80 * KIB);
    use(malloc(20 * MIB), 20 * MIB);
    use(malloc(6 * MIB), 6 * MIB);
    tell("large_block", 26 * MIB);

    char *huge = take(6 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    char *aligned = (char *)(((size_t)huge + 2 * MIB - 1) & ~(2 * MIB - 1));
    madvise(huge, 6 * MIB, MADV_NOHUGEPAGE);
    madvise(aligned, 4 * MIB, MADV_HUGEPAGE);
    use(huge, 6 * MIB);
    char *lazy = take(5 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    madvise(lazy, 5 * MIB, MADV_NOHUGEPAGE);
    use(lazy, 5 * MIB);
    madvise(lazy, 5 * MIB, MADV_FREE);
    tell("lazy_free", 5 * MIB);
    tell("anonymous", 11 * MIB);

    char *locked = take(MIB, MAP_SHARED | MAP_ANONYMOUS, -1);
    use(locked, MIB);
    if (mlock(locked, 64 * KIB) == 0)
        tell("locked", 64 * KIB);
    tell("shared_memory", MIB);
    int fd = memfd_create("assortment", 0);
    if (ftruncate(fd, (off_t)(8 * MIB)))
        exit(99);
    use(take(8 * MIB, MAP_SHARED, fd), 2 * MIB);
    tell("memfd", 2 * MIB);

    puts("ready");
    fflush(stdout);
    return getchar() == EOF ? 0 : 1;
}
