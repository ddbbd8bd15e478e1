#include "base/alloc.h"
#include "fuzz.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A copy of exactly its size: a read past the end is found by the sanitizers. */
static void run(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

/* Whole; cut; and with one wrong bit, at some hundred places each. */
static void run_with_damage(tide_buffer *input) {
    run(input->at, input->count);
    size_t step = 1 + input->count / 199;
    for (size_t at = 0; at < input->count; at += step) {
        run(input->at, at);
        uint8_t bit = (uint8_t)(1 << at % 8);
        input->at[at] ^= bit;
        run(input->at, input->count);
        input->at[at] ^= bit;
    }
}

static bool read_file(const char *path, tide_buffer *ret) {
    FILE *file = fopen(path, "r");
    *ret = (tide_buffer){0};
    if (!file)
        return false;
    uint8_t part[4096];
    for (size_t got; (got = fread(part, 1, sizeof part, file)) > 0;)
        tide_buffer_put(ret, part, got);
    bool is_read = !ferror(file);
    fclose(file);
    return is_read;
}

/* Returns how many files there were, or -1. */
static int run_folder(const char *folder) {
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort), run_count = 0;
    for (int i = 0; i < count; i++) {
        char *path = tide_xasprintf("%s/%s", folder, entries[i]->d_name);
        tide_buffer input = {0};
        if (entries[i]->d_name[0] != '.') {
            bool is_read = read_file(path, &input);
            run_count = is_read && run_count >= 0 ? run_count + 1 : -1;
            run_with_damage(&input);
        }
        tide_buffer_free(&input);
        free(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return count < 0 ? -1 : run_count;
}

static unsigned run_seeds(void) {
    tide_buffer seed;
    unsigned count = 0;
    for (; fuzz_seed(count, &seed); count++) {
        run_with_damage(&seed);
        tide_buffer_free(&seed);
    }
    return count;
}

static int write_seeds(const char *folder) {
    tide_buffer seed;
    for (unsigned i = 0; fuzz_seed(i, &seed); i++) {
        char *path = tide_xasprintf("%s/seed-%u", folder, i);
        FILE *file = fopen(path, "w");
        bool is_written = file && fwrite(seed.at, 1, seed.count, file) == seed.count;
        if ((file && fclose(file)) || !is_written) {
            perror(path);
            return EXIT_FAILURE;
        }
        free(path);
        tide_buffer_free(&seed);
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    if (argc == 3 && !strcmp(argv[1], "--write"))
        return write_seeds(argv[2]);
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER | --write FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    unsigned seed_count = run_seeds();
    int file_count = run_folder(argv[1]);
    printf("%u seeds, %d files of %s\n", seed_count, file_count, argv[1]);
    return seed_count && file_count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
