/* A program that a reader of its memory can get in the way of: with MIB resident in small pages, and MAPPINGS more
 * mappings, it maps, touches and unmaps 64 KiB for SECONDS, and tells how long that took.
 *
 *   mmap_loop MIB MAPPINGS SECONDS [BLOCKS]      prints: mean, p99, p99.9 and maximum, in ns
 *
 * BLOCKS: the memory is so many blocks of malloc, not one mapping. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { SAMPLES_MAX = 4 << 20, STEP_BYTES = 1 << 16, PAGE_BYTES = 4096 };

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static char *map(size_t bytes) {
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        exit(1);
    return memory;
}

static void touch(volatile char *memory, size_t bytes) {
    for (size_t i = 0; i < bytes; i += PAGE_BYTES)
        memory[i] = 1;
}

static void allocate(size_t bytes, size_t blocks) {
    for (size_t i = 0; i < blocks; i++)
        touch(malloc(bytes / blocks), bytes / blocks);
}

/* Neighbours of different rights stay mappings of their own. */
static void make_mappings(size_t count) {
    char *memory = map((count + 1) * PAGE_BYTES);
    for (size_t i = 0; i < count; i += 2)
        mprotect(memory + i * PAGE_BYTES, PAGE_BYTES, PROT_READ);
    for (size_t i = 1; i < count; i += 2)
        memory[i * PAGE_BYTES] = 1;
}

static int compare(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static uint32_t took_ns[SAMPLES_MAX];

int main(int argc, char **argv) {
    if (argc < 4)
        return 2;
    size_t bytes = strtoull(argv[1], NULL, 10) << 20;
    if (argc > 4)
        allocate(bytes, strtoull(argv[4], NULL, 10));
    else {
        char *memory = map(bytes);
        madvise(memory, bytes, MADV_NOHUGEPAGE);
        touch(memory, bytes);
    }
    make_mappings(strtoull(argv[2], NULL, 10));
    puts("ready");
    fflush(stdout);

    memset(took_ns, 0, sizeof took_ns); /* its pages are there before the clock starts */
    uint64_t start_ns = now_ns(), end_ns = start_ns + (uint64_t)(atof(argv[3]) * 1e9), before_ns = start_ns,
             sum_ns = 0;
    size_t count = 0;
    while (before_ns < end_ns && count < SAMPLES_MAX) {
        char *step = map(STEP_BYTES);
        touch(step, STEP_BYTES);
        munmap(step, STEP_BYTES);
        uint64_t after_ns = now_ns(), gap_ns = after_ns - before_ns;
        took_ns[count++] = gap_ns > UINT32_MAX ? UINT32_MAX : (uint32_t)gap_ns;
        sum_ns += gap_ns;
        before_ns = after_ns;
    }
    if (!count)
        return 0;
    qsort(took_ns, count, sizeof *took_ns, compare);
    printf("latency %.0f %u %u %u\n", (double)sum_ns / (double)count, took_ns[count * 99 / 100],
           took_ns[count * 999 / 1000], took_ns[count - 1]);
    return 0;
}
