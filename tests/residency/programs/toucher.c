/* One function allocates, others touch: `toucher`. What was touched, by whom, is told on standard output, as
 * "FUNCTION <TAB> BYTES"; waits for the end of standard input. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t MIB = 1 << 20;
static char *volatile kept[64];
static size_t kept_count;

static void tell(const char *function, size_t bytes) {
    printf("%s\t%zu\n", function, bytes);
}

__attribute__((noinline)) static char *allocate_it(size_t bytes) {
    return kept[kept_count++] = malloc(bytes);
}

__attribute__((noinline)) static void write_it(volatile char *memory, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 4096)
        memory[i] = 1;
}

/* By libc, which has no frame pointers. */
__attribute__((noinline)) static void clear_it(char *memory, size_t bytes) {
    memset(memory, 1, bytes);
    __asm__ volatile("" : : "r"(memory) : "memory");
}

static void *in_a_thread(void *arg) {
    write_it(arg, 16 * MIB);
    return NULL;
}

int main(void) {
    pthread_t thread;
    write_it(allocate_it(64 * MIB), 48 * MIB);
    clear_it(allocate_it(32 * MIB), 32 * MIB);
    if (pthread_create(&thread, NULL, in_a_thread, allocate_it(16 * MIB)) || pthread_join(thread, NULL))
        return 99;
    tell("write_it", 64 * MIB);
    tell("clear_it", 32 * MIB);
    puts("ready");
    fflush(stdout);
    return getchar() == EOF ? 0 : 1;
}
