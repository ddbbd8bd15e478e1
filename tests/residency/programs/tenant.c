/* Uses its heap in one of several ways, tells what it did, and does as it is told on standard input, one letter a line:
 * `tenant untouched | freed | comb | lazy`. t: malloc_trim · w: write all · f: free all ·
 * i: what malloc says of itself. End of input: exit.
 * Standard output: "KEY <TAB> BYTES" …, "ready", and again "ready" after each letter. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 100000, COMB_BLOCKS = 20000 };
static const size_t MIB = 1 << 20;
static char *volatile block[BLOCKS];
static size_t block_bytes[BLOCKS];
static char *volatile large;
static size_t large_bytes;

static void tell(const char *key, size_t bytes) {
    printf("%s\t%zu\n", key, bytes);
}

static void ready(void) {
    puts("ready");
    fflush(stdout);
}

static void write_all(volatile char *memory, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64)
        memory[i] = 1;
}

__attribute__((noinline)) static void reserve_much(size_t bytes) {
    large = malloc(bytes); /* line of the untouched */
    large_bytes = bytes;
}

static void be_untouched(void) {
    reserve_much(256 * MIB);
    write_all(large, 64 * MIB);
    tell("untouched", 192 * MIB);
}

/* Small blocks of all sizes, nine of ten freed in no order. */
static void be_freed(void) {
    unsigned random = 1;
    for (size_t i = 0; i < BLOCKS; i++) {
        random = random * 1103515245 + 12345;
        block_bytes[i] = 200 + random / 65536 % 3000;
        block[i] = malloc(block_bytes[i]);
        write_all(block[i], block_bytes[i]);
    }
    size_t live = 0;
    for (size_t i = 0; i < BLOCKS; i++)
        if (i % 1000 < 900)
            free(block[i]), block[i] = NULL;
        else
            live += block_bytes[i];
    tell("live", live);
}

__attribute__((noinline)) static char *tooth(void) {
    return malloc(40); /* line of the teeth */
}

__attribute__((noinline)) static char *gap(void) {
    return malloc(3000);
}

/* A small block on nearly every page, among free memory: malloc_trim gives back next to nothing. */
static void be_comb(void) {
    for (size_t i = 0; i < COMB_BLOCKS; i++) {
        block[i] = gap();
        write_all(block[i], 3000);
        *tooth() = 1;
    }
    for (size_t i = 0; i < COMB_BLOCKS; i++)
        free(block[i]), block[i] = NULL;
    tell("free", (size_t)COMB_BLOCKS * 3000);
}

/* Nothing is written until it is told to. */
static void be_lazy(void) {
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, -1);
    reserve_much(100 * MIB);
    tell("requested", 100 * MIB);
}

static void obey(char letter) {
    if (letter == 't')
        malloc_trim(0);
    else if (letter == 'w')
        write_all(large, large_bytes);
    else if (letter == 'f')
        free(large), large = NULL;
    else if (letter == 'i') {
        struct mallinfo2 info = mallinfo2();
        tell("arena", info.arena);
        tell("free", info.fordblks - info.fsmblks); /* fastbins are used to their neighbours */
        tell("top", info.keepcost);
        tell("free_count", info.ordblks);
        tell("large", info.hblkhd);
        tell("large_count", info.hblks);
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*be)(void);
    } ways[] = {{"untouched", be_untouched}, {"freed", be_freed}, {"comb", be_comb}, {"lazy", be_lazy}};
    char line[16];
    for (size_t i = 0; argc == 2 && i < sizeof ways / sizeof *ways; i++)
        if (strcmp(argv[1], ways[i].name) == 0) {
            ways[i].be();
            ready();
            while (fgets(line, sizeof line, stdin)) {
                obey(*line);
                ready();
            }
            return 0;
        }
    return 2;
}
